import type { Config } from "../config/config.ts";
import { typedTarget } from "../emit/delivery/output-types.ts";
import { outputTargets, type RunOptions } from "./options.ts";
import { liveSpoolDir } from "./spool-home.ts";
import type { WritablePaths } from "./writable-paths.ts";

const FILE_OUTPUT = /^(eve|ecs|ban):(.+)$/is;

/** What live capture with these options writes to; outputs that are wrong are told elsewhere. */
export function writtenPaths(config: Config, options: RunOptions): WritablePaths {
  const files: string[] = [];
  const replaced: string[] = [];
  const folders: string[] = [];
  let isSpooled = false;
  if (options.eve !== undefined && options.eve !== "-") files.push(options.eve);
  for (const text of outputTargets(config, options)) {
    const { target } = typedTarget(text);
    const [, kind = "", path = ""] = FILE_OUTPUT.exec(target) ?? [];
    if (kind.toLowerCase() === "ban") replaced.push(path);
    else if (kind !== "") files.push(path);
    // All but EVE files are written by the delivery thread, out of the spool.
    isSpooled ||= !/^(eve|ecs)$/i.test(kind);
  }
  if (config.rules.dataDir !== "") folders.push(config.rules.dataDir);
  for (const { file } of [config.baseline, config.cases]) if (file !== "") replaced.push(file);
  if (isSpooled) folders.push(liveSpoolDir(config));
  const evidence = options.evidence ?? config.evidence.dir;
  if (evidence !== "") folders.push(evidence);
  return { folders, files, replaced };
}
