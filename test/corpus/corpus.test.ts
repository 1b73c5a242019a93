import { basename, dirname } from "node:path";
import { describe, expect, it } from "vitest";
import type { Alert } from "../../src/detect/alerts/alert.ts";
import { LABELS } from "../docs/threats.ts";
import { isAlarm, runFiles } from "../support/run-capture.ts";
import {
  type SharedCapture,
  sharedCaptures,
  sharedCapturesMissing,
} from "../support/shared-captures.ts";
import { kindOf } from "./kind.ts";

/** More than these for one attack is noise. */
const ALERTS_MAX = 12;

/** Captures with more alerts than `ALERTS_MAX`, and why that is right. */
const MANY_ALERTS: Readonly<Record<string, { readonly max: number; readonly why: string }>> = {
  "bruteforce_distributed/svcrack_8_sources.pcap": {
    max: 17,
    why: "eight addresses, each told by the name and by the habits of its tool, and one alert for all",
  },
  "initconf_sip-attacks/BadUserAgent-sipvicious.pcap": {
    max: 22,
    why: "eleven scanners that have nothing to do with each other, one alert an hour each",
  },
};

/** Real attacks, by what the shipped rules must say of them; the others need issues to come. */
const REAL_ATTACKS: Readonly<Record<string, RegExp>> = {
  "honeynet_log_wrapped/honeynet2010_log_svwar_enumeration.pcap": /enum|scan|tool/i,
  "initconf_sip-attacks/BadUserAgent-sipvicious.pcap": /scan|tool/i,
  "ntop_nDPI/synscan.pcap": /scan/i,
  "initconf_sip-attacks/SIP-3700-unauthorized-401.pcap": /scan|tool|brute|enum/i,
  "initconf_sip-attacks/SIP-Bruteforce-Single-IP.pcap": /brute|spray|enum/i,
};

function nameOf({ path }: SharedCapture): string {
  return `${basename(dirname(path))}/${basename(path)}`;
}

function textOf({ signature }: Alert): string {
  return JSON.stringify([signature.msg, signature.category, signature.metadata]);
}

function summaryOf(alerts: readonly Alert[]): string[] {
  return alerts.map(({ signature, srcIp }) => `${signature.sid} ${srcIp}`);
}

/** Addresses that may be named; null when the index has none. */
function attackersOf(capture: SharedCapture): readonly string[] | null {
  const text = capture.row.attacker_ips ?? "";
  if (text === "" || text === "-" || /spoofed|many/.test(text)) return null;
  return text.split(",").map((address) => address.replace(/\(.*/, ""));
}

function isNamed(alert: Alert, attackers: readonly string[] | null): boolean {
  return attackers === null || attackers.includes(alert.srcIp);
}

if (sharedCapturesMissing !== "") console.warn(`skipped: ${sharedCapturesMissing}`);

describe.skipIf(sharedCapturesMissing !== "")("the shared corpus", () => {
  const lab = sharedCaptures("lab");
  const real = sharedCaptures("real");
  const isHealthy = ({ row }: SharedCapture) =>
    (row.labels ?? row.label ?? "").startsWith("benign");
  const attacks = lab.filter(
    (capture) =>
      !isHealthy(capture) && kindOf(capture.row.labels ?? "", nameOf(capture)) !== undefined,
  );

  it("is the whole corpus", () => {
    expect(lab.length).toBeGreaterThanOrEqual(71);
    expect(real.length).toBeGreaterThanOrEqual(100);
    expect(attacks.length).toBeGreaterThanOrEqual(41);
  });

  describe("attacks of the lab raise an alert of their kind that names the attacker", () => {
    for (const capture of attacks) {
      const name = nameOf(capture);
      it(name, async () => {
        const { alerts } = await runFiles([capture.path]);
        const kind = kindOf(capture.row.labels ?? "", name);
        const right = alerts.filter((alert) => isAlarm(alert) && kind?.test(textOf(alert)));
        const attackers = attackersOf(capture);
        expect(
          right.some((alert) => isNamed(alert, attackers)),
          `wanted ${kind} by ${attackers}, got ${summaryOf(alerts)}`,
        ).toBe(true);
        expect(alerts.length, summaryOf(alerts).join("; ")).toBeLessThanOrEqual(
          MANY_ALERTS[name]?.max ?? ALERTS_MAX,
        );
      });
    }
  });

  describe("real attacks raise an alert of their kind", () => {
    for (const capture of real.filter((capture) => nameOf(capture) in REAL_ATTACKS)) {
      const name = nameOf(capture);
      it(name, async () => {
        const { alerts } = await runFiles([capture.path]);
        const kind = REAL_ATTACKS[name];
        expect(alerts.some((alert) => isAlarm(alert) && kind?.test(textOf(alert)))).toBe(true);
        expect(alerts.length).toBeLessThanOrEqual(MANY_ALERTS[name]?.max ?? ALERTS_MAX);
      });
    }
  });

  describe("labels that are no address", () => {
    const named: Readonly<Record<string, number>> = {
      "asterisk_testsuite/crash-27382.pcap": 1,
      "honeynet_log_wrapped/honeynet2010_log_svwar_enumeration.pcap": 1,
      "initconf_sip-attacks/BadUserAgent-sipvicious.pcap": 11,
    };
    it.each(LABELS)("%s, %s: all senders are named, or none", async (name) => {
      const capture = real.find((one) => nameOf(one) === name);
      const { alerts } = await runFiles([capture?.path ?? ""]);
      const sources = new Set(alerts.filter(isAlarm).map(({ srcIp }) => srcIp));
      expect(sources.size).toBe(named[name]);
    });

    it("are not those of the other attacks, which are all found", async () => {
      const listed = LABELS.map(([name]) => name);
      const others = real.filter(
        (one) => (one.row.label ?? "") === "attack" && !listed.includes(nameOf(one)),
      );
      expect(others).toHaveLength(14);
      const missed: string[] = [];
      for (const capture of others) {
        const { alerts } = await runFiles([capture.path]);
        const attackers: string[] =
          (capture.row.attacker_ip ?? "").match(/\d+\.\d+\.\d+\.\d+/g) ?? [];
        const right = alerts.filter((alert) => isAlarm(alert));
        const isNamed = right.some(
          ({ srcIp }) => attackers.length === 0 || attackers.includes(srcIp),
        );
        if (!isNamed) missed.push(nameOf(capture));
      }
      expect(missed).toEqual([]);
    });
  });

  describe("no other attack raises more than a handful of alerts", () => {
    const others = [...lab, ...real].filter(
      (capture) =>
        !isHealthy(capture) && !attacks.includes(capture) && !(nameOf(capture) in REAL_ATTACKS),
    );
    it(`${others.length} captures`, async () => {
      for (const capture of others) {
        const { alerts } = await runFiles([capture.path]);
        expect(alerts.length, nameOf(capture)).toBeLessThanOrEqual(ALERTS_MAX);
      }
    });
  });

  describe("healthy captures stay silent", () => {
    for (const capture of [...lab, ...real].filter(isHealthy)) {
      it(nameOf(capture), async () => {
        const { alerts } = await runFiles([capture.path]);
        expect(summaryOf(alerts.filter(isAlarm))).toEqual([]);
      });
    }
  });
});
