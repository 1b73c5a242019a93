import { type HostKey, NO_HOST } from "../../decode/host.ts";
import { type EvidenceRing, NO_KEY } from "./evidence-ring.ts";
import type { EvidenceSubject } from "./evidence-subject.ts";

const BITS = 14;

/**
 * Says of most packets at once that no open file wants them, however many are open: a Bloom filter
 * of one hash over hosts, endpoints, Call-IDs and users. It errs on the side of wanting.
 */
export class InterestFilter {
  readonly #table = new Uint8Array(1 << BITS);

  /** Wants the packets of these subjects and no others. */
  reset(subjects: Iterable<EvidenceSubject>): void {
    const table = this.#table;
    table.fill(0);
    for (const { callKey, userKeys, endpoints, host } of subjects) {
      if (callKey !== NO_KEY) table[slotOf(callKey, 0)] = 1;
      for (const key of userKeys) table[slotOf(key, 0)] = 1;
      for (const endpoint of endpoints) table[slotOf(endpoint.host, endpoint.port)] = 1;
      if (host !== NO_HOST) table[slotOf(host, 0)] = 1;
    }
  }

  isWanted(ring: EvidenceRing, at: number, isSignalling: boolean): boolean {
    const table = this.#table;
    const src = ring.srcHost(at);
    const dst = ring.dstHost(at);
    if (table[slotOf(src, 0)] === 1 || table[slotOf(dst, 0)] === 1) return true;
    if (!isSignalling) {
      return (
        table[slotOf(dst, ring.dstPort(at))] === 1 || table[slotOf(src, ring.srcPort(at))] === 1
      );
    }
    return (
      table[slotOf(ring.callKey(at), 0)] === 1 ||
      table[slotOf(ring.fromKey(at), 0)] === 1 ||
      table[slotOf(ring.toKey(at), 0)] === 1
    );
  }
}

function slotOf(key: HostKey, port: number): number {
  return Math.imul((key | 0) ^ Math.imul(port, 0x85ebca6b), 0x9e3779b1) >>> (32 - BITS);
}
