import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PCAPS } from "../support/bundled-captures.ts";
import { type MonitoredRun, monitoredRun } from "../support/monitored-run.ts";
import { sipsentry } from "./cli.ts";

let run: MonitoredRun;
let url = "";

beforeAll(async () => {
  run = await monitoredRun([join(PCAPS, "mixed")]);
  url = await run.monitor.listen("127.0.0.1:0");
});
afterAll(() => run.monitor.close());

/** Something else that listens where a sensor should. */
async function impostor(answer: (end: (status: number, body: string) => void) => void) {
  const server: Server = createServer((_, response) =>
    answer((status, body) => response.writeHead(status).end(body)),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}` };
}

describe("sipsentry stats", () => {
  it("prints a page that agrees with the sensor", async () => {
    const { exitCode, stdout, stderr } = await sipsentry(["stats", "--url", url]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    const { alerts, packets } = run.summary();
    expect(stdout).toMatch(
      /^sipsentry \S+ \(process \d+\) on eth0, running for .*: degraded: output syslog\+tls:\/\/siem:6514 is behind\n/,
    );
    expect(stdout).toContain(`Packets     ${packets.total.toLocaleString("en")}, `);
    for (const { sid } of alerts.by_rule) expect(stdout).toContain(` ${sid} `);
  });

  it("gives the answer itself with --json, found by the configuration", async () => {
    const listen = new URL(url).host;
    const set = ["--set", `metrics.listen=${listen}`];
    const { exitCode, stdout } = await sipsentry(["stats", "--json", ...set]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: "summary/1.0",
      packets: { total: run.summary().packets.total },
      sensor: { ready: true },
    });
  });

  it("goes on with --watch until it is stopped, and then exits 0", async () => {
    const { exitCode, stdout } = await sipsentry(["stats", "--watch", "1", "--url", url], {
      signal: "SIGINT",
      signalWhen: (written) => written.split(/^sipsentry /m)[2]?.includes("\nNow ") === true,
    });
    expect(exitCode).toBe(0);
    expect(stdout.match(/^sipsentry /gm)?.length).toBeGreaterThan(1);
    expect(stdout).toMatch(/^Now {9}0 packets\/s/m);
  });

  it.each<[string, string[], number, RegExp]>([
    [
      "nobody listens",
      ["--url", "127.0.0.1:65533"],
      1,
      /http:\/\/127\.0\.0\.1:65533\/stats: nobody listens there; is sipsentry live running/,
    ],
    [
      "the host is unknown",
      ["--url", "http://no-such-host.invalid:9790"],
      1,
      /no such host; give --url/,
    ],
    ["the URL is none", ["--url", "http://[::x"], 2, /Expected http:\/\/HOST:PORT/],
    ["metrics are off", ["--set", "metrics.listen="], 2, /metrics\.listen is empty.*give --url/],
    [
      "the address is bad",
      ["--set", "metrics.listen=localhost"],
      78,
      /"localhost" is no HOST:PORT/,
    ],
    ["the wait is bad", ["--watch", "0"], 2, /whole number from 1/],
  ])("ends with one line when %s", async (_, args, code, line) => {
    const { exitCode, stdout, stderr } = await sipsentry(["stats", ...args]);
    expect([exitCode, stdout]).toEqual([code, ""]);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(line);
  });

  it.each<[string, number, string, RegExp]>([
    ["another server", 404, "not here", /answers 404; give --url/],
    ["no JSON", 200, "<html>", /not that of a sipsentry/],
    ["other JSON", 200, "[1]", /not that of a sipsentry/],
    ["a sensor with holes", 200, '{"schema":"summary/1.0","sensor":{}}', /not that of a sipsentry/],
    ["an endless answer", 200, "x".repeat(9_000_000), /not that of a sipsentry/],
  ])("is not led astray by %s", async (_, status, body, line) => {
    const { server, url: other } = await impostor((end) => end(status, body));
    const { exitCode, stdout, stderr } = await sipsentry(["stats", "--url", other]);
    server.close();
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(line);
  });

  it("lets no text of the answer steer the terminal", async () => {
    const page = JSON.parse(JSON.stringify(run.monitor.stats())) as { inputs: string[] };
    page.inputs = ["eth0\u001b]0;owned\u0007\u001b[2J"];
    const { server, url: other } = await impostor((end) => end(200, JSON.stringify(page)));
    const { exitCode, stdout } = await sipsentry(["stats", "--url", other]);
    server.close();
    expect(exitCode).toBe(0);
    expect(stdout).not.toMatch(/[\u001b\u0007]/);
  });
});
