import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NumberedCall } from "../../../src/emit/phone-numbers.ts";
import type { ReportData } from "../../../src/emit/report/report-data.ts";
import { reportPage } from "../../../src/emit/report/report-page.ts";
import { sipsentry } from "../../cli/cli.ts";
import { PCAPS } from "../../support/bundled-captures.ts";
import { CALL_RECORD } from "./records.ts";

const CHROMIUM = "/usr/bin/chromium";
const missing =
  existsSync(CHROMIUM) || process.env.CI === "true"
    ? ""
    : `no ${CHROMIUM} (apt-get install chromium): the report is not opened in a browser`;
if (missing !== "") console.warn(`skipped: ${missing}`);

const MEDIA = "rtp_inject/rtp_foreign_ssrc_third_host.pcap";
const BREAK_IN = "bruteforce/svcrack_dictionary.pcap";
const MIB = 1_048_576;
const HOSTILE = `</title><script>alert(1)</script>"'><img src=http://192.0.2.1/x onerror=alert(1)>\x1b[2J\u202e`;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sipsentry-report-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function reportOf(capture: string): Promise<string> {
  const path = join(folder, `${capture.replaceAll("/", "_")}.html`);
  const run = await sipsentry(["replay", join(PCAPS, capture), "--report", path, "--quiet"]);
  expect(run).toMatchObject({ exitCode: 0, stderr: "" });
  return path;
}

/** A report in which every text is hostile. */
function hostile(): ReportData {
  const list = { distinct: 1, values: [{ text: HOSTILE, count: 1 }] };
  const step = {
    ...{ startUs: 1e15, endUs: 1e15, stage: "in", severity: 1, sid: 1, msg: HOSTILE, attack: "" },
    ...{ event: HOSTILE, value: 1, alerts: 1, matches: 1, distinct: 0, isForged: false },
    ...{ leastSources: 0, isOfAll: false },
    ...{ sources: list, victims: list, accounts: list, numbers: list, alertId: HOSTILE },
  };
  const record = {
    ...{ caseId: HOSTILE, startUs: 1e15, endUs: 1e15, stage: "in", severity: 1, sid: 1 },
    ...{ attack: "", steps: [step], sources: [{ ip: HOSTILE, count: 1, isProven: true }] },
    ...{ sourceCount: 1, forged: [HOSTILE], macs: [HOSTILE], victims: list, accounts: list },
    ...{ calls: null, callIds: [HOSTILE], merged: [], alertIds: [] },
  };
  Object.assign(record.sources[0] as object, { shared: "", agent: HOSTILE });
  const ladder = {
    ...{ callIds: [HOSTILE], ends: [HOSTILE, HOSTILE], left: 0 },
    rows: [{ kind: "sip", timeUs: 1e15, from: 0, to: 1, label: HOSTILE, hasSdp: false, marks: [] }],
  };
  const plot = {
    ...{ endpoint: HOSTILE, startUs: 1e15, endUs: 1e15 + 1 },
    senders: [{ source: HOSTILE, ssrc: 1, packets: 1, seconds: [] }],
    points: [{ timeUs: 1e15, sequence: 1, sender: 0 }],
  };
  const summary = {
    ...{ inputs: [HOSTILE], sipsentry: "0", hosts: 1, skipped: {}, facts: {}, tables: [] },
    ...{ problems: [HOSTILE], rules_failed: 0, sip: { call_ids: 1, malformed: 0 } },
    packets: { total: 1, bytes: 1, first: null, last: null, duration_s: 0, capture_drops: 0 },
    alerts: { held_back: 0 },
  };
  // Only what the page reads; a field more that it comes to read is missed by the assertions below.
  return {
    ...{ summary, sensor: HOSTILE, cases: [record], casesDropped: 0, calls: [] },
    ...{ ladders: [{ callId: HOSTILE, ladder }], plots: [plot] },
  } as unknown as ReportData;
}

