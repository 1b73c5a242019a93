import type { Config } from "./config.ts";

const MIB = 1_048_576;

/** One part in so many of the memory holds IP fragments that wait for the rest of their datagram. */
const FRAGMENTS_SHARE = 64;

/** One part in so many of the memory holds parts of messages of TCP. */
const STREAMS_SHARE = 32;

/** Bytes in which TCP connections together hold what waits for the rest of its message. */
export function streamBytesOf({ limits }: Config): number {
  return Math.floor((limits.memoryMib * MIB) / STREAMS_SHARE);
}

/** Bytes for fragments of IP; as many again are for pieces of SCTP messages. */
export function fragmentBytesOf({ limits }: Config): number {
  return Math.floor((limits.memoryMib * MIB) / FRAGMENTS_SHARE);
}
