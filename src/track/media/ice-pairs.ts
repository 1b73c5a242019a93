import { BoundedMap } from "../../base/bounded-map.ts";
import { combine53 } from "../../base/hash.ts";
import type { HostKey } from "../../decode/host.ts";
import type { PacketView } from "../../decode/packet.ts";
import { STUN_BINDING, StunClass, type StunView } from "../../decode/stun.ts";

const CHECKS_MAX = 16_384;
const PAIRS_MAX = 65_536;
/** RFC 8445 14.3 gives up a check after some seconds. */
const CHECK_US = 10_000_000;

/**
 * Pairs of transport addresses that ICE proved (RFC 8445 7.2.5.3.1): one asked, and the other one repeated
 * the transaction id, which only who receives there knows. Candidates in an offer, or answers that nobody
 * asked for, prove nothing.
 */
export class IcePairs {
  /** Time of each check that waits for its answer, by transaction and pair. */
  readonly #checks = new BoundedMap<number, number>(CHECKS_MAX);
  /** Time of the latest answer, by pair. */
  readonly #proven = new BoundedMap<number, number>(PAIRS_MAX);

  /** `isTrusted`: the packet came by the way by which its sender's packets come. */
  packet(packet: PacketView, stun: StunView, isTrusted: boolean): boolean {
    if (stun.method !== STUN_BINDING) return false;
    const pair = pairKey(packet.srcHost, packet.srcPort, packet.dstHost, packet.dstPort);
    if (stun.messageClass === StunClass.REQUEST) {
      this.#checks.set(checkKey(packet.srcHost, packet.srcPort, pair, stun), packet.timeUs);
      return false;
    }
    if (stun.messageClass !== StunClass.SUCCESS || !isTrusted) return false;
    const key = checkKey(packet.dstHost, packet.dstPort, pair, stun);
    const askedUs = this.#checks.get(key);
    if (askedUs === undefined || packet.timeUs - askedUs > CHECK_US) return false;
    this.#checks.delete(key);
    this.#proven.set(pair, packet.timeUs);
    this.#proven.touch(pair);
    return true;
  }

  isProven(host: HostKey, port: number, otherHost: HostKey, otherPort: number): boolean {
    return this.#proven.get(pairKey(host, port, otherHost, otherPort)) !== undefined;
  }
}

function checkKey(host: HostKey, port: number, pair: number, stun: StunView): number {
  const id = combine53(
    (stun.transactionHigh >>> 0) * 0x100000 + (stun.transactionMiddle >>> 12),
    (stun.transactionLow >>> 0) * 0x1000 + (stun.transactionMiddle & 0xfff),
  );
  return combine53(id, combine53(pair, combine53(host, port)));
}

/** The same for both directions. */
function pairKey(host: HostKey, port: number, otherHost: HostKey, otherPort: number): number {
  const one = combine53(host, port);
  const other = combine53(otherHost, otherPort);
  return one < other ? combine53(one, other) : combine53(other, one);
}
