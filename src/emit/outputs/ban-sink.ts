import { setTimeout as pause } from "node:timers/promises";
import type { DeliveryRecord } from "../delivery/delivery-record.ts";
import { DeliveryError, type DeliverySink } from "../delivery/delivery-sink.ts";
import { type Ban, parseBan, parseShared, type SharedOffender } from "./ban-entry.ts";
import { appendFile, readBeginning, readWhole, replaceFile } from "./ban-file.ts";
import {
  type BanFormat,
  fail2banLine,
  isOwnFeed,
  jsonLines,
  kamailioAddresses,
  nftables,
} from "./ban-format.ts";
import { BanList } from "./ban-list.ts";
import { BanPolicy, type BanRules, type BanVerdict } from "./ban-policy.ts";
import { BanTrial } from "./ban-trial.ts";

/** One ban feed; plain data, so that it can be handed to a worker thread. */
export interface BanSettings extends BanRules {
  readonly path: string;
  readonly format: BanFormat;
  /** Most offenders; beyond it the one whose ban ends first goes. */
  readonly entriesMax: number;
  /** Nothing is listed; what would be is told instead. */
  readonly dryRun: boolean;
}

export interface BanSinkOptions {
  /** Wall clock, milliseconds. */
  readonly now?: () => number;
}

const BATCH_MAX = 1_000;
/** A timer cannot wait longer than 24 days; this is soon enough to look again. */
const LOOK_MS_MAX = 3_600_000;
const RETRY_MS = 5_000;
/** After a write so many times its length is rest, a second at most: a storm then comes in larger batches. */
const REST_SHARE = 3;
const REST_MS_MAX = 1_000;
const FAIL2BAN_BYTES_MAX = 16 * 1024 * 1024;

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: "the folder does not exist: make it",
  ENOTDIR: "the folder does not exist: make it",
  EACCES: "permission denied: make file and folder writable for this user",
  EPERM: "permission denied: make file and folder writable for this user",
  EROFS: "the file system is read-only: give a file elsewhere",
  EISDIR: "it is a folder: give a file",
  ENOSPC: "the disk is full: make room",
};

/**
 * A file of offenders for others to block; sipsentry itself blocks nothing. The JSON form is kept beside
 * each other form (FILE.json), so that a restart keeps the bans. Addresses that others depend on are listed
 * apart (FILE.shared.json), for people to look at. A file is written when an offender comes, comes again, or has
 * served his time.
 */
export class BanSink implements DeliverySink {
  readonly name: string;
  readonly batchRecords = BATCH_MAX;
  onLine: (line: string) => void = () => {};
  readonly #settings: BanSettings;
  readonly #policy: BanPolicy;
  readonly #list: BanList;
  readonly #shared: BanList<SharedOffender>;
  /** Null when offenders are listed. */
  readonly #trial: BanTrial | null;
  readonly #statePath: string;
  readonly #now: () => number;
  #isLoaded = false;
  #hasSharedFile = false;
  #isOpen = false;
  #restUntilMs = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Writes go one after the other. */
  #writing: Promise<void> = Promise.resolve();

  /** Throws an Error of one line when `never` holds what is no network. */
  constructor(settings: BanSettings, { now = Date.now }: BanSinkOptions = {}) {
    this.name = `ban:${settings.path}`;
    this.#settings = settings;
    this.#policy = new BanPolicy(settings);
    this.#list = new BanList(settings.entriesMax);
    this.#shared = new BanList(settings.entriesMax, keyOfShared);
    this.#trial = settings.dryRun ? new BanTrial(settings) : null;
    this.#statePath = settings.format === "json" ? settings.path : `${settings.path}.json`;
    this.#now = now;
  }

