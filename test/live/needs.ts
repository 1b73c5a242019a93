import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Why the live tests are skipped; empty when they can run. In CI everything has to be there, so the
 * tests then run and fail.
 */
export function missingForLive(tools: readonly string[]): string {
  if (process.env.CI === "true") return "";
  const reasons = lacks(tools);
  if (reasons.length === 0) return "";
  const reason = `skipped: ${reasons.join(", ")}`;
  console.warn(`live tests ${reason}`);
  return reason;
}

/** For `beforeAll`: in CI the reason is to be read before anything else goes wrong. */
export function requireForLive(tools: readonly string[]): void {
  const reasons = lacks(tools);
  if (reasons.length > 0) throw new Error(`live tests cannot run: ${reasons.join(", ")}`);
}

function lacks(tools: readonly string[]): string[] {
  const reasons = process.getuid?.() === 0 ? [] : ["not root, which network namespaces need"];
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  for (const tool of tools) {
    const isThere = folders.some((folder) => existsSync(join(folder, tool)));
    if (!isThere) reasons.push(`no ${tool}`);
  }
  return reasons;
}
