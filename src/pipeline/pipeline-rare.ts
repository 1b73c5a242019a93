import { scaledLimits } from "../config/config.ts";
import { fragmentBytesOf } from "../config/config-shares.ts";
import { decodeFragment } from "../decode/fragments/decode-fragment.ts";
import { type FragmentCounts, FragmentReassembler } from "../decode/fragments/reassembler.ts";
import { HeldMessages } from "../decode/held-messages.ts";
import { HepPackets } from "../decode/hep/hep-packets.ts";
import { IpProtocol } from "../decode/layer.ts";
import { MergedMessages, WIRE_PAYLOAD_BYTES_MAX } from "../decode/merged-messages.ts";
import { PacketView, SkipReason } from "../decode/packet.ts";
import { PacketWork } from "../decode/packet-work.ts";
import { SctpChunks } from "../decode/sctp.ts";
import { SctpPieces } from "../decode/sctp-pieces.ts";
import { Likeness, sipLikeness } from "../decode/tcp/sip-start.ts";
import { KeyLog, type KeyLogSource } from "../decode/tls/key-log.ts";
import { holdsSip, mayWrap } from "../decode/wrapped-sip.ts";
import { type TableUse, tableUse } from "../track/facts/statistics.ts";
import { Unread } from "../track/sensor/unread-reason.ts";
import { PipelineStreams, type StreamParts } from "./pipeline-streams.ts";

/** Keys are logged of connections that are over, and of such as are not mirrored. */
const SESSIONS_PER_CONNECTION = 2;

export interface RareParts extends Omit<StreamParts, "agent" | "later" | "keyLog"> {
  /** Where keys of TLS come from; null without a key log. */
  readonly keyLog: KeyLogSource | null;
  /** What a whole datagram goes through. */
  readonly payload: (packet: PacketView) => void;
}

/** Packets that are no datagram by themselves: fragments, TCP segments, and what capture agents send. */
export class RarePackets {
  /** Something goes on with the next packet, whenever that comes. */
  hasBehind = false;
  readonly #fragments: FragmentReassembler;
  readonly #streams: PipelineStreams;
  readonly #hep: HepPackets;
  readonly #keyLog: KeyLog | null;
  readonly #sctp = new SctpChunks();
  readonly #pieces: SctpPieces;
  readonly #merged = new MergedMessages();
  readonly #held = new HeldMessages();
  readonly #work = new PacketWork();
  /** One of several messages of a packet: who follows it may change where its hosts are. */
  readonly #message = new PacketView();
  readonly #payload: RareParts["payload"];
  readonly #apart: RareParts["apart"];
  readonly #unread: RareParts["unread"];

