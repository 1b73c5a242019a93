import { CaptureError } from "../capture/capture-error.ts";
import { KeyLogFile } from "../capture/key-log-file.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./config-file.ts";

/** Null without a key log. Throws `ConfigError` when it cannot be read. */
export function openKeyLog({ capture }: Config): KeyLogFile | null {
  if (capture.keyLog === "") return null;
  try {
    return new KeyLogFile(capture.keyLog);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    throw new ConfigError([`capture.keyLog: ${error.message}`]);
  }
}
