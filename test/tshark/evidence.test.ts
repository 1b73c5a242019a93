import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openSource } from "../../src/capture/file-source.ts";
import { defaultConfig } from "../../src/config/config.ts";
import type { Alert } from "../../src/detect/alerts/alert.ts";
import { Evidence } from "../../src/emit/evidence/evidence.ts";
import type { EvidenceFile } from "../../src/emit/evidence/evidence-file.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { shippedRules } from "../support/run-capture.ts";
import { SHARED_CAPTURES, sharedCapturesMissing } from "../support/shared-captures.ts";
import { tsharkVersion } from "../support/tshark.ts";
import { lineOf, type TsharkPacket, tsharkPackets } from "../support/tshark-packets.ts";

const noTshark = tsharkVersion() === "" && process.env.CI !== "true" ? "no tshark here" : "";
const missing = [sharedCapturesMissing, noTshark].filter((why) => why !== "").join("; ");
if (missing !== "") test.skip(`skipped: ${missing}`, () => {});

const PACKETS_MAX = 200;
const AFTER_S = 10;

interface Kept {
  readonly alert: Alert;
  /** Number of the packet before the alert: its own, but for what time raises. */
  readonly lastNumber: number;
  /** As the alert names it, and what the file was at that moment. */
  readonly atAlert: EvidenceFile;
  readonly sha256AtAlert: string;
  readonly atEnd: EvidenceFile;
  readonly packets: readonly TsharkPacket[];
}

