import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { AlertPrinter } from "../../../src/commands/alert-printer.ts";
import { alertOf } from "../emit/records.ts";

it("leaves lines out while nobody reads them, says so once, and goes on afterwards", async () => {
  let release: (() => void) | null = null;
  let isRead = false;
  const stream = new Writable({
    write(_chunk, _encoding, done) {
      if (isRead) done();
      else release = done;
    },
  });
  const said: string[] = [];
  const printer = new AlertPrinter(stream, (line) => said.push(line));
  for (let i = 0; i < 50_000; i++) printer.print(alertOf({}));
  expect(stream.writableLength).toBeLessThan(1_100_000);
  expect(said).toEqual(["standard output is not read: alerts are not printed"]);
  isRead = true;
  (release as (() => void) | null)?.();
  await expect.poll(() => stream.writableLength).toBe(0);
  printer.print(alertOf({}));
  expect(said[1]).toMatch(/^standard output is read again: \d{5} alerts were not printed$/);
});
