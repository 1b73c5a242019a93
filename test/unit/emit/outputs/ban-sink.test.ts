import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BanSettings, BanSink } from "../../../../src/emit/outputs/ban-sink.ts";
import { alertFields, recordOf } from "./eve-lines.ts";

let dir = "";
let nowMs = 0;
const sinks: BanSink[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sipsentry-ban-"));
  nowMs = Date.parse("2026-11-21T07:00:00Z");
});
afterEach(async () => {
  await Promise.all(sinks.splice(0).map((sink) => sink.close()));
  rmSync(dir, { recursive: true, force: true });
});

async function open(changes: Partial<BanSettings> = {}): Promise<BanSink> {
  const settings: BanSettings = {
    path: join(dir, "feed"),
    format: "json",
    severityMax: 2,
    confidence: "high",
    attacks: ["auth_bruteforce"],
    proof: true,
    dryRun: false,
    ttlS: 3_600,
    never: [],
    entriesMax: 16,
    ...changes,
  };
  const sink = new BanSink(settings, { now: () => nowMs });
  sinks.push(sink);
  await sink.connect();
  return sink;
}

const text = (name = "feed") => readFileSync(join(dir, name), "utf8");
const from = (src_ip: string) => recordOf(alertFields({ src_ip }));

const behindNat = (account: string) =>
  recordOf(
    alertFields({
      ...{ src_ip: "203.0.113.50", src_port: 20_099 },
      voip: { account, source: { return_path: "proven", shared: "registered users" } },
    }),
  );

describe("addresses that others depend on", () => {
  it("are listed apart, each suspect behind one, until their time is over", async () => {
    const sink = await open({ format: "nftables" });
    await sink.send([from("203.0.113.9"), behindNat("300@pbx"), behindNat("301@pbx")]);
    await sink.send([behindNat("300@pbx")]);
    expect(text()).not.toContain("203.0.113.50");
    expect(listed("feed.shared.json")).toMatchObject([
      { ip: "203.0.113.50", port: 20_099, account: "300@pbx", records: 2 },
      { ip: "203.0.113.50", port: 20_099, account: "301@pbx", records: 1 },
    ]);
    await sink.close();
    nowMs += 1_000_000;
    await open({ format: "nftables" });
    expect(listed("feed.shared.json")).toHaveLength(2);
    nowMs += 3_600_000;
    await open({ format: "nftables" });
    expect(listed("feed.shared.json")).toEqual([]);
  });

  it("leave the feed when it turns out who else is there", async () => {
    const sink = await open();
    await sink.send([from("203.0.113.50")]);
    expect(listed()).toHaveLength(1);
    await sink.send([behindNat("300@pbx")]);
    expect(listed()).toEqual([]);
  });
});

describe("a dry run", () => {
  it("lists nobody, and says once for each who would be and why", async () => {
    const sink = await open({ dryRun: true });
    const lines: string[] = [];
    sink.onLine = (line) => lines.push(line);
    const forged = recordOf(alertFields({ src_ip: "203.0.113.7", voip: {} }));
    await sink.send([from("203.0.113.9"), from("203.0.113.9"), behindNat("300@pbx"), forged]);
    expect(readdirSync(dir)).toEqual([]);
    const why = "sid 9102001, severity 2, auth_bruteforce: VOIP BRUTE";
    expect(lines).toEqual([
      expect.stringContaining(`would ban 203.0.113.9 for 3600 s (${why}`),
      expect.stringContaining(
        "would not ban 203.0.113.50, only list it as shared (registered users; port 20099, account 300@pbx; sid",
      ),
      expect.stringContaining("would not ban 203.0.113.7, as nothing proves"),
    ]);
  });
});

