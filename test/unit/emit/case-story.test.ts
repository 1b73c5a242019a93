import { join } from "node:path";
import { expect, it } from "vitest";
import { defaultConfig } from "../../../src/config/config.ts";
import type { CaseStep } from "../../../src/detect/cases/case-record.ts";
import { withPlaces } from "../../../src/emit/cases/call-places.ts";
import { caseAdvice } from "../../../src/emit/cases/case-advice.ts";
import { CaseBook } from "../../../src/emit/cases/case-book.ts";
import { caseStory, caseTitle } from "../../../src/emit/cases/case-story.ts";
import { caseText } from "../../../src/emit/cases/case-text.ts";
import { PhoneNumbers } from "../../../src/emit/phone-numbers.ts";
import { Privacy } from "../../../src/emit/privacy.ts";
import { PCAPS } from "../../support/bundled-captures.ts";
import { runFiles } from "../../support/run-capture.ts";
import { SHARED_CAPTURES, sharedCapturesMissing } from "../../support/shared-captures.ts";

async function lastCase(capture: string, folder = PCAPS) {
  const { cases } = await runFiles([join(folder, capture)]);
  const record = cases.at(-1);
  if (record === undefined) throw new Error(`no case in ${capture}`);
  return record;
}

it("a break-in is told with who, whom and when", async () => {
  const record = await lastCase("bruteforce/svcrack_dictionary.pcap");
  expect(caseTitle(record)).toBe("10.66.0.66 got in as 225@10.66.0.10 after 35 wrong passwords");
  const story = caseStory(record);
  expect(story[0]).toMatch(/^2026-11-21 02:56:57.*10\.66\.0\.66 used an attack tool/);
  expect(new Set(story).size).toBe(story.length);
  expect(caseAdvice(record).join(" ")).toMatch(/new password .*Find 10\.66\.0\.66 inside/);
});

it.skipIf(sharedCapturesMissing !== "")(
  "a night of fraud is told once, in its order, and what has ended is not to be hung up",
  async () => {
    const record = await lastCase("cases/bundled_night.pcap.gz", SHARED_CAPTURES);
    const [login] = record.steps.filter(({ attack }) => attack === "bruteforce_success");
    // No packet comes for twelve minutes after it.
    expect(login?.startUs).toBeLessThan(record.startUs + 60e6);
    const story = caseStory(record);
    expect(story.map((text) => text.replace(/^[^ ]+ [^ ]+( to [^ ]+)?: [0-9.]+ /, ""))).toEqual([
      'used an attack tool against 10.77.3.10, as User-Agent "friendly-scanner".',
      "guessed at the password of 6011@10.77.3.10: 47 tries were refused.",
      "got in as 6011@10.77.3.10 after 47 wrong passwords.",
      "changed the registration of 6011@10.77.3.10.",
      "made 30 calls as 6011@10.77.3.10 that were answered, 6 min 0 s in all, up to 13 at once, to international networks (8), Somalia (5), Latvia (4), Maldives (4), 2 more places (4) and places not known (5): 01188263188131, 002248953298, +371282099391 and 27 more; all have ended.",
    ]);
    const advice = caseAdvice(record);
    expect(advice[0]).toBe("The calls have ended: bar calls abroad for 6011@10.77.3.10.");
    // Both repeated a nonce that only they were sent.
    expect(advice).toContain("Block 198.18.7.77 at the border.");
    expect(advice).toContain(
      "Find 10.77.3.140 inside, or behind a VPN, and take it off the network.",
    );

    const list = (record.calls?.list ?? []).map((call, i) =>
      i < 2 ? { ...call, durationUs: 0 } : call,
    );
    const up = { ...record, calls: record.calls && { ...record.calls, ended: 28, list } };
    expect(caseStory(up).at(-1)).toMatch(/; 2 were not seen to end\.$/);
    expect(caseAdvice(up)[0]).toBe(
      "Hang up the 2 calls not seen to end (Call-ID 1-32240@10.77.3.140, 2-32240@10.77.3.140), and bar calls abroad for 6011@10.77.3.10.",
    );
  },
);

it("a weak sign is told with the proof that the same source gave of the same deed", async () => {
  const found = await lastCase("rtp_inject/rtp_foreign_no_signalling_seen.pcap");
  const [proof] = found.steps;
  if (proof === undefined) throw new Error("no step");
  expect(proof.severity).toBe(1);
  const weak = { ...proof, severity: 3 };
  const record = { ...found, steps: [weak, proof] };
  expect(caseStory(record)).toEqual(caseStory(found));
  const alone = { ...record, steps: [weak] };
  expect(caseStory(alone)).toEqual([expect.stringContaining("(one weak sign)")]);
  const byOthers = { distinct: 1, values: [{ text: "192.0.2.9", count: 1 }] };
  const apart = { ...record, steps: [{ ...weak, sources: byOthers }, ...record.steps.slice(1)] };
  expect(caseStory(apart)).toHaveLength(2);
});

