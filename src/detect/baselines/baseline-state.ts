import { crc32 } from "node:zlib";
import type { NewCountries } from "../../track/fraud/new-countries.ts";
import type { BaselineRow } from "./baseline-row.ts";
import type { Baselines, BaselineTable } from "./baselines.ts";
import { StateCursor } from "./state-cursor.ts";
import { readTravels, travelBytes, writeTravels } from "./travel-state.ts";

/**
 * What baselines have learned, for the next run. Numbers are little endian:
 *
 *     magic     8 bytes   of this version; another version is another magic
 *     crc32     4 bytes   of all that follows
 *     time      8 bytes   packet time at which it was saved, microseconds since 1970, and 1 byte: the half hour at
 *                         hand was seen from its beginning
 *     tables    4 bytes   then each rule: name, shape (2 bytes length, UTF-8), rows (4 bytes), the rows
 *     travels             countries that accounts have called, see travel-state.ts; older versions wrote none, and read no further
 *
 * A row has its key's text and the numbers of `BaselineRow` in the order of `writeRow`: 1.6 KiB in all.
 */
export const STATE_MAGIC = Buffer.from("SIPSBL01", "latin1");
const MAGIC_FAMILY = STATE_MAGIC.subarray(0, 6);
const HEAD_BYTES = STATE_MAGIC.length + 4;
/** No state is larger; what is read is looked at whole. */
export const STATE_BYTES_MAX = 512 * 1_048_576;
/** Three integers, one byte of flags, ten doubles. */
const NUMBERS_BYTES = 93;
const ROW_TEXT_MAX = 1_024;

/** What a file turned out to be. */
export type StateVerdict =
  | {
      readonly state: "restored";
      readonly keys: number;
      readonly dropped: number;
      /** Accounts whose countries are known. */
      readonly accounts: number;
    }
  /** A state of ours that cannot be used; `reason` says why. */
  | { readonly state: "bad"; readonly reason: string }
  /** Something else: not to be overwritten. */
  | { readonly state: "foreign" };

/** What one run has learned for the next. */
export interface LearnedState {
  readonly baselines: Baselines;
  readonly countries: NewCountries;
}

/** All rows, as bytes for a file; `nowUs` is packet time. */
export function encodeState({ baselines, countries }: LearnedState, nowUs: number): Buffer {
  const tables = [...baselines.tables];
  let size = HEAD_BYTES + 13;
  for (const table of tables) {
    size += 8 + Buffer.byteLength(table.name) + Buffer.byteLength(table.shape);
    for (const row of table.rows()) size += rowBytes(row);
  }
  const travels = countries.kept(nowUs);
  size += travelBytes(travels);
  const out = new StateCursor(Buffer.allocUnsafe(size));
  out.at = HEAD_BYTES;
  out.putDouble(nowUs);
  out.putByte(baselines.isWhole ? 1 : 0);
  out.putInt(tables.length);
  for (const table of tables) {
    out.putText(table.name);
    out.putText(table.shape);
    out.putInt(table.size);
    for (const row of table.rows()) writeRow(row, out);
  }
  writeTravels(travels, out);
  STATE_MAGIC.copy(out.bytes);
  out.bytes.writeUInt32LE(crc32(out.bytes.subarray(HEAD_BYTES)), STATE_MAGIC.length);
  return out.bytes;
}

/**
 * Puts a state back into the tables of the rules that are the same; keys of rules that changed are dropped. Throws
 * nothing: what is no whole state of this version leaves the tables as they were.
 */
export function restoreState(bytes: Buffer, state: LearnedState): StateVerdict {
  if (bytes.length === 0) return { state: "bad", reason: "it is empty" };
  if (!bytes.subarray(0, MAGIC_FAMILY.length).equals(MAGIC_FAMILY)) return { state: "foreign" };
  if (!bytes.subarray(0, STATE_MAGIC.length).equals(STATE_MAGIC)) {
    return { state: "bad", reason: "another version of sipsentry wrote it" };
  }
  const isWhole = bytes.length > HEAD_BYTES + 13;
  if (!isWhole || crc32(bytes.subarray(HEAD_BYTES)) !== bytes.readUInt32LE(STATE_MAGIC.length)) {
    return { state: "bad", reason: "it is damaged" };
  }
  try {
    return restoreTables(new StateCursor(bytes), state);
  } catch {
    // Its checksum is right, and it says more than it holds: nobody but an enemy writes such a file.
    return { state: "bad", reason: "it is damaged" };
  }
}

