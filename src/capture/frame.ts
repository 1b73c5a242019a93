import { NO_PLACE, type PacketPlace } from "./packet-place.ts";

/** Link types of libpcap (https://www.tcpdump.org/linktypes.html) that the decoder knows. */
export const LinkType = {
  NULL: 0,
  ETHERNET: 1,
  PPP: 9,
  RAW_BSD: 12,
  RAW_OPENBSD: 14,
  PPP_SERIAL: 50,
  PPP_ETHER: 51,
  RAW: 101,
  C_HDLC: 104,
  IEEE_802_11: 105,
  LOOP: 108,
  LINUX_SLL: 113,
  RADIOTAP: 127,
  IPV4: 228,
  IPV6: 229,
  LINUX_SLL2: 276,
} as const;

const EMPTY = Buffer.alloc(0);

/**
 * One captured packet. The source refills the same object for each packet, so it is valid only
 * inside `onFrame`. `bytes` is the block that holds the packet (at most `BLOCK_BYTES_MAX`), never a
 * copy of its own; all offsets that later stages make are absolute in it.
 */
export class Frame {
  bytes: Buffer = EMPTY;
  /** Over the same memory as `bytes`; made once per block, never per packet. */
  view: DataView = new DataView(EMPTY.buffer, EMPTY.byteOffset, 0);
  /** Captured range in `bytes`. */
  start = 0;
  end = 0;
  /** Length on the wire in bytes; larger than `end - start` when the snaplen cut the packet. */
  wireLength = 0;
  /** Capture time in microseconds since 1970. The only clock of decode, track and detect. */
  timeUs = 0.5;
  linkType: number = LinkType.ETHERNET;
  /** Position of the packet in the whole run, from 1. */
  number = 0;
  /** The capture file that it is from, and its number there (EVE `pcap_filename`, `pcap_cnt`). */
  place: PacketPlace = NO_PLACE;
}

/** A search for a line feed may run to the end of the block, so blocks stay small. */
export const BLOCK_BYTES_MAX = 1 << 20;

/** How a source came to its end. `problem` is one line that names the thing, the place and the cure. */
export interface SourceEnd {
  readonly packets: number;
  readonly problems: readonly string[];
}

export interface FrameSource {
  /** Calls `onFrame` for each packet in time order; resolves at the end, on `close()` or on a fault. */
  run(onFrame: (frame: Frame) => void): Promise<SourceEnd>;
  /** Asks `run` to stop; it resolves after the packets already taken have been handed over. */
  close(): void;
}
