import type { CursorPlace } from "../spool/cursor-file.ts";
import type { DelivererSnapshot } from "./deliverer-options.ts";
import type { NetworkOutputSpec } from "./output-spec.ts";
import type { AbsentOutput } from "./places.ts";

/** What the delivery thread is started with. */
export interface ThreadSetup {
  readonly spoolDir: string;
  readonly spoolMaxBytes: number;
  readonly outputs: readonly NetworkOutputSpec[];
  /** Where they go on, in the same order. */
  readonly places: readonly CursorPlace[];
  /** Outputs that this run does not have and for which records wait. */
  readonly absent: readonly AbsentOutput[];
  /** Memory of a SpoolSignal. */
  readonly signal: SharedArrayBuffer;
}

/** To the thread: look at the signal, make room in the spool, or end. */
export type ThreadOrder = "wake" | "keep" | "close";

export interface ThreadSnapshot {
  /** In the order of the setup. */
  readonly outputs: readonly DelivererSnapshot[];
  readonly spoolBytes: number;
  /** Damaged places in the spool that were skipped. */
  readonly corrupt: number;
  /** False while some of what waits may be gone already: not all that an earlier run left was looked into. */
  readonly isCounted: boolean;
  /** Records dropped at the size limit, by severity. */
  readonly dropped: ReadonlyMap<number, number>;
}

/** From the thread. */
export type ThreadReport =
  | { readonly kind: "line"; readonly level: "warn" | "info"; readonly line: string }
  | { readonly kind: "snapshot"; readonly snapshot: ThreadSnapshot }
  | { readonly kind: "closed"; readonly snapshot: ThreadSnapshot };
