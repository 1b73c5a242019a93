import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeliveryRecord } from "../../../../src/emit/delivery/delivery-record.ts";
import { type SyslogSettings, SyslogSink } from "../../../../src/emit/outputs/syslog-sink.ts";
import { missingPeers, requirePeers } from "../../../support/peer-tools.ts";
import { makeCertificates, type TestCertificates } from "../../../support/test-certificates.ts";
import { alertFields, recordOf, recordsOf } from "./eve-lines.ts";
import { type Logged, Rsyslog } from "./rsyslog.ts";

const TOOLS = ["rsyslogd", "openssl"];

describe.skipIf(missingPeers(TOOLS) !== "")("syslog to a real rsyslog", () => {
  const dir = mkdtempSync(join(tmpdir(), "sipsentry-rsyslog-"));
  let certificates: TestCertificates;
  let rsyslog: Rsyslog;

  beforeAll(async () => {
    requirePeers(TOOLS);
    certificates = makeCertificates(dir);
    rsyslog = await Rsyslog.make(join(dir, "rsyslog"), certificates);
    await rsyslog.start();
  });
  afterAll(async () => {
    await rsyslog?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  function sinkTo(transport: SyslogSettings["transport"], peer = rsyslog): SyslogSink {
    const text = (path: string) => readFileSync(path, "utf8");
    const { ca, clientCert, clientKey } = certificates;
    return new SyslogSink({
      transport,
      host: "127.0.0.1",
      port: peer.ports[transport],
      facility: "local3",
      appName: "sipsentry",
      hostname: "sensor1",
      structuredId: "sipsentry@32473",
      confirm: true,
      timeoutMs: 5_000,
      tls: { ca: text(ca), cert: text(clientCert), key: text(clientKey) },
    });
  }

  function loggedOf(records: readonly DeliveryRecord[]): Logged[] {
    const ids = new Set(records.map(({ alertId }) => alertId));
    return rsyslog.logged().filter(({ data }) => ids.has(idOf(data)));
  }

  it.each(["udp", "tcp", "tls"] as const)("arrives over %s, field by field", async (transport) => {
    const sink = sinkTo(transport);
    const fields = alertFields({
      alert: { signature: 'quotes " and ] and \\', signature_id: 9, severity: 1 },
      voip: { from_user: "jürgen" },
    });
    const records = [recordOf(fields, { severity: 1 }), ...recordsOf(20)];
    await sink.connect();
    await sink.send(records);
    await sink.close();
    await expect.poll(() => loggedOf(records).length).toBe(21);
    const [first] = loggedOf(records);
    expect(first).toMatchObject({
      priority: String(19 * 8 + 2),
      time: "2026-11-21T02:56:57.743150Z",
      hostname: "sensor1",
      appName: "sipsentry",
      messageId: "alert",
    });
    expect(first?.data).toContain('signature="quotes \\" and \\] and \\\\"');
    expect(JSON.parse(first?.message ?? "")).toEqual(fields);
  });

  it("arrives as EVE lines where rsyslog is configured as docs/syslog.md says, large ones too", async () => {
    const folder = join(dir, "documented");
    const documented = await Rsyslog.asDocumented(folder, certificates);
    await documented.start();
    try {
      const large = recordOf(alertFields({ voip: { from_user: "x".repeat(200_000) } }));
      const records = [recordOf(), large, recordOf()];
      const sink = sinkTo("tls", documented);
      await sink.connect();
      await sink.send(records);
      await sink.close();
      const text = records.map(({ line }) => `${line}\n`).join("");
      const written = () => readFileSync(join(folder, "eve.json"), "utf8");
      await expect.poll(() => written() === text).toBe(true);
    } finally {
      await documented.stop();
    }
  });

  it.each(["tcp", "tls"] as const)(
    "loses nothing over %s while the receiver is restarted again and again",
    async (transport) => {
      const sink = sinkTo(transport);
      const records: DeliveryRecord[] = [];
      let failures = 0;
      let isOver = false;
      const more = async (count: () => number, by: number) => {
        for (const goal = count() + by; count() < goal; ) await pause(5);
      };
      const restarts = async () => {
        for (let i = 0; i < 3; i++) {
          await more(() => records.length, 100);
          await rsyslog.stop();
          await more(() => failures, 1);
          await rsyslog.start();
        }
        await more(() => records.length, 100);
      };
      const sending = async () => {
        for (let batch = recordsOf(10); !isOver; ) {
          try {
            await sink.connect();
            await sink.send(batch);
            records.push(...batch);
            batch = recordsOf(10);
          } catch {
            failures++;
            await pause(20);
          }
        }
      };
      const end = () => {
        isOver = true;
      };
      await Promise.all([restarts().finally(end), sending()]);
      await sink.close();
      const distinct = () => new Set(loggedOf(records).map(({ data }) => idOf(data))).size;
      await expect.poll(distinct).toBe(records.length);
      expect(failures).toBeGreaterThanOrEqual(3);
      console.log(
        `${transport}: ${records.length} alerts, ${failures} failed attempts, ${loggedOf(records).length} lines, ${distinct()} distinct`,
      );
    },
  );
});

function idOf(data: string): string {
  return /alert_id="([0-9a-f]+)"/.exec(data)?.[1] ?? "";
}
