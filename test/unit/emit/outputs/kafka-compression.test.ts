import { describe, expect, it } from "vitest";
import { compressionProblem, zstdOf } from "../../../../src/emit/outputs/kafka-compression.ts";

const WITH_ZSTD = {
  zstdCompress: (data: Buffer, done: (error: Error | null, result: Buffer) => void) =>
    data.length > 0 ? done(null, Buffer.from(`z${data}`)) : done(new Error("empty"), data),
};

describe("compressionProblem", () => {
  it("takes none and gzip everywhere", () => {
    expect(compressionProblem("none", {})).toBe("");
    expect(compressionProblem("gzip", {})).toBe("");
  });

  it("takes zstd where Node.js has it, and says in one line what to do elsewhere", () => {
    expect(compressionProblem("zstd", WITH_ZSTD)).toBe("");
    expect(compressionProblem("zstd", {})).toMatch(
      /^compression zstd needs Node\.js 22\.15.*gzip$/,
    );
  });
});

describe("zstdOf", () => {
  it("compresses with what Node.js has", async () => {
    await expect(zstdOf(WITH_ZSTD)?.(Buffer.from("x"))).resolves.toEqual(Buffer.from("zx"));
    await expect(zstdOf(WITH_ZSTD)?.(Buffer.alloc(0))).rejects.toThrow("empty");
    expect(zstdOf({})).toBeUndefined();
  });
});