it("one number dialled in many ways is one number", async () => {
  const record = await lastCase("toll_fraud/unauthenticated_dialplan_probe.pcap");
  const [step] = record.steps.filter(({ attack }) => attack === "toll_fraud_probe");
  if (step === undefined) throw new Error("no step");
  const told = (texts: readonly string[], distinct = texts.length) => {
    const numbers = { distinct, values: texts.map((text) => ({ text, count: 1 })) };
    return caseTitle({ ...record, steps: [{ ...step, distinct, matches: distinct, numbers }] });
  };
  expect(told(["+441904911024", "900441904911024", "441904911024"])).toMatch(
    /tried one number \(441904911024\) in 3 ways at/,
  );
  expect(told(["+441904911024", "00441904911024"], 21)).toMatch(/tried one number .* in 21 ways/);
  expect(told(["+441904911024", "0037167006021"], 84)).toMatch(/tried several numbers in 84 ways/);
  expect(told(["+4419***", "004419***"])).toMatch(/tried 2 numbers/);
});

it("a scan says how many hosts it asked, and its tool once", async () => {
  const record = await lastCase("sip_scan/svmap_options_subnet.pcap");
  const story = caseStory(record).map((text) => text.replace(/^.*: 198/, "198"));
  expect(story).toEqual([
    '198.51.100.23 used an attack tool against 9 hosts (10.66.0.10, 10.66.0.11, 10.66.0.20, ...), as User-Agent "friendly-scanner".',
    "198.51.100.23 looked for SIP servers: 8 hosts asked.",
  ]);
  expect(caseAdvice(record)).toContain(
    "Let SIP be reached only from where users and carriers are.",
  );
});

it("who acts is not named among its own victims", async () => {
  const found = await lastCase("rtp_inject/rtp_foreign_no_signalling_seen.pcap");
  const values = [
    { text: "10.66.0.101", count: 2 },
    { text: "10.66.0.66", count: 1 },
  ];
  const steps = found.steps.map((step) => ({ ...step, victims: { distinct: 2, values } }));
  expect(caseTitle({ ...found, steps })).toBe(
    "10.66.0.66 sent media of its own into a call of 10.66.0.101",
  );
  const own = { distinct: 1, values: values.slice(1) };
  const alone = found.steps.map((step) => ({ ...step, victims: own }));
  expect(caseTitle({ ...found, steps: alone })).toMatch(/ into a call of 10\.66\.0\.66$/);
});

it("who sends to open media ports is answered at the media", async () => {
  const found = await lastCase("rtp_inject/rtp_foreign_no_signalling_seen.pcap");
  for (const attack of ["rtp_injection", "rtpbleed", "dtmf_injection"]) {
    const steps = found.steps.map((step) => ({ ...step, attack }));
    expect(caseAdvice({ ...found, steps }).join(" "), attack).toContain("Use SRTP");
  }
  const elsewhere = found.steps.map((step) => ({ ...step, attack: "sip_injection" }));
  expect(caseAdvice({ ...found, steps: elsewhere }).join(" ")).not.toContain("SRTP");
});

it.skipIf(sharedCapturesMissing !== "")(
  "calls are told with the country of their number, where no list of high-cost prefixes names it",
  async () => {
    const found = await lastCase("lab/toll_fraud/premium_calls_one_account.pcap", SHARED_CAPTURES);
    const numbers = ["+97688112233", "0088172345678", "4711", "+2528812345"];
    const list = numbers.flatMap((number) => {
      const [call] = found.calls?.list ?? [];
      const place = number === "+2528812345" ? "Somalia" : "";
      return call === undefined ? [] : [{ ...call, number, place }];
    });
    const calls = found.calls && { ...found.calls, answered: 4, ended: 4, list };
    const record = withPlaces({ ...found, calls }, new PhoneNumbers(""));
    expect(record.calls?.list.map(({ place }) => place)).toEqual([
      "Mongolia",
      "international networks",
      "",
      "Somalia",
    ]);
    expect(caseStory(record).at(-1)).toContain(
      "to Mongolia (1), international networks (1), Somalia (1) and places not known (1):",
    );
    expect(withPlaces(record, new PhoneNumbers("")).calls?.list).toEqual(record.calls?.list);
    expect(withPlaces({ ...found, calls: null }, new PhoneNumbers("")).calls).toBeNull();
  },
);

it.skipIf(sharedCapturesMissing !== "")(
  "calls of an account that was broken into for sure are told without doubt, and forwarding is to be removed",
  async () => {
    const found = await lastCase("cases/bundled_night.pcap.gz", SHARED_CAPTURES);
    const weak = found.steps.map((step) =>
      step.attack === "toll_fraud" ? { ...step, severity: 3 } : step,
    );
    expect(caseStory({ ...found, steps: weak }).at(-1)).not.toContain("weak");
    const alone = weak.filter(({ attack }) => attack === "toll_fraud");
    expect(caseStory({ ...found, steps: alone }).at(-1)).toContain("(one weak sign)");
    const steps = found.steps.map((step) => ({ ...step, attack: "forwarding_fraud" }));
    expect(caseAdvice({ ...found, steps }).join(" ")).toContain("Remove the forwarding");
  },
);

