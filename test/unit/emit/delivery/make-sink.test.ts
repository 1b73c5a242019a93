import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { makeSink } from "../../../../src/emit/delivery/make-sink.ts";
import { type NetworkOutputSpec, parseOutputs } from "../../../../src/emit/delivery/output-spec.ts";
import { outputSettings } from "../../../support/output-settings.ts";

const TARGETS = [
  "kafka://a,b:9093/t",
  "syslog://[::1]",
  "syslog+tcp://a",
  "syslog+tls://a:1234",
  "http://a.example/x?token=1",
  "https://a.example/",
  "ban:/nowhere/ban.json",
];

describe("makeSink", () => {
  it.each(TARGETS)(
    "makes the sink of %s, under the name that messages and metrics show",
    async (target) => {
      const [spec] = parseOutputs([target], outputSettings(), {}).network;
      if (spec === undefined) throw new Error("no output");
      const sink = makeSink(structuredClone(spec));
      expect(sink.name).toBe(spec.name);
      expect(sink.batchRecords).toBeGreaterThan(0);
      await sink.close();
    },
  );

  it("sends the shape that the configuration asks for", async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      request.on("data", (chunk) => bodies.push(String(chunk)));
      request.on("end", () => response.writeHead(204).end());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const line = '{"timestamp":"2026-11-21T10:00:00.000000+0000","event_type":"alert"}';
    for (const format of ["eve", "ecs"] as const) {
      const { network } = parseOutputs([target], outputSettings({ webhook: { format } }), {});
      const sink = makeSink(network[0] as NetworkOutputSpec);
      await sink.connect();
      await sink.send([{ sequence: 1, severity: 1, alertId: "a", key: "", line }]);
      await sink.close();
    }
    server.close();
    expect(bodies[0]).toBe(`${line}\n`);
    expect(JSON.parse(bodies[1] ?? "")).toMatchObject({ ecs: {}, event: { kind: "alert" } });
  });
});
