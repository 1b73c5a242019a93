import { readFileSync } from "node:fs";
import { type Frame, LinkType } from "./frame.ts";

const ETHERNET_HEADER_BYTES = 14;
/** Two VLAN tags and a frame check sequence are no part of the MTU. */
const EXTRA_BYTES = 12;
const UDP = 17;

/**
 * Network cards and drivers put datagrams of one flow together on their way in (GRO, LRO), and a capture sees the
 * whole: five REGISTERs in one frame, which are told apart where their Content-Length says where they end, and of which
 * else the first is read. No header says so; but nothing on the wire is longer than the MTU.
 */
export class MergedDatagrams {
  readonly #interface: string;
  readonly #mtu: number;
  readonly #onNotice: (line: string) => void;
  #isTold = false;

  /** Looks at nothing where the MTU cannot be read, as for `any`. */
  constructor(name: string, onNotice: (line: string) => void, mtu = mtuOf(name)) {
    this.#interface = name;
    this.#mtu = mtu;
    this.#onNotice = onNotice;
    this.#isTold = mtu === 0;
  }

  look(frame: Frame): void {
    if (this.#isTold || frame.wireLength <= this.#mtu + ETHERNET_HEADER_BYTES + EXTRA_BYTES) return;
    // TCP is put together anyway, by whoever reads the stream.
    if (!isUdp(frame)) return;
    this.#isTold = true;
    const name = this.#interface;
    this.#onNotice(
      `a datagram of ${frame.wireLength} bytes, though the MTU is ${this.#mtu}: the network card merges datagrams, and several messages in one are told apart only where Content-Length says their ends; turn that off: ethtool -K ${name} gro off lro off rx-udp-gro-forwarding off`,
    );
  }
}

function isUdp({ bytes, start, end, linkType }: Frame): boolean {
  if (linkType !== LinkType.ETHERNET || end - start < ETHERNET_HEADER_BYTES + 20) return false;
  const etherType = bytes.readUInt16BE(start + 12);
  if (etherType === 0x0800) return bytes[start + ETHERNET_HEADER_BYTES + 9] === UDP;
  return etherType === 0x86dd && bytes[start + ETHERNET_HEADER_BYTES + 6] === UDP;
}

/** 0 when it cannot be read. */
function mtuOf(name: string): number {
  if (!/^[\w.:-]{1,15}$/.test(name) || name.startsWith(".")) return 0;
  try {
    return Number(readFileSync(`/sys/class/net/${name}/mtu`, "latin1").trim()) || 0;
  } catch {
    return 0;
  }
}