it("a forged address is nobody's, and is not to be blocked", async () => {
  const record = await lastCase("bye_spoof/bye_spoofed_source_peer_to_phone.pcap");
  expect(record.sources).toEqual([]);
  expect(caseTitle(record)).toMatch(/^somebody in the name of 10\.66\.0\.101 hung up/);
  const advice = caseAdvice(record).join(" ");
  expect(advice).toContain("00:0c:29:5e:66:01");
  expect(advice).not.toContain("Block");
});

it("of many addresses those alone that are proven are to be blocked: the others may be forged", async () => {
  const record = await lastCase("bruteforce/svcrack_dictionary.pcap");
  const [proven] = record.sources;
  if (proven === undefined) throw new Error("no source");
  const one = { ...proven, ip: "198.51.100.7", isProven: true, shared: "" };
  const advice = caseAdvice({ ...record, sources: [one], sourceCount: 400 }).join(" ");
  expect(advice).toContain("Block 198.51.100.7 at the border.");
  expect(advice).toContain("Do not block the other 399 addresses");
  expect(caseAdvice({ ...record, sources: [one], sourceCount: 1 }).join(" ")).not.toContain(
    "other",
  );
});

it.skipIf(sharedCapturesMissing !== "")(
  "packets in a stream's own addresses are its party's or forged, and told as such",
  async () => {
    const record = await lastCase("cases/inject_random_ssrc.pcap.gz", SHARED_CAPTURES);
    expect(caseTitle(record)).toMatch(/^10\.0\.0\.1, or somebody in its name, sent media/);
  },
);

/** The last case of the first step, changed. */
async function changed(step: Partial<CaseStep>) {
  const record = await lastCase("bruteforce/svcrack_dictionary.pcap");
  const [first] = record.steps;
  if (first === undefined) throw new Error("no step");
  return { ...record, severity: 2, calls: null, steps: [{ ...first, severity: 2, ...step }] };
}

it("what a rule counts of all sources together is not told of the last one alone", async () => {
  const flood = { attack: "invite_flood", matches: 150, event: "sip.unanswered_newcomer" };
  const title = async (step: Partial<CaseStep>) => caseTitle(await changed({ ...flood, ...step }));
  expect(await title({ leastSources: 150 })).toBe(
    "150 addresses (10.66.0.66, ...) flooded 10.66.0.10 with 150 calls",
  );
  expect(await title({ isOfAll: true })).toMatch(/^10\.66\.0\.66, and perhaps others, flooded/);
  expect(await title({})).toMatch(/^10\.66\.0\.66 flooded/);
});

it("a packet that comes again and again is no number of requests, and nobody's name is left blank", async () => {
  const again = { attack: "register_flood", event: "sip.hammered", matches: 3 };
  expect(caseTitle(await changed(again))).toMatch(/with one and the same request$/);
  const nobody = { attack: "auth_bruteforce", accounts: { distinct: 1, values: [] } };
  expect(caseTitle(await changed(nobody))).toMatch(/guessed at the password of 1 account:/);
  const other = { attack: "of_my_own", msg: "SITE odd", matches: 1 };
  expect(caseTitle(await changed(other))).toBe("10.66.0.66: SITE odd, once");
});

it("who logs in amid the guesses of others may be the owner: ask before anything is blocked", async () => {
  const record = await changed({ attack: "bruteforce_success" });
  expect(caseTitle(record)).toMatch(/logged in as .*, while many hosts guessed at its password$/);
  const advice = caseAdvice(record);
  expect(advice[0]).toMatch(/^Ask who uses .* whether that was them; if not, /);
  expect(advice.join(" ")).not.toMatch(/Block|Find/);
});

it("names are masked before they get into the story", async () => {
  const record = await lastCase("bruteforce/svcrack_dictionary.pcap");
  const privacy = new Privacy({ ...defaultConfig().privacy, numbers: "partial" });
  expect(JSON.stringify(caseStory(privacy.case(record)))).not.toContain("225@");
});

it("what would steer a terminal or turn text round is not in a story", async () => {
  const record = await lastCase("bruteforce/svcrack_dictionary.pcap");
  const steps = record.steps.map((step) => ({
    ...step,
    accounts: { distinct: 1, values: [{ text: "\x1b[2J\u202e<script>", count: 1 }] },
  }));
  const text = caseStory({ ...record, steps }).join("\n");
  expect(text).toContain("<script>");
  expect(text).not.toMatch(/[\x1b\u202e]/);
});

it("on a terminal the story keeps to its width, and says the same", async () => {
  const book = new CaseBook();
  book.add(await lastCase("bruteforce/svcrack_dictionary.pcap"));
  const wide = caseText(book);
  expect(Math.max(...wide.split("\n").map((line) => line.length))).toBeGreaterThan(80);
  const narrow = caseText(book, 80);
  for (const line of narrow.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  const words = (text: string) => text.split(/\s+/).join(" ");
  expect(words(narrow)).toBe(words(wide));
});