function restoreTables(cursor: StateCursor, { baselines, countries }: LearnedState): StateVerdict {
  cursor.at = HEAD_BYTES;
  const savedUs = cursor.double();
  const isWhole = cursor.byte() === 1;
  const known = new Map([...baselines.tables].map((table) => [table.name, table]));
  const restored: { table: BaselineTable; row: BaselineRow }[] = [];
  let dropped = 0;
  for (let tables = cursor.int(); tables > 0; tables--) {
    const name = cursor.text();
    const shape = cursor.text();
    const table = known.get(name);
    const isSame = table?.shape === shape;
    const rows = cursor.int();
    for (let left = rows; left > 0; left--) {
      // Of a rule that has gone nobody knows how long its rows are.
      if (table === undefined || !isSame) {
        cursor.skip(cursor.int());
        dropped++;
        continue;
      }
      cursor.int();
      const row = table.makeRow();
      readRow(row, cursor);
      if (restored.length + baselines.rows < baselines.keysMax) restored.push({ table, row });
      else dropped++;
    }
  }
  if (!Number.isSafeInteger(Math.floor(savedUs)) || savedUs < 0) {
    return { state: "bad", reason: "it is damaged" };
  }
  const travels = cursor.isAtEnd ? [] : readTravels(cursor);
  for (const { table, row } of restored) table.restore(row);
  countries.restore(travels);
  baselines.resume(savedUs, isWhole);
  return { state: "restored", keys: restored.length, dropped, accounts: travels.length };
}

function rowBytes(row: BaselineRow): number {
  const { ring, half, halfBefore, profile } = row;
  const profileBytes =
    profile.levels.byteLength + profile.spreads.byteLength + profile.weeks.byteLength;
  const numberBytes = row.isWholeNumbers ? 4 : 8;
  const counts = numberBytes * (ring.length + half.length + halfBefore.length);
  return 4 + 2 + Buffer.byteLength(row.text) + NUMBERS_BYTES + counts + profileBytes;
}

function writeRow(row: BaselineRow, out: StateCursor): void {
  const { profile } = row;
  out.putInt(rowBytes(row) - 4);
  out.putText(row.text);
  out.putInt(row.bornPeriod);
  out.putInt(row.lastPeriod);
  out.putInt(row.periodsSeen);
  out.putByte((row.isOver ? 1 : 0) + (row.isBeforeGood ? 2 : 0));
  out.putDouble(row.quietUntilUs);
  out.putDouble(row.bucket);
  out.putDouble(row.usualBefore);
  out.putDouble(row.window);
  out.putDouble(row.windowCount);
  out.putDouble(row.squares);
  out.putDouble(profile.pool);
  out.putDouble(profile.poolHours);
  out.putDouble(profile.drift);
  out.putDouble(profile.common);
  for (const counts of [row.ring, row.half, row.halfBefore]) {
    for (const count of counts) {
      if (row.isWholeNumbers) out.putInt(Math.min(count, 0xffffffff));
      else out.putDouble(count);
    }
  }
  out.putBytes(profile.levels);
  out.putBytes(profile.spreads);
  out.putBytes(profile.weeks);
}

function readRow(row: BaselineRow, cursor: StateCursor): void {
  const { profile } = row;
  row.text = cursor.text().slice(0, ROW_TEXT_MAX);
  row.bornPeriod = cursor.int();
  row.lastPeriod = cursor.int();
  row.periodsSeen = cursor.int();
  const flags = cursor.byte();
  row.isOver = (flags & 1) !== 0;
  row.isBeforeGood = (flags & 2) !== 0;
  row.quietUntilUs = cursor.double();
  row.bucket = cursor.double();
  row.usualBefore = cursor.double();
  row.window = cursor.double();
  row.windowCount = cursor.double();
  row.squares = cursor.double();
  profile.pool = cursor.double();
  profile.poolHours = cursor.double();
  profile.drift = cursor.double();
  profile.common = cursor.double();
  for (const counts of [row.ring, row.half, row.halfBefore]) {
    for (let i = 0; i < counts.length; i++) {
      counts[i] = row.isWholeNumbers ? cursor.int() : cursor.double();
    }
  }
  cursor.fill(profile.levels);
  cursor.fill(profile.spreads);
  cursor.fill(profile.weeks);
  const isSane =
    Number.isSafeInteger(row.bucket) && row.bucket >= 0 && Number.isSafeInteger(row.window);
  if (!isSane || Number.isNaN(row.quietUntilUs)) throw new RangeError("no such bucket");
}
