import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { collectStdin } from "../../support/captured.ts";
import { pcapFile, pcapngFile, somePackets } from "../../support/pcap-writer.ts";

const packets = somePackets(6);
const captures = [
  pcapFile(packets),
  pcapFile(packets, { littleEndian: false, nanoseconds: true }),
  pcapngFile(packets),
  pcapngFile(packets, false),
  gzipSync(pcapFile(packets)),
];

test("captures with changed bytes never throw, and what they give does not depend on the pieces", async () => {
  const mutated = fc.tuple(
    fc.constantFrom(...captures),
    fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0xff))), {
      minLength: 1,
      maxLength: 5,
    }),
    fc.integer({ min: 1, max: 300 }),
  );
  await fc.assert(
    fc.asyncProperty(mutated, async ([capture, changes, pieceBytes]) => {
      const bytes = Buffer.from(capture);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      const whole = await collectStdin(bytes);
      for (const problem of whole.problems) expect(problem).not.toContain("\n");
      for (const frame of whole.frames) {
        expect(frame.timeUs).toBeGreaterThanOrEqual(0);
        expect(frame.wireLength).toBeGreaterThanOrEqual(frame.bytes.length);
      }
      const pieces = await collectStdin(bytes, pieceBytes);
      // Damaged gzip data loses the output of the step that fails, which depends on the pieces.
      if (!whole.problems.some((problem) => problem.includes("gzip"))) {
        expect(pieces).toEqual(whole);
      }
    }),
    { numRuns: 2000 },
  );
});
