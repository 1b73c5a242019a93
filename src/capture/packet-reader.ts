import type { Frame } from "./frame.ts";

/** Longest packet of a capture file (libpcap's MAXIMUM_SNAPLEN); a longer one is a damaged record. */
export const PACKET_BYTES_MAX = 262_144;

/** Times that 64 bits can hold but a `Date` or an exact number cannot are cut to this: year 2255. */
export const TIME_US_MAX = Number.MAX_SAFE_INTEGER;

/** Reads the packets of one capture format out of a `Block`. */
export interface PacketReader {
  /**
   * Fills `frame` (all but its number) with the next packet in the block. False when the record at
   * `block.start` needs more bytes, see `need`, or when there is a `fault`.
   */
  next(frame: Frame): boolean;
  /** Bytes from `block.start` on that the current record needs. */
  readonly need: number;
  /** Packets handed over so far; who reads on behind another reader sets where it begins. */
  packets: number;
  /** Why the rest cannot be read; empty while all is well. */
  readonly fault: string;
  /** What the current record is, for messages: "packet 17". */
  readonly record: string;
  /** Bytes of a skipped record that are still to come. */
  readonly skipBytes: number;
  /** Records that were skipped because they contradict themselves, in words; empty without. */
  readonly complaint: string;
  /** What is wrong with the times of packets, in words; empty while nothing is. */
  readonly timeFault?: string;
  /** No more bytes will come: true when that lets the reader go on. */
  conclude?(): boolean;
}
