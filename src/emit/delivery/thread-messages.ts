import type { DelivererSnapshot } from "./deliverer-options.ts";
import type { NetworkOutputSpec } from "./output-spec.ts";

/** What the delivery thread is started with. */
export interface ThreadSetup {
  readonly spoolDir: string;
  readonly spoolMaxBytes: number;
  readonly outputs: readonly NetworkOutputSpec[];
  /** Memory of a SpoolSignal. */
  readonly signal: SharedArrayBuffer;
}

/** To the thread: look at the signal, or end. */
export type ThreadOrder = "wake" | "close";

export interface ThreadSnapshot {
  /** In the order of the setup. */
  readonly outputs: readonly DelivererSnapshot[];
  readonly spoolBytes: number;
  /** Damaged places in the spool that were skipped. */
  readonly corrupt: number;
  /** Records dropped at the size limit, by severity. */
  readonly dropped: ReadonlyMap<number, number>;
}

/** From the thread. */
export type ThreadReport =
  | { readonly kind: "line"; readonly level: "warn" | "info"; readonly line: string }
  | { readonly kind: "snapshot"; readonly snapshot: ThreadSnapshot }
  | { readonly kind: "closed"; readonly snapshot: ThreadSnapshot };