describe("the cost of the calls", () => {
  const call = (callId: string, cost: NumberedCall["cost"]) => ({
    ...CALL_RECORD,
    ...{ callId, cost, durationUs: 60e6 },
  });
  const maldives = { amount: 1.25, currency: "USD", prefix: "960", name: `Maldives${HOSTILE}` };
  const pageOf = (calls: readonly NumberedCall[]) => {
    const data = hostile();
    const list = calls.map(({ callId }) => ({
      callId,
      timeUs: 1e15,
      account: "",
      ip: "",
      number: "1",
      place: HOSTILE,
    }));
    const sums = {
      answered: 2,
      ended: 2,
      atOnce: 1,
      durationUs: 0,
      sources: [],
      accounts: [],
      cost: null,
    };
    const cases = data.cases.map((one) => ({ ...one, calls: { ...sums, list } }));
    return reportPage({ ...data, cases, calls } as unknown as ReportData);
  };

  it("is told by destination, with what has no price", () => {
    const page = pageOf([call("a", maldives), call("b", null)]);
    expect(page).toContain(
      "USD 1.25 by the rate deck that was given. One call has no price in it.",
    );
    expect(page).toMatch(/\+960 Maldives&lt;.*<td class="n">USD 1\.25<\/td>/);
    expect(page).toContain('<td class="n">unknown</td>');
    expect(page).not.toContain("<script");
  });

  it("is unknown without prices", () => {
    const page = pageOf([call("a", null)]);
    expect(page).toContain("Unknown: no prices were given.");
    expect(page).toContain("at a cost that is unknown (--rates)");
  });
});

describe("--report", () => {
  it("tells of the case, its calls and its media in one small page", async () => {
    const page = readFileSync(await reportOf(MEDIA), "utf8");
    expect(page).toContain("10.66.0.66 sent media of its own into a call of 10.66.0.102");
    expect(page).toMatch(/Ladder of \d+ messages and streams between [^"]*; [1-9]\d* of them with/);
    expect(page).toMatch(
      /Sequence numbers and loss of media to 10\.66\.0\.102:\d+: .*10\.66\.0\.66/,
    );
    expect(page).toMatch(
      /Content-Security-Policy" content="default-src &#39;none&#39;|default-src 'none'/,
    );
    expect(page).not.toMatch(/<script|https?:\/\//);
  });

  it("says so where nothing was found", async () => {
    const path = await reportOf("benign/b02_call_two_way_rtp.pcap");
    expect(readFileSync(path, "utf8")).toContain("No attack was found in them.");
    expect(statSync(path).size).toBeLessThan(5 * MIB);
  });

  it("needs captures that can be read twice, and one run", async () => {
    const path = join(folder, "none.html");
    const piped = await sipsentry(["replay", "-", "--report", path]);
    expect(piped).toMatchObject({ exitCode: 2 });
    expect(piped.stderr).toContain("standard input cannot be");
    const each = await sipsentry(["replay", PCAPS, "--each", "--report", path]);
    expect(each.stderr).toContain("--each makes many");
    expect(existsSync(path)).toBe(false);
  });

  it("is a failure of its own where it cannot be written", async () => {
    const args = ["replay", join(PCAPS, BREAK_IN), "--report", join(folder, "no/such.html")];
    const run = await sipsentry([...args, "--quiet"]);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toMatch(/--report: cannot write .*such\.html: no such folder/);
  });

  it("shows hostile text as text", () => {
    const page = reportPage(hostile());
    expect(page).not.toMatch(/<script|<img|\x1b|\u202e/);
    expect(page.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(8);
  });
});

describe.skipIf(missing !== "")("a report in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  });
  afterAll(() => browser?.close());

  for (const scheme of ["light", "dark"] as const) {
    it(`is quiet, asks for nothing and can be read by all, ${scheme}`, async () => {
      for (const capture of [MEDIA, BREAK_IN]) {
        // The page's own policy would keep axe out.
        const context = await browser.newContext({ bypassCSP: true, colorScheme: scheme });
        const page = await context.newPage();
        const heard: string[] = [];
        page.on("console", (message) => heard.push(message.text()));
        page.on("pageerror", (error) => heard.push(String(error)));
        page.on("request", (request) => heard.push(request.url()));
        const url = pathToFileURL(await reportOf(capture)).href;
        await page.goto(url);
        expect(heard).toEqual([url]);
        await page.evaluate(axe.source);
        const found = await page.evaluate("axe.run()");
        const { violations } = found as axe.AxeResults;
        const serious = violations.filter(({ impact }) => /serious|critical/.test(impact ?? ""));
        expect(serious.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
        await context.close();
      }
    });
  }

  it("runs nothing that a packet brought, and its policy would let nothing run", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const heard: string[] = [];
    page.on("dialog", () => heard.push("dialog"));
    page.on("request", (request) => heard.push(request.url()));
    await page.setContent(reportPage(hostile()));
    expect(await page.locator("script, img").count()).toBe(0);
    const broken = reportPage(hostile()).replace("</main>", "<script>window.x=1</script></main>");
    await page.setContent(broken);
    expect(await page.evaluate("typeof window.x")).toBe("undefined");
    expect(heard).toEqual([]);
    await context.close();
  });
});
