import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openSource } from "../../src/capture/file-source.ts";
import { sipsentry } from "../cli/cli.ts";
import { bundledCaptures, PCAPS } from "../support/bundled-captures.ts";
import { folderWith, inPieces } from "../support/captured.ts";
import { runFiles, runSource } from "../support/run-capture.ts";
import { splitPcap } from "../support/split-pcap.ts";

/** One of each kind of traffic; `isVerbose` adds SIP, flow, anomaly and statistics records. */
const NAMES = [
  "benign/b05_blind_transfer_refer.pcap",
  "benign/b12_big_sdp_fragmented_invite.pcap",
  "bruteforce/svcrack_range.pcap",
  "bye_spoof/bye_spoofed_source_peer_to_phone.pcap",
  "cancel_attack/cancel_spoofed_source.pcap",
  "enum_register/svwar_register_404_vs_401.pcap",
  "mixed/enum_and_bruteforce_during_office_traffic.pcap.gz",
  "rtp_inject/rtp_same_ssrc_seq_jump.pcap",
  "sip_scan/svmap_options_subnet.pcap",
] as const;

const verbose = { isVerbose: true } as const;

function bytesOf(name: string): Buffer {
  const bytes = readFileSync(join(PCAPS, name));
  return name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

/** Packets are numbered in the file that they lie in: of the parts of a capture, and of a path, that is all that differs. */
function withoutPlace(line: string): string {
  return line
    .replace(/"pcap_cnt":\d+/, '"pcap_cnt":0')
    .replace(/, packet \d+( of another capture)?"/, '"')
    .replace(/,"pcap_filename":"[^"]*"/, "");
}

describe.each(NAMES)("%s gives the same bytes", (name) => {
  const path = join(PCAPS, name);
  const whole = bytesOf(name);
  const reference = runFiles([path], verbose);

  it("a second time", async () => {
    const { lines } = await reference;
    expect(lines.length).toBeGreaterThan(1);
    expect((await runFiles([path], verbose)).lines).toEqual(lines);
  });

  it("cut into three files, in any order on the command line", async () => {
    const [a = Buffer.of(), b = Buffer.of(), c = Buffer.of()] = splitPcap(whole, 3);
    const folder = folderWith({ "c.pcap": a, "a.pcap": b, "b.pcap": c });
    const paths = ["a.pcap", "b.pcap", "c.pcap"].map((file) => join(folder, file));
    const lines = (await reference).lines.map(withoutPlace);
    expect((await runFiles(paths, verbose)).lines.map(withoutPlace)).toEqual(lines);
    expect((await runFiles([folder], verbose)).lines.map(withoutPlace)).toEqual(lines);
  });

  it("through standard input, in pieces of odd size", async () => {
    const source = openSource(["-"], { stdin: inPieces(whole, 4_099) });
    expect((await runSource(source, verbose)).lines).toEqual((await reference).lines);
  });

  it("compressed with gzip", async () => {
    const folder = folderWith({ "x.pcap.gz": gzipSync(whole) });
    expect((await runFiles([join(folder, "x.pcap.gz")], verbose)).lines).toEqual(
      (await reference).lines,
    );
  });

  it("when every frame is overwritten once it was handed over: no view of it is kept", async () => {
    const { lines } = await runFiles([path], {
      ...verbose,
      afterFrame: (frame) => frame.bytes.fill(0xaa, frame.start, frame.end),
    });
    expect(lines).toEqual((await reference).lines);
  });
});

it("gives the same alerts in another process, where the hash seeds differ", async () => {
  const path = join(PCAPS, "mixed/enum_and_bruteforce_during_office_traffic.pcap.gz");
  const replay = () => sipsentry(["replay", path, "--eve", "-", "--quiet"]);
  const [one, other] = [await replay(), await replay()];
  expect(one.stdout).toContain('"signature_id":9102001');
  expect(other.stdout).toBe(one.stdout);
});

describe("the same alerts when frames are overwritten", () => {
  it.each(bundledCaptures())("$name", async ({ path }) => {
    const plain = await runFiles([path]);
    const poisoned = await runFiles([path], {
      afterFrame: (frame) => frame.bytes.fill(0xaa, frame.start, frame.end),
    });
    expect(poisoned.lines).toEqual(plain.lines);
  });
});
