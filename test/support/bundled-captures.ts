import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const PCAPS = fileURLToPath(new URL("../../pcaps/", import.meta.url));

export interface BundledCapture {
  /** Path inside `pcaps/`, as its README has it. */
  readonly name: string;
  readonly path: string;
  readonly isHealthy: boolean;
}

/** Every capture in `pcaps/`, by name. */
export function bundledCaptures(): BundledCapture[] {
  return readdirSync(PCAPS, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(pcap|pcapng)(\.gz)?$/.test(name))
    .sort()
    .map((name) => ({
      name,
      path: join(PCAPS, name),
      isHealthy: name.startsWith("benign/"),
    }));
}
