import type { PacketView } from "../packet.ts";

/** RTCP packet types (RFC 3550 12.1). */
export const RtcpType = { SR: 200, RR: 201, SDES: 202, BYE: 203, APP: 204 } as const;

const HEADER_BYTES = 4;
const SSRC_BYTES = 4;
const SR_INFO_BYTES = 20;
/** Behind the sender's SSRC, NTP and RTP timestamp. */
const SENT_COUNT_AT = 16;
const REPORT_BLOCK_BYTES = 24;

/** Packets of one datagram that are looked at; real ones hold two to five. */
const PACKETS_MAX = 16;
/** RFC 3550 6.4: a count has five bits. Of several BYEs or reports, the first so many. */
const SSRCS_MAX = 32;

/**
 * A compound RTCP datagram (RFC 3550 6.1): its packets with their senders, who leaves, and whose
 * streams the reports are about. SSRCs are int32 bits. Reused: valid until the next `decode`.
 */
export class RtcpView {
  packetCount = 0;
  /** `RtcpType`, or a type of another RFC. */
  readonly types = new Uint8Array(PACKETS_MAX);
  /** SSRC of each packet's sender; of an SDES the first chunk's; 0 when the packet names none. */
  readonly ssrcs = new Int32Array(PACKETS_MAX);
  /** Packets that the sender of an SR has sent since it began (RFC 3550 6.4.1); -1 when the packet is none or cut. */
  readonly sentCounts = new Float64Array(PACKETS_MAX);
  byeCount = 0;
  /** SSRCs that leave (RFC 3550 6.6). */
  readonly byeSsrcs = new Int32Array(SSRCS_MAX);
  reportCount = 0;
  /** SSRCs that the sender of a report hears (RFC 3550 6.4.1). */
  readonly reportSsrcs = new Int32Array(SSRCS_MAX);
  /** Number of the packet in the datagram that each of these reports is in. */
  readonly reportPackets = new Uint8Array(SSRCS_MAX);

  /**
   * False when the datagram is not RTCP: RFC 3550 A.2, version two in every packet and lengths that
   * add up. It names nobody then, as what is encrypted looks like that (RFC 3711 3.4).
   */
  decode(packet: PacketView): boolean {
    this.#clear();
    const { view, payloadStart, payloadEnd: end } = packet;
    const wasCut = packet.payloadWireLength > end - payloadStart;
    let at = payloadStart;
    while (at + HEADER_BYTES <= end) {
      const next = at + HEADER_BYTES + 4 * view.getUint16(at + 2);
      if (view.getUint8(at) >>> 6 !== 2) {
        this.#clear();
        return false;
      }
      if (this.packetCount < PACKETS_MAX) this.#add(view, at, Math.min(next, end));
      at = next;
    }
    if (at === end || wasCut) return true;
    this.#clear();
    return false;
  }

  /**
   * One sender reports one source twice. A compound packet has a source's reception once (RFC 3550 6.4.1, 6.1: further RR packets are for
   * the sources beyond the 31 of the first).
   */
  get reportsTwice(): boolean {
    for (let i = 1; i < this.reportCount; i++) {
      const sender = this.ssrcs[this.reportPackets[i] as number];
      for (let k = 0; k < i; k++) {
        if (this.reportSsrcs[k] !== this.reportSsrcs[i]) continue;
        if (this.ssrcs[this.reportPackets[k] as number] === sender) return true;
      }
    }
    return false;
  }

  #clear(): void {
    this.packetCount = 0;
    this.byeCount = 0;
    this.reportCount = 0;
  }

  #add(view: DataView, start: number, end: number): void {
    const type = view.getUint8(start + 1);
    const count = view.getUint8(start) & 0x1f;
    const body = start + HEADER_BYTES;
    const hasSender = body + SSRC_BYTES <= end && !(type === RtcpType.SDES && count === 0);
    this.types[this.packetCount] = type;
    this.ssrcs[this.packetCount] = hasSender ? view.getInt32(body) : 0;
    const hasCount = type === RtcpType.SR && body + SSRC_BYTES + SR_INFO_BYTES <= end;
    this.sentCounts[this.packetCount] = hasCount ? view.getUint32(body + SENT_COUNT_AT) : -1;
    this.packetCount++;
    if (type === RtcpType.BYE) this.#leave(view, body, end, count);
    else if (type === RtcpType.RR) this.#report(view, body + SSRC_BYTES, end, count);
    else if (type === RtcpType.SR) {
      this.#report(view, body + SSRC_BYTES + SR_INFO_BYTES, end, count);
    }
  }

  #leave(view: DataView, start: number, end: number, count: number): void {
    let at = start;
    for (let i = 0; i < count && at + SSRC_BYTES <= end && this.byeCount < SSRCS_MAX; i++) {
      this.byeSsrcs[this.byeCount++] = view.getInt32(at);
      at += SSRC_BYTES;
    }
  }

  #report(view: DataView, start: number, end: number, count: number): void {
    let at = start;
    for (let i = 0; i < count && at + REPORT_BLOCK_BYTES <= end; i++) {
      if (this.reportCount === SSRCS_MAX) return;
      this.reportPackets[this.reportCount] = this.packetCount - 1;
      this.reportSsrcs[this.reportCount++] = view.getInt32(at);
      at += REPORT_BLOCK_BYTES;
    }
  }
}
