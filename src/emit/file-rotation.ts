import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** When a file is moved away and a new one begun; 0 never. */
export interface RotationLimits {
  readonly maxBytes: number;
  /** Milliseconds since the file was opened or begun. */
  readonly maxMs: number;
  /** Files moved away that stay; of more the oldest goes. */
  readonly keep: number;
}

/** `20261121T100000`, UTC; `-2` and so on where one second has several. */
const STAMP = /^\d{8}T\d{6}(?:-\d{1,6})?$/;

/** Moves a file that is large or old enough away, to `FILE.20261121T100000`. */
export class FileRotation {
  readonly #path: string;
  readonly #limits: RotationLimits;
  #bytes = 0;
  #sinceMs = 0;
  /** Of the file moved away last. */
  #stamp = "";
  #count = 0;

  constructor(path: string, limits: RotationLimits) {
    this.#path = path;
    this.#limits = limits;
  }

  /** The file was opened with so many bytes in it. */
  opened(bytes: number, nowMs: number): void {
    this.#bytes = bytes;
    this.#sinceMs = nowMs;
  }

  added(bytes: number): void {
    this.#bytes += bytes;
  }

  /** An empty file is never due. */
  isDue(nowMs: number): boolean {
    const { maxBytes, maxMs } = this.#limits;
    if (this.#bytes === 0) return false;
    const isLarge = maxBytes > 0 && this.#bytes >= maxBytes;
    return isLarge || (maxMs > 0 && nowMs - this.#sinceMs >= maxMs);
  }

  /** Throws what the file system throws; then the file is still there. */
  moveAway(nowMs: number): void {
    const stamp = new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
    // A number that was given stays given, though its file may be gone: names are in order of time.
    this.#count = stamp === this.#stamp ? this.#count + 1 : 1;
    this.#stamp = stamp;
    while (existsSync(this.#name())) this.#count++;
    renameSync(this.#path, this.#name());
    this.#removeOld();
  }

  #name(): string {
    const name = `${this.#path}.${this.#stamp}`;
    return this.#count === 1 ? name : `${name}-${this.#count}`;
  }

  #removeOld(): void {
    const folder = dirname(this.#path);
    const prefix = `${basename(this.#path)}.`;
    const old = readdirSync(folder)
      .filter((name) => name.startsWith(prefix) && STAMP.test(name.slice(prefix.length)))
      .sort(compareStamps);
    for (const name of old.slice(0, Math.max(0, old.length - this.#limits.keep))) {
      rmSync(join(folder, name), { force: true });
    }
  }
}

/** By time, then by number within the second. */
function compareStamps(a: string, b: string): number {
  const [timeA = "", countA = "1"] = a.split(/-(?=\d+$)/);
  const [timeB = "", countB = "1"] = b.split(/-(?=\d+$)/);
  if (timeA !== timeB) return timeA < timeB ? -1 : 1;
  return Number(countA) - Number(countB);
}