  /** Reads what an earlier run left, and writes the feed anew. */
  async connect(): Promise<void> {
    this.#isOpen = true;
    if (this.#trial !== null) return;
    if (!this.#isLoaded) await this.#orFault(() => this.#load());
    this.#isLoaded = true;
    this.#trim(this.#now());
    await this.#write([]);
  }

  async send(batch: readonly DeliveryRecord[]): Promise<void> {
    const nowMs = this.#now();
    const verdicts: BanVerdict[] = [];
    for (const record of batch) {
      const verdict = this.#policy.judge(record, nowMs);
      if (verdict !== null) verdicts.push(verdict);
    }
    if (this.#trial !== null) {
      for (const line of this.#trial.lines(verdicts)) this.onLine(line);
      return;
    }
    const bans: Ban[] = [];
    let isChanged = false;
    for (const verdict of verdicts) {
      if (verdict.kind === "spared") continue;
      isChanged = true;
      if (verdict.kind === "ban") {
        this.#list.add(verdict.entry);
        bans.push(verdict.entry);
      } else {
        // Listed before it was known who else is there.
        this.#list.delete(verdict.entry.ip);
        this.#shared.add(verdict.entry);
      }
    }
    if (!isChanged) return;
    this.#trim(nowMs);
    await this.#write(bans);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    clearTimeout(this.#timer);
    await this.#writing;
  }

  get #sharedPath(): string {
    return `${this.#settings.path}.shared.json`;
  }

  #trim(nowMs: number): void {
    this.#list.trim(nowMs);
    this.#shared.trim(nowMs);
  }

  #nextExpiryMs(): number {
    return Math.min(this.#list.nextExpiryMs(), this.#shared.nextExpiryMs());
  }

  async #load(): Promise<void> {
    const { format, path } = this.#settings;
    await refuseOthers(path, format);
    await refuseOthers(this.#statePath, "json");
    for (const line of (await readWhole(this.#statePath)).split("\n")) {
      const ban = line === "" ? null : parseBan(line);
      if (ban !== null && !this.#policy.isNever(ban.ip)) this.#list.add(ban);
    }
    await refuseOthers(this.#sharedPath, "json");
    const before = await readWhole(this.#sharedPath);
    this.#hasSharedFile = before !== "";
    for (const line of before.split("\n")) {
      const shared = line === "" ? null : parseShared(line);
      if (shared !== null) this.#shared.add(shared);
    }
  }

  /** Rejects with DeliveryError. */
  #write(added: readonly Ban[]): Promise<void> {
    const result = this.#writing.then(async () => {
      const restMs = this.#restUntilMs - performance.now();
      if (restMs > 0 && this.#isOpen) await pause(restMs);
      await this.#orFault(() => this.#writeFiles(added));
    });
    this.#writing = result.then(
      () => this.#lookAgain(this.#nextExpiryMs() - this.#now()),
      () => this.#lookAgain(RETRY_MS),
    );
    return result;
  }

  async #writeFiles(added: readonly Ban[]): Promise<void> {
    const { format, path } = this.#settings;
    const startMs = performance.now();
    const nowMs = this.#now();
    const bans = this.#list.entries();
    await replaceFile(this.#statePath, jsonLines(bans));
    if (this.#shared.size > 0 || this.#hasSharedFile) {
      await replaceFile(this.#sharedPath, jsonLines(this.#shared.entries()));
      this.#hasSharedFile = true;
    }
    if (format === "nftables") await replaceFile(path, nftables(bans, nowMs));
    if (format === "kamailio") await replaceFile(path, kamailioAddresses(bans, nowMs));
    if (format === "fail2ban") {
      const lines = added.map((ban) => fail2banLine(ban, nowMs));
      await appendFile(path, lines.join(""), FAIL2BAN_BYTES_MAX);
    }
    const endMs = performance.now();
    this.#restUntilMs = endMs + Math.min(REST_SHARE * (endMs - startMs), REST_MS_MAX);
  }

  #lookAgain(inMs: number): void {
    clearTimeout(this.#timer);
    if (!this.#isOpen || inMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(
      () => this.#expire(),
      Math.min(Math.max(inMs, 1) + 1, LOOK_MS_MAX),
    ).unref();
  }

  #expire(): void {
    this.#trim(this.#now());
    // A fault shows at the next send, and is tried again before.
    this.#write([]).catch(() => undefined);
  }

  async #orFault(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (error instanceof DeliveryError) throw error;
      const { code = "", message } = error as NodeJS.ErrnoException;
      const text = `cannot write ${this.#settings.path}: ${FAULTS[code] ?? message}`;
      throw new DeliveryError(text, { isTemporary: true, cause: error });
    }
  }
}

/** One address may have several suspects behind it. */
function keyOfShared({ account, ip, sid }: SharedOffender): string {
  return `${ip} ${sid} ${account}`;
}

/** A slip of the pen must not cost a file. */
async function refuseOthers(path: string, format: BanFormat): Promise<void> {
  if (isOwnFeed(format, await readBeginning(path))) return;
  throw new DeliveryError(
    `${path} exists and is no ${format} ban feed: remove it, or give another file`,
    { isTemporary: true },
  );
}
