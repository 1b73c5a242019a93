import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Why tests with real peers are skipped; empty when they can run. In CI they run, and fail without the tools. */
export function missingPeers(tools: readonly string[]): string {
  if (process.env.CI === "true") return "";
  const reasons = lacks(tools);
  if (reasons.length === 0) return "";
  const reason = `skipped: ${reasons.join(", ")}`;
  console.warn(`tests with real peers ${reason}`);
  return reason;
}

/** For `beforeAll`: in CI the reason is to be read before anything else goes wrong. */
export function requirePeers(tools: readonly string[]): void {
  const reasons = lacks(tools);
  if (reasons.length > 0)
    throw new Error(`tests with real peers cannot run: ${reasons.join(", ")}`);
}

/** Path of a tool; its bare name when it is not there. */
export function peerTool(tool: string): string {
  // Daemons are in folders that a user's PATH may lack.
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const folder = folders.find((name) => existsSync(join(name, tool)));
  return folder === undefined ? tool : join(folder, tool);
}

function lacks(tools: readonly string[]): string[] {
  return tools.filter((tool) => peerTool(tool) === tool).map((tool) => `no ${tool}`);
}