/** Runs a capture with evidence; all files are whole and are what was said about them. */
async function evidenceOf(path: string, limits: Partial<{ perRuleHour: number }> = {}) {
  const dir = mkdtempSync(join(tmpdir(), "sipsentry-evidence-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const config = defaultConfig();
  const completed = new Map<string, EvidenceFile>();
  const alerts: (Pick<Kept, "alert" | "lastNumber" | "sha256AtAlert"> & {
    atAlert: EvidenceFile | null;
  })[] = [];
  let lastNumber = 0;
  const evidence: Evidence = new Evidence({
    ...config.evidence,
    ...limits,
    dir,
    findCall: (key) => pipeline.tracker.dialogs.calls.first(key) ?? undefined,
    onComplete: (alertId, file) => completed.set(alertId, file),
  });
  const pipeline: Pipeline = new Pipeline({
    config,
    ruleSet: shippedRules(),
    outputs: {
      packet: (packet, message, keys) => {
        lastNumber = packet.number;
        evidence.record(packet, message, keys);
      },
      alert: (alert) => {
        const atAlert = evidence.alert(alert);
        const sha256AtAlert = atAlert === null ? "" : sha256(atAlert.path);
        alerts.push({ alert, lastNumber, atAlert, sha256AtAlert });
      },
    },
  });
  await openSource([path]).run(pipeline.onFrame);
  pipeline.finish();
  evidence.close();
  const kept: Kept[] = [];
  for (const { atAlert, ...rest } of alerts) {
    const { alert } = rest;
    const atEnd = completed.get(alert.alertId);
    if (atAlert === null || atEnd === undefined) continue;
    kept.push({ ...rest, atAlert, atEnd, packets: await tsharkPackets(atEnd.path) });
  }
  for (const { alert, atAlert, atEnd, packets, ...rest } of kept) {
    expect(rest.sha256AtAlert).toBe(atAlert.sha256);
    expect(atEnd.path).toBe(join(dir, `${alert.alertId}.pcap`));
    expect(sha256(atEnd.path)).toBe(atEnd.sha256);
    expect(readFileSync(atEnd.path).length).toBe(atEnd.bytes);
    expect(packets).toHaveLength(atEnd.packets);
    expect(atEnd.isComplete).toBe(true);
    expect(evidence.find(alert.alertId)).toEqual(atEnd);
  }
  return { dir, alerts, kept, evidence };
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function timeUsOf({ time }: TsharkPacket): number {
  return Math.round(Number(time) * 1e6);
}

/**
 * What a file has to hold, by tshark's reading of the whole capture: up to the alert the most recent
 * packets that belong, at least half of them signalling if there is so much, then those of the next seconds.
 */
function expected(
  all: readonly TsharkPacket[],
  { alert: { timeUs, packetNumber }, lastNumber }: Kept,
  belongs: (packet: TsharkPacket) => boolean,
): string[] {
  const fired = all.find(({ number }) => number === packetNumber);
  const isBefore = ({ number }: TsharkPacket) => number <= lastNumber;
  const before = all.filter(isBefore).filter((packet) => packet === fired || belongs(packet));
  const isSip = ({ callId }: TsharkPacket) => callId !== "";
  const media = before.filter((packet) => !isSip(packet));
  const messages = before
    .filter(isSip)
    .slice(-Math.max(PACKETS_MAX / 2, PACKETS_MAX - media.length));
  const rest = PACKETS_MAX - messages.length;
  const kept = new Set([...messages, ...(rest === 0 ? [] : media.slice(-rest))]);
  const untilUs = timeUs + AFTER_S * 1e6;
  const after = all
    .filter((packet) => !isBefore(packet) && belongs(packet) && timeUsOf(packet) <= untilUs)
    .slice(0, PACKETS_MAX);
  return [...before.filter((packet) => kept.has(packet)), ...after].map(lineOf);
}

function lab(name: string): string {
  return join(SHARED_CAPTURES, "lab", name);
}

const to = ({ dst, dstPort }: TsharkPacket): string => `${dst}:${dstPort}`;
const from = ({ src, srcPort }: TsharkPacket): string => `${src}:${srcPort}`;

describe.skipIf(missing !== "")("an evidence file opens in tshark and holds", () => {
  test.each([
    "bye_spoof/bye_third_party_to_callee.pcap",
    "bye_spoof/bye_spoofed_source_peer_to_phone.pcap",
  ])("the call whose BYE was forged, signalling and media: %s", async (name) => {
    const all = await tsharkPackets(lab(name));
    const { kept } = await evidenceOf(lab(name));
    const onBye = kept.filter(({ alert }) => alert.voip.event?.startsWith("sip.bye_"));
    expect(onBye).not.toEqual([]);
    for (const file of onBye) {
      const { alert, packets } = file;
      const { callId } = alert.voip;
      const announced = new Set(
        all.filter((packet) => packet.callId === callId).flatMap(({ announces }) => announces),
      );
      expect(announced.size).toBe(2);
      const belongs = (packet: TsharkPacket) =>
        packet.callId === callId ||
        (packet.callId === "" && (announced.has(to(packet)) || announced.has(from(packet))));
      expect(packets.map(lineOf)).toEqual(expected(all, file, belongs));
      const methods = packets.filter((packet) => packet.callId === callId).map((p) => p.method);
      expect(methods).toContain("INVITE");
      expect(packets.filter((p) => p.method === "BYE").map(({ src }) => src)).toContain(
        alert.srcIp,
      );
    }
  });

  test("the stream that somebody writes into: victim, rightful and foreign sender", async () => {
    const path = lab("rtp_inject/rtp_foreign_ssrc_third_host.pcap");
    const all = await tsharkPackets(path);
    const { kept } = await evidenceOf(path);
    // One sign first, and proven after it has lasted: one alert.
    expect(kept).toHaveLength(1);
    for (const file of kept) {
      const { alert, atAlert, packets } = file;
      const victim = `${alert.destIp}:${alert.destPort}`;
      const { callId = "" } = alert.voip;
      const belongs = (packet: TsharkPacket) =>
        (callId !== "" && packet.callId === callId) ||
        (packet.callId === "" && to(packet) === victim);
      expect(packets.map(lineOf)).toEqual(expected(all, file, belongs));
      const senders = new Set(packets.filter((p) => p.callId === "").map(({ src }) => src));
      expect(senders.size).toBe(2);
      expect(senders).toContain(alert.srcIp);
      const last = packets[atAlert.packets - 1];
      expect(last && timeUsOf(last)).toBe(alert.timeUs);
      expect(last && from(last)).toBe(`${alert.srcIp}:${alert.srcPort}`);
    }
  });

  test("the account whose password was guessed, and nobody else's messages", async () => {
    const path = lab("mixed/enum_and_bruteforce_during_office_traffic.pcap");
    const all = await tsharkPackets(path);
    const { kept } = await evidenceOf(path);
    const guesses = kept.filter(({ alert }) => alert.voip.counter?.track === "by_client_account");
    expect(guesses).not.toEqual([]);
    for (const file of guesses) {
      const { alert, packets } = file;
      const user = alert.voip.account?.split("@")[0];
      const belongs = ({ callId, src, dst, fromUser, toUser }: TsharkPacket) =>
        callId !== "" &&
        [src, dst].includes(alert.destIp) &&
        [fromUser, toUser].includes(user ?? "");
      expect(packets.map(lineOf)).toEqual(expected(all, file, belongs));
      expect(packets.some(({ src }) => src === alert.srcIp)).toBe(true);
    }
  });

  test("the offender's own messages in a flood, no more than the limits let", async () => {
    const path = lab("register_flood/sipp_register_flood_many_sources.pcap");
    const all = await tsharkPackets(path);
    const { alerts, evidence, kept } = await evidenceOf(path, { perRuleHour: 3 });
    const rules = new Map<number, number>();
    for (const { alert } of kept) {
      rules.set(alert.signature.sid, (rules.get(alert.signature.sid) ?? 0) + 1);
    }
    expect(Math.max(...rules.values())).toBe(3);
    expect(evidence.counters.refused.ruleLimit).toBe(alerts.length - kept.length);
    expect(alerts.length).toBeGreaterThan(kept.length);
    const bySource = kept.filter(({ alert }) => alert.voip.counter?.track === "by_client_server");
    expect(bySource).not.toEqual([]);
    for (const file of bySource) {
      const { alert, packets } = file;
      expect(packets.length).toBeLessThanOrEqual(2 * PACKETS_MAX);
      const belongs = ({ callId, src, dst }: TsharkPacket) =>
        callId !== "" && [src, dst].includes(alert.srcIp);
      expect(packets.map(lineOf)).toEqual(expected(all, file, belongs));
    }
  });
});
