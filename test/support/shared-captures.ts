import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The corpus lies beside the project; it is too large, and partly not ours, to be inside. */
export const SHARED_CAPTURES = join(process.env.SIPSENTRY_SHARED ?? "../shared", "pcaps");

export interface SharedCapture {
  readonly path: string;
  readonly packets: number;
  /** The other columns of INDEX.tsv. */
  readonly row: Readonly<Record<string, string>>;
}

/**
 * Why tests over the corpus are skipped; empty when it is there. In CI it has to be there, so the
 * tests then run and fail.
 */
export const sharedCapturesMissing =
  existsSync(SHARED_CAPTURES) || process.env.CI === "true"
    ? ""
    : `no captures at ${SHARED_CAPTURES} (set SIPSENTRY_SHARED)`;

/** Captures with their packet counts by tshark. Raw messages (`.dat`) are left out. */
export function sharedCaptures(folder: "lab" | "real"): SharedCapture[] {
  if (sharedCapturesMissing !== "") return [];
  const lines = readFileSync(join(SHARED_CAPTURES, folder, "INDEX.tsv"), "utf8")
    .trimEnd()
    .split("\n");
  const names = (lines[0] ?? "").split("\t");
  return lines.slice(1).flatMap((line) => {
    const fields = line.split("\t");
    const row = Object.fromEntries(names.map((name, i) => [name, fields[i] ?? ""]));
    const path = join(SHARED_CAPTURES, folder, row.file ?? row.path ?? "");
    return /\.(pcap|pcapng|cap)$/.test(path) ? [{ path, packets: Number(row.packets), row }] : [];
  });
}

/** Scenes with one right verdict each. */
export function sharedCases(): { readonly path: string }[] {
  if (sharedCapturesMissing !== "") return [];
  const folder = join(SHARED_CAPTURES, "cases");
  const names = readdirSync(folder).filter((name) => /\.pcap(\.gz)?$/.test(name));
  return names.sort().map((name) => ({ path: join(folder, name) }));
}
