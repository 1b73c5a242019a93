import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { OPTIONS_RULE, optionsPacket, pcapFile, sipsentry } from "./cli.ts";

/** Four alerts, and the record that closes their incident. */
const RECORDS = 5;

/** Where nobody listens: the discard port. */
const NOBODY = "http://127.0.0.1:9/alerts";

/** Two runs in one folder, as a user makes them: nobody is told of another run's attack. */

let folder = "";
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sipsentry-cli-spool-"));
  writeFileSync(at("options.pcap"), pcapFile([1, 2, 3, 4].map(optionsPacket)));
  writeFileSync(at("silent.pcap"), pcapFile([]));
  writeFileSync(at("options.rules"), OPTIONS_RULE);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => rmSync(at("spool"), { recursive: true, force: true }));

function replay(capture: string, ...args: string[]) {
  const rules = ["--rules", at("options.rules"), "--set", "incidents.fold=false"];
  const env = { TMPDIR: folder };
  // Who listens is waited for, however late the machine comes to it; for nobody a second is enough.
  const waitS = args.includes(NOBODY) ? 1 : 100;
  const waits = ["--quiet", "--json", "--set", `spool.waitS=${waitS}`];
  return sipsentry(["replay", at(capture), ...rules, ...waits, ...args], { env });
}

const inSpool = () => ["--set", `spool.dir=${at("spool")}`];
const deliveryOf = (stdout: string) => JSON.parse(stdout).deliveries[0];
const segments = () => readdirSync(at("spool")).filter((name) => name.endsWith(".seg"));

/** A receiver of webhooks that keeps what it gets. */
async function receiver() {
  const lines: string[] = [];
  const server: Server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", () => {
      lines.push(...text.trimEnd().split("\n"));
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`;
  return { lines, url, close: () => new Promise((resolve) => server.close(resolve)) };
}

it("a replay has a spool of its own, which goes with it", async () => {
  const pager = await receiver();
  const first = await replay("options.pcap", "--output", pager.url);
  expect(first.exitCode).toBe(0);
  expect(deliveryOf(first.stdout)).toMatchObject({
    raised: RECORDS,
    delivered: RECORDS,
    waiting: 0,
  });
  const other = await receiver();
  const second = await replay("silent.pcap", "--output", other.url);
  expect([second.exitCode, other.lines]).toEqual([0, []]);
  expect(pager.lines).toHaveLength(RECORDS);
  expect(readdirSync(folder).filter((name) => name.startsWith("sipsentry-"))).toEqual([]);
  expect(existsSync("sipsentry-spool")).toBe(false);
  await Promise.all([pager.close(), other.close()]);
});

it("says that alerts are lost when a replay's own spool goes before they were sent", async () => {
  const { exitCode, stderr, stdout } = await replay("options.pcap", "--output", NOBODY);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /5 of 5 records are lost to http:\S+: 5 not acknowledged( \(.+\))? and the spool of a replay goes/,
  );
  const { lost, ...counts } = deliveryOf(stdout);
  expect(counts).toMatchObject({ raised: RECORDS, carried: 0, delivered: 0, waiting: 0 });
  expect(lost).toMatchObject({ not_sent: RECORDS, spool_full: 0, refused: 0 });
});

it("with spool.dir, what was acknowledged is gone, and a new output gets nothing of it", async () => {
  const pager = await receiver();
  const first = await replay("options.pcap", "--output", pager.url, ...inSpool());
  expect([first.exitCode, pager.lines.length]).toEqual([0, RECORDS]);
  expect(segments()).toEqual([]);
  const other = await receiver();
  for (const more of [[], ["--from-start"]]) {
    const args = ["--output", other.url, "--output", pager.url, ...inSpool(), ...more];
    const second = await replay("silent.pcap", ...args);
    expect([second.exitCode, other.lines, pager.lines.length]).toEqual([0, [], RECORDS]);
  }
  await Promise.all([pager.close(), other.close()]);
});

it("with spool.dir, what waits for one output goes to no other, unless --from-start asks for it", async () => {
  const first = await replay("options.pcap", "--output", NOBODY, ...inSpool());
  expect(first.exitCode).toBe(1);
  expect(first.stderr).toMatch(/5 records are not acknowledged by .+; they wait in .+\/spool/);
  expect(deliveryOf(first.stdout)).toMatchObject({ raised: RECORDS, waiting: RECORDS });

  const pager = await receiver();
  const second = await replay("silent.pcap", "--output", pager.url, ...inSpool());
  expect([second.exitCode, pager.lines]).toEqual([0, []]);

  const other = await receiver();
  const args = ["--output", other.url, "--from-start", ...inSpool()];
  const third = await replay("silent.pcap", ...args, "--log-level", "warn");
  expect([third.exitCode, other.lines.length]).toEqual([0, RECORDS]);
  expect(deliveryOf(third.stdout)).toMatchObject({
    raised: 0,
    carried: RECORDS,
    delivered: RECORDS,
  });
  await Promise.all([pager.close(), other.close()]);
});

it("tells what was damaged on disk, and fails", async () => {
  await replay("options.pcap", "--output", NOBODY, ...inSpool());
  const path = join(at("spool"), segments()[0] ?? "");
  const bytes = readFileSync(path);
  bytes[Math.floor(bytes.length / 2)] = 0x5a;
  writeFileSync(path, bytes);
  const { exitCode, stderr, stdout } = await replay(
    ...(["silent.pcap", "--output", NOBODY] as const),
    ...inSpool(),
  );
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/1 of 5 records are lost to .+: 1 damaged or deleted in /);
  expect(stderr).toMatch(/4 records are not acknowledged by /);
  const { lost, ...counts } = deliveryOf(stdout);
  expect(counts).toMatchObject({ raised: 0, carried: RECORDS, delivered: 0, waiting: RECORDS - 1 });
  expect(lost.damaged).toBe(1);
});
