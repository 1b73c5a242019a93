import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  CURSOR_SUFFIX,
  type CursorPlace,
  type CursorRead,
  cursorIds,
  type Gap,
  readCursor,
  writeCursor,
} from "../spool/cursor-file.ts";
import { type Range, releaseSegments, segmentsOf } from "../spool/spool-folder.ts";
import type { NetworkOutputSpec } from "./output-spec.ts";

/** An output that this run does not have, and for which records wait. */
export interface AbsentOutput {
  readonly id: string;
  readonly place: CursorPlace & { readonly gap: Gap };
}

export interface Places {
  /** In the order of the outputs. */
  readonly outputs: readonly CursorPlace[];
  readonly absent: readonly AbsentOutput[];
}

export interface SpoolState {
  readonly dir: string;
  /** Last sequence that was given away before this run. */
  readonly last: number;
  /** Numbers up to it that no record ever had. */
  readonly spare: number;
}

/**
 * Where each output begins, written to disk before anything is raised: an output that has no place is a new one,
 * and a new one begins at the end, or with `fromStart` at the oldest record that somebody waits for.
 * Who was configured before and is not now waits for what it had not got, and for nothing that is raised
 * without it. Throws system errors, but not of a full disk.
 */
export function takePlaces(
  { dir, last, spare }: SpoolState,
  outputs: readonly NetworkOutputSpec[],
  fromStart: boolean,
): Places {
  const reads = new Map(cursorIds(dir).map((id) => [id, readCursor(dir, id)]));
  // What an earlier run could not delete any more, as it was killed.
  const needs = [...reads.values()].flatMap(waitedFor);
  if (reads.size > 0) releaseSegments(dir, needs, { last, isWritten: true });
  const begin = (segmentsOf(dir)[0]?.first ?? last + 1) - 1;
  const waiting = [...reads.values()].map((read) => firstWaited(read, begin, last));
  const oldest = Math.max(begin, Math.min(last, ...waiting));
  const places = outputs.map(({ id, name }) => {
    const read = reads.get(id) ?? "missing";
    if (typeof read === "object") return { ...comeBack(read, last), name };
    // Without any place the spool is of a version that wrote none before the first acknowledgement.
    const isNew = read === "missing" && reads.size > 0;
    return { sequence: isNew ? (fromStart ? oldest : last) : begin, holes: 0, gap: null, name };
  });
  const known = new Set(outputs.map(({ id }) => id));
  const absent: AbsentOutput[] = [];
  for (const [id, read] of reads) {
    if (known.has(id)) continue;
    const place = goneAway(read, begin, last);
    if (place.sequence < place.gap.from && place.gap.from > begin) absent.push({ id, place });
    else rmSync(join(dir, id + CURSOR_SUFFIX), { force: true });
  }
  const withSpare = <Place extends CursorPlace>(place: Place): Place =>
    place.sequence < last ? { ...place, holes: place.holes + spare } : { ...place, holes: 0 };
  const result = {
    outputs: places.map(withSpare),
    absent: absent.map(({ id, place }) => ({ id, place: withSpare(place) })),
  };
  for (const [index, { id }] of outputs.entries()) {
    unlessFull(() => writeCursor(dir, id, result.outputs[index] as CursorPlace, true));
  }
  for (const { id, place } of result.absent) unlessFull(() => writeCursor(dir, id, place));
  return result;
}

/** Sequences that an output of this place waits for. */
export function rangesOf({ sequence, gap }: Pick<CursorPlace, "sequence" | "gap">): Range[] {
  const behind = { after: Math.max(sequence, gap?.to ?? 0), upTo: Number.POSITIVE_INFINITY };
  if (gap === null || sequence >= gap.from) return Number.isFinite(behind.after) ? [behind] : [];
  const before = { after: sequence, upTo: gap.from };
  return Number.isFinite(behind.after) ? [before, behind] : [before];
}

/** What was raised while a run did not have it is not for this output. */
function comeBack({ sequence, holes, gap }: CursorPlace, last: number) {
  if (gap === null || Number.isFinite(gap.to)) return { sequence, holes, gap };
  if (sequence >= gap.from) return { sequence: last, holes: 0, gap: null };
  return { sequence, holes, gap: gap.from < last ? { from: gap.from, to: last } : null };
}

/** A run does not have it: it waits for no more than it has waited for. */
function goneAway(read: CursorRead, begin: number, last: number): AbsentOutput["place"] {
  const end = { from: last, to: Number.POSITIVE_INFINITY };
  if (typeof read !== "object") return { sequence: begin, holes: 0, gap: end, name: "" };
  const gap = read.gap !== null && !Number.isFinite(read.gap.to) ? read.gap : end;
  return { ...read, gap };
}

function waitedFor(read: CursorRead): Range[] {
  return typeof read === "object" ? rangesOf(read) : [{ after: 0, upTo: Number.POSITIVE_INFINITY }];
}

/** The record before the first one that waits for the output. */
function firstWaited(read: CursorRead, begin: number, last: number): number {
  if (typeof read !== "object") return begin;
  const { gap, sequence } = read;
  const waitsForNone = gap !== null && !Number.isFinite(gap.to) && sequence >= gap.from;
  return waitsForNone ? last : sequence;
}

/** On a full disk the run goes on with the places in memory. */
function unlessFull(act: () => void): void {
  try {
    act();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
  }
}