  constructor(parts: RareParts) {
    this.#fragments = new FragmentReassembler(fragmentBytesOf(parts.config));
    const sessionsMax = SESSIONS_PER_CONNECTION * scaledLimits(parts.config).connectionsMax;
    this.#keyLog = parts.keyLog && new KeyLog(sessionsMax, parts.keyLog);
    this.#streams = new PipelineStreams({
      ...parts,
      keyLog: this.#keyLog,
      agent: (packet) => this.#unpacked(packet),
      later: (packet) => this.#later(packet, true),
    });
    this.#hep = new HepPackets(parts.config.hep.key);
    this.#payload = parts.payload;
    this.#apart = parts.apart;
    this.#unread = parts.unread;
    this.#pieces = new SctpPieces(fragmentBytesOf(parts.config));
  }

  /** Takes a datagram that a network card made of several, or that comes behind such; false when it is none. */
  takeMerged(packet: PacketView): boolean {
    const merged = this.#merged;
    const isLong = packet.payloadEnd - packet.payloadStart > WIRE_PAYLOAD_BYTES_MAX;
    if (!isLong || !merged.begin(packet)) {
      if (this.#held.isEmpty || !this.#held.isBetween(packet)) return false;
      this.#later(packet, true);
      return true;
    }
    this.#begin();
    while (merged.next()) {
      // A packet of media costs little, and its neighbours must not pass it.
      if (merged.isMedia && this.#held.isEmpty) this.#payload(merged.packet);
      else this.#oneOfMany(merged.packet, false);
    }
    this.#look();
    return true;
  }

  /** Makes of a packet that is left what can be made; returns why it is counted as left, or NONE. */
  take(first: SkipReason, packet: PacketView): SkipReason {
    const reason = this.#take(first, packet);
    this.#look();
    return reason;
  }

  #take(first: SkipReason, packet: PacketView): SkipReason {
    const isFragment = first === SkipReason.IP_FRAGMENT;
    const reason = isFragment ? decodeFragment(packet, this.#fragments) : first;
    switch (reason) {
      case SkipReason.NONE:
        this.#payload(packet);
        return reason;
      case SkipReason.TCP:
        return this.#streams.take(packet);
      case SkipReason.SCTP:
        return this.#fromSctp(packet);
      case SkipReason.NOT_IP:
      case SkipReason.ICMP:
        this.#apart(packet, null);
        this.#noteWrapped(reason, packet);
        return reason;
      case SkipReason.HEP:
        return this.#fromAgent(packet);
      default:
        this.#noteWrapped(reason, packet);
        return reason;
    }
  }

  #noteWrapped(reason: SkipReason, packet: PacketView): void {
    if (!mayWrap(reason) || !holdsSip(packet.bytes, packet.frameStart, packet.frameEnd)) return;
    this.#unread.note(Unread.WRAPPED, packet);
  }

  /** What waits in streams is due, or what packets have brought beyond what one may. */
  isDue(nowUs: number): boolean {
    return !this.#held.isEmpty || this.#streams.table.isDue(nowUs);
  }

  advance(nowUs: number): void {
    const { isEmpty } = this.#held;
    this.#work.begin();
    while (!this.#held.isEmpty && this.#work.hasRoom(this.#held.nextBytes)) this.#goOn(nowUs);
    // One packet lets go on by as much as one may bring.
    if (isEmpty || !this.#streams.table.hasBehind) this.#streams.advance(nowUs);
    this.#look();
  }

  finish(nowUs: number): void {
    while (!this.#held.isEmpty) this.#goOn(nowUs);
    this.#streams.finish(nowUs);
    while (!this.#held.isEmpty) this.#goOn(nowUs);
  }

  #look(): void {
    this.hasBehind = !this.#held.isEmpty || this.#streams.table.hasBehind;
  }

  /** The message that has been held for longest. */
  #goOn(nowUs: number): void {
    const packet = this.#held.take(nowUs);
    this.#work.spendMessage(packet.payloadEnd - packet.payloadStart);
    if (packet.ipProtocol !== IpProtocol.TCP) this.#payload(packet);
    else {
      this.#streams.turn();
      this.#streams.message(packet);
    }
  }

  #begin(): void {
    this.#work.begin();
    this.#held.begin();
  }

  /** A message of a packet that has several, or `isWhole`, one that was put together. */
  #oneOfMany(packet: PacketView, isWhole: boolean): void {
    const bytes = packet.payloadEnd - packet.payloadStart;
    const isNow = this.#held.isEmpty && this.#work.hasRoom(bytes);
    this.#work.spendMessage(bytes);
    if (isNow) this.#payload(packet);
    else this.#later(packet, isWhole);
  }

  #later(packet: PacketView, isWhole: boolean): void {
    while (this.#held.isFull) this.#goOn(packet.timeUs);
    this.#held.put(packet, isWhole);
  }

  get fragments(): FragmentCounts {
    return this.#fragments.counts;
  }

  tables(): TableUse[] {
    const uses = [
      tableUse("fragments", this.#fragments),
      tableUse("connections", this.#streams.table),
      tableUse("sctp_pieces", this.#pieces),
    ];
    return this.#keyLog === null ? uses : [...uses, tableUse("tls_sessions", this.#keyLog)];
  }

  /** Each whole message of an SCTP packet goes the way of a datagram. */
  #fromSctp(packet: PacketView): SkipReason {
    const chunks = this.#sctp;
    if (!chunks.begin(packet)) return SkipReason.SCTP;
    let hasMessage = false;
    this.#begin();
    while (chunks.next(packet)) {
      const { payloadStart: start, payloadEnd: end } = packet;
      if (!chunks.begins || !chunks.ends) {
        const whole = this.#pieces.take(packet, chunks);
        if (whole !== null) this.#oneOfMany(whole, true);
        hasMessage ||= whole !== null;
        continue;
      }
      // Anything may be carried over SCTP; of signalling networks it mostly is something else.
      if (sipLikeness(packet.bytes, start, end) !== Likeness.YES) continue;
      hasMessage = true;
      this.#message.copyFrom(packet);
      this.#oneOfMany(this.#message, false);
    }
    return hasMessage ? SkipReason.NONE : SkipReason.SCTP;
  }

  /** A message in a stream of an agent's; returns how much longer it was once it was unpacked. */
  #unpacked(packet: PacketView): number {
    if (this.#fromAgent(packet) !== SkipReason.NONE) return 0;
    const { payloadEnd, payloadStart } = this.#hep.packet;
    return Math.max(0, payloadEnd - payloadStart - (packet.payloadEnd - packet.payloadStart));
  }

  /** What a capture agent saw is looked at as if it had been seen here. */
  #fromAgent(packet: PacketView): SkipReason {
    const reason = this.#hep.take(packet);
    if (reason === SkipReason.NONE) this.#payload(this.#hep.packet);
    return reason;
  }
}