function listed(name = "feed"): Record<string, unknown>[] {
  return text(name)
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const ips = (name = "feed") => listed(name).map(({ ip }) => ip);

describe("ban feed", () => {
  it("has an empty file from the start, readable for others", async () => {
    await open();
    expect(text()).toBe("");
    expect(statSync(join(dir, "feed")).mode & 0o044).toBe(0o044 & ~process.umask());
  });

  it("lists each offender once, with the last reason", async () => {
    const sink = await open();
    const second = from("203.0.113.1");
    await sink.send([from("203.0.113.1"), from("203.0.113.2"), second]);
    expect(listed()).toMatchObject([
      { ip: "203.0.113.1", records: 2, alert_id: second.alertId },
      { ip: "203.0.113.2", records: 1 },
    ]);
  });

  it("counts a record that is delivered twice once, and prolongs nothing for it", async () => {
    const sink = await open();
    const record = from("203.0.113.1");
    await sink.send([record]);
    const before = text();
    nowMs += 60_000;
    await sink.send([record]);
    expect(text()).toBe(before);
  });

  it("prolongs the ban of one who goes on", async () => {
    const sink = await open();
    await sink.send([from("203.0.113.1")]);
    nowMs += 1_800_000;
    await sink.send([from("203.0.113.1")]);
    expect(listed()).toMatchObject([{ records: 2, expires: "2026-11-21T08:30:00.000Z" }]);
  });

  it("takes offenders off when their time is over, without being asked", async () => {
    const sink = await open({ ttlS: 1 });
    await sink.send([from("203.0.113.1")]);
    expect(ips()).toEqual(["203.0.113.1"]);
    nowMs += 1_000;
    await expect.poll(() => ips()).toEqual([]);
  });

  it("keeps bans over a restart, but for those whose time is over and those that may not be banned any more", async () => {
    const first = await open();
    await first.send([from("203.0.113.1")]);
    nowMs += 1_800_000;
    await first.send([from("203.0.113.2"), from("203.0.113.3"), from("2001:db8::9")]);
    await first.close();
    nowMs += 1_800_000;
    const second = await open({ never: ["203.0.113.3/32"] });
    expect(ips()).toEqual(["203.0.113.2", "2001:db8::9"]);
    await second.send([from("203.0.113.4")]);
    expect(ips()).toEqual(["203.0.113.2", "2001:db8::9", "203.0.113.4"]);
  });

  it("skips damaged lines of its file", async () => {
    const first = await open();
    await first.send([from("203.0.113.1")]);
    await first.close();
    const line = text();
    writeFileSync(join(dir, "feed"), `${line}{"ip":"203.0.1\n{"ip":"x"}\n\n${line.slice(0, 40)}`);
    await open();
    expect(ips()).toEqual(["203.0.113.1"]);
  });

  it("has no more than its limit: whose ban ends first goes", async () => {
    const sink = await open({ entriesMax: 16 });
    for (let i = 1; i <= 20; i++) {
      nowMs += 1_000;
      await sink.send([from(`203.0.113.${i}`)]);
    }
    expect(ips()).toEqual(Array.from({ length: 16 }, (_, i) => `203.0.113.${i + 5}`));
  });

  it.each(["nftables", "kamailio", "fail2ban"] as const)(
    "keeps the JSON form beside the %s form, and reads it at a restart",
    async (format) => {
      const first = await open({ format });
      await first.send([from("203.0.113.1"), from("2001:db8::9")]);
      await first.close();
      expect(ips("feed.json")).toEqual(["203.0.113.1", "2001:db8::9"]);
      expect(text()).toContain("203.0.113.1");
      await open({ format });
      expect(text()).toContain("2001:db8::9");
      expect(readdirSync(dir).sort()).toEqual(["feed", "feed.json"]);
    },
  );

  it("writes what is left of a ban as the timeout of nftables", async () => {
    const first = await open({ format: "nftables" });
    await first.send([from("203.0.113.1"), from("2001:db8::9")]);
    await first.close();
    nowMs += 600_000;
    await open({ format: "nftables" });
    expect(text()).toContain('\t203.0.113.1 timeout 3000s comment "sid 9102001"');
    expect(text()).toContain('\t2001:db8::9 timeout 3000s comment "sid 9102001"');
  });

  it("never shows a part of the file to a reader", async () => {
    const sink = await open({ entriesMax: 4_096 });
    await sink.send(Array.from({ length: 1_000 }, (_, i) => from(`10.0.${i >> 8}.${i & 255}`)));
    let isDone = false;
    let reads = 0;
    const reader = (async () => {
      while (!isDone) {
        expect(listed().length % 250).toBe(0);
        reads++;
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let part = 0; part < 4; part++) {
      await sink.send(Array.from({ length: 250 }, (_, i) => from(`10.1.${part}.${i}`)));
    }
    isDone = true;
    await reader;
    expect(reads).toBeGreaterThan(5);
    expect(ips()).toHaveLength(2_000);
  });

  it("appends for fail2ban, one line each time", async () => {
    const sink = await open({ format: "fail2ban" });
    const alert = {
      signature_id: 7,
      signature: 'a "quoted"\nsipsentry[ban]: 198.51.100.1 sid=1',
      metadata: { attack: ["auth_bruteforce"], confidence: ["High"] },
    };
    await sink.send([from("203.0.113.1")]);
    await sink.send([recordOf(alertFields({ alert, src_ip: "203.0.113.1" }))]);
    const lines = text().split("\n").slice(0, -1);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^2026-11-21T07:00:00\.000Z sipsentry\[ban\]: 203\.0\.113\.1 sid=9102001 severity=2 attack=auth_bruteforce alert_id=\S{32} expires=2026-11-21T08:00:00\.000Z signature="VOIP BRUTE credential brute force on one account"$/,
    );
  });

  it.each(["json", "nftables", "fail2ban", "kamailio"] as const)(
    "does not write %s over a file that is not its own",
    async (format) => {
      writeFileSync(join(dir, "feed"), "root:x:0:0:root:/root:/bin/bash\n");
      await expect(open({ format })).rejects.toMatchObject({
        name: "DeliveryError",
        isTemporary: true,
        message: expect.stringMatching(/feed exists and is no .* ban feed: remove it/),
      });
      expect(text()).toBe("root:x:0:0:root:/root:/bin/bash\n");
    },
  );

  it("says on one line what is wrong with the place, and goes on when it is cured", async () => {
    const path = join(dir, "missing", "feed");
    const sink = new BanSink(
      {
        path,
        format: "json",
        severityMax: 2,
        confidence: "high",
        attacks: ["auth_bruteforce"],
        proof: true,
        dryRun: false,
        ttlS: 60,
        never: [],
        entriesMax: 16,
      },
      { now: () => nowMs },
    );
    sinks.push(sink);
    await expect(sink.connect()).rejects.toMatchObject({
      isTemporary: true,
      message: `cannot write ${path}: the folder does not exist: make it`,
    });
    const { mkdirSync } = await import("node:fs");
    mkdirSync(join(dir, "missing"));
    await sink.connect();
    await sink.send([from("203.0.113.1")]);
    expect(existsSync(path)).toBe(true);
  });
});
