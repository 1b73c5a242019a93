import { describe, expect, it } from "vitest";
import { makeSink } from "../../../../src/emit/delivery/make-sink.ts";
import { parseOutputs } from "../../../../src/emit/delivery/output-spec.ts";
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
});
