import { closeSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { DeliveryRecord } from "./delivery-record.ts";

export const DEAD_LETTER_NAME = "dead-letter.ndjson";
const OLDER_NAME = "dead-letter.1.ndjson";
const BYTES_MAX = 16 * 1024 * 1024;

/**
 * Records that a receiver will never take, each with the reason, in the spool folder. At the size limit
 * the file replaces the older one and begins anew, so both together stay below twice the limit.
 */
export class DeadLetterFile {
  readonly #path: string;
  readonly #olderPath: string;
  readonly #bytesMax: number;

  constructor(dir: string, bytesMax: number = BYTES_MAX) {
    this.#path = join(dir, DEAD_LETTER_NAME);
    this.#olderPath = join(dir, OLDER_NAME);
    this.#bytesMax = bytesMax;
  }

  /** Adds a record. Throws the system's error when it cannot be written. */
  add(output: string, record: DeliveryRecord, problem: string): void {
    const line = Buffer.from(
      `${JSON.stringify({
        time: new Date().toISOString(),
        output,
        problem,
        alert_id: record.alertId,
        key: record.key,
        severity: record.severity,
        line: record.line,
      })}\n`,
    );
    const bytes = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes > 0 && bytes + line.length > this.#bytesMax) renameSync(this.#path, this.#olderPath);
    const fd = openSync(this.#path, "a", 0o640);
    try {
      writeSync(fd, line);
    } finally {
      closeSync(fd);
    }
  }
}
