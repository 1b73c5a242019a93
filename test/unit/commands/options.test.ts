import { expect, it } from "vitest";
import { withSets } from "../../../src/commands/options.ts";
import { loadConfig } from "../../../src/config/config-file.ts";

it("a path that YAML would take for a number, a flag or a list stays a path", () => {
  for (const path of ["2026", "-1", "true", "[a]", 'with "quotes"', "null"]) {
    const options = { evidence: path, keylog: path, rules: [], set: [], quiet: true } as const;
    const { set } = withSets({ ...options, logLevel: "info" });
    expect(loadConfig({ sets: set })).toMatchObject({
      evidence: { dir: path },
      capture: { keyLog: path },
    });
  }
});
