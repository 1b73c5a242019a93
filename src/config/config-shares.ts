import type { Config } from "./config.ts";

const MIB = 1_048_576;

/** One part in so many of the memory holds IP fragments that wait for the rest of their datagram. */
const FRAGMENTS_SHARE = 64;

/** One part in so many of the memory holds parts of messages of TCP. */
const STREAMS_SHARE = 32;

export function streamBytesOf({ limits }: Config): number {
  return Math.floor((limits.memoryMib * MIB) / STREAMS_SHARE);
}

export function fragmentBytesOf({ limits }: Config): number {
  return Math.floor((limits.memoryMib * MIB) / FRAGMENTS_SHARE);
}
