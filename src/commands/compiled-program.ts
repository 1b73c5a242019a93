import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Script } from "node:vm";
import { crc32 } from "node:zlib";

/** Of other builds and releases of Node.js that somebody may go back to. */
const KEPT_MAX = 4;
const WRITABLE_BY_OTHERS = 0o022;
const SUM_BYTES = 4;
/** First line of the script: the head of the function that it is, and behind it a hash of all that follows. */
const FIRST_LINE = /^\(function .*\/\/ ([0-9a-f]{32})$/;

type Module = Record<string, unknown>;
type Run = (
  exports: Module,
  require: NodeJS.Require,
  module: { exports: Module },
  path: string,
) => void;

/**
 * The program as one script (`npm run build` makes it), and what V8 compiled of it in an earlier run: compiling anew is
 * a third of the time that a small replay takes, and CI replays hundreds of small captures. Kept in `folder`, which has to be the
 * user's own: what lies there is run. Without one (""), and with any other fault, it only takes longer.
 */
export class CompiledProgram {
  readonly exports: Module;
  /** V8 took what an earlier run had compiled. */
  readonly wasCompiled: boolean;
  readonly #script: Script;
  readonly #folder: string;
  readonly #keptAs: string;
  readonly #isKept: boolean;

  constructor(path: string, folder: string) {
    // All of it is ASCII, which takes V8 half of the memory.
    const source = readFileSync(path, "latin1");
    const [, hash = ""] = FIRST_LINE.exec(source.slice(0, source.indexOf("\n"))) ?? [];
    this.#folder = folder;
    // V8 itself compares the length of the source, its own version and flags. What it compiled names the path in stack traces,
    // so that a copy of the same build elsewhere needs its own.
    const place = crc32(path).toString(16);
    this.#keptAs = join(folder, `${hash}-${place}-${process.version}-${process.arch}.v8`);
    const canKeep = folder !== "" && hash !== "";
    const cachedData = canKeep ? ownBytes(this.#keptAs) : undefined;
    this.#script = new Script(source, { filename: path, ...(cachedData && { cachedData }) });
    this.wasCompiled = cachedData !== undefined && this.#script.cachedDataRejected === false;
    // What was refused was made with other flags of V8, and is right for the next run without them.
    this.#isKept = !canKeep || cachedData !== undefined;
    const module = { exports: {} };
    const run = this.#script.runInThisContext() as Run;
    run(module.exports, createRequire(path), module, path);
    this.exports = module.exports;
  }

  /**
   * Keeps what was compiled, unless an earlier run has; at the end of a run, when it is what a run needs. `runMore` runs what this one
   * did not and others will.
   */
  keep(runMore = () => {}): void {
    if (this.#isKept) return;
    try {
      runMore();
      makeFolder(dirname(this.#folder));
      makeFolder(this.#folder);
      const draft = `${this.#keptAs}.${process.pid}`;
      writeFileSync(draft, withSum(this.#script.createCachedData()), { mode: 0o600 });
      renameSync(draft, this.#keptAs);
      this.#forgetOthers();
    } catch {
      // A user without a home folder, as in containers, or a full disk.
    }
  }

  /** The oldest go. */
  #forgetOthers(): void {
    const paths = readdirSync(this.#folder)
      .filter((name) => name.endsWith(".v8"))
      .map((name) => join(this.#folder, name));
    const age = (path: string) => statSync(path).mtimeMs;
    const oldestFirst = paths.map((path) => [age(path), path] as const).sort(([a], [b]) => a - b);
    for (const [, path] of oldestFirst.slice(0, -KEPT_MAX)) rmSync(path, { force: true });
  }
}

/** Not all of a path: Node.js goes on for ever where the kernel lets nobody make a folder, below /proc. */
function makeFolder(path: string): void {
  if (!existsSync(path)) mkdirSync(path, { mode: 0o700 });
}

/** V8 believes what it once wrote: a file that lost a page when the power went would end every later run. */
function withSum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(SUM_BYTES);
  sum.writeUInt32LE(crc32(bytes));
  return Buffer.concat([sum, bytes]);
}

/** What the file holds, if it is whole and nobody but the user could have written it. */
function ownBytes(path: string): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const { mode, uid } = fstatSync(file);
    const isOwn = (process.geteuid?.() ?? uid) === uid && (mode & WRITABLE_BY_OTHERS) === 0;
    const all = isOwn ? readFileSync(file) : Buffer.alloc(0);
    if (all.length <= SUM_BYTES) return undefined;
    const bytes = all.subarray(SUM_BYTES);
    return crc32(bytes) === all.readUInt32LE() ? bytes : undefined;
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}
