import { macKeyOf } from "../../decode/mac-twins.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { RtpHeaderView } from "../../decode/rtp/header.ts";
import { type ForeignKeys, KeySign } from "../media/foreign-keys.ts";
import type { MediaEndpoint } from "../media/media-endpoints.ts";
import type { MediaJudge } from "../media/media-judge.ts";
import { Interludes, type NextNumbers, nextAfter } from "./interludes.ts";
import { OwnKeys } from "./own-keys.ts";
import { isAside, isNoise, isTelephoneEvent } from "./rtp-aside.ts";
import { SourceFlag } from "./rtp-source-rows.ts";
import type { RtpSourceTable } from "./rtp-sources.ts";
import { SecondSsrcs } from "./second-ssrc.ts";
import { type SequenceWatch, Watched } from "./sequence-watch.ts";
import { SequenceWatches } from "./sequence-watches.ts";

/** The first SSRC of a directed flow is silent this long while another one sends: that one is the stream now. */
const SILENT_US = 1_000_000;
/** Fewer packets in somebody's pause are nobody's speech. */
const INTERLUDE_PACKETS_MIN = 8;

export interface FirstPacket {
  /** First source of the directed flow. */
  readonly source: number;
  readonly directedFlow: number;
  readonly receiver: MediaEndpoint | null;
  /** RFC 3550 A.1: the packet goes on in sequence. */
  readonly isInOrder: boolean;
}

/** A packet of another SSRC than the first one (`head`) of its directed flow. */
interface SecondPacket {
  readonly head: number;
  readonly directedFlow: number;
  readonly receiver: MediaEndpoint | null;
}

/** Who else writes into one directed flow: into the stream's own SSRC, or beside it with others. */
export class RtpRivals {
  readonly #sources: RtpSourceTable;
  readonly #judge: MediaJudge;
  readonly #keys: ForeignKeys;
  readonly #watches = new SequenceWatches();
  readonly #seconds = new SecondSsrcs();
  readonly #ownKeys = new OwnKeys();
  readonly #interludes = new Interludes();
  readonly #unwatch = (source: number): void => this.#setFlag(source, SourceFlag.WATCHED, false);

  constructor(parts: { sources: RtpSourceTable; judge: MediaJudge; keys: ForeignKeys }) {
    this.#sources = parts.sources;
    this.#keys = parts.keys;
    this.#judge = parts.judge;
  }

  /** A packet of the first SSRC that needs a closer look. */
  first(packet: PacketView, rtp: RtpHeaderView, at: FirstPacket): void {
    const { source, receiver } = at;
    const sources = this.#sources;
    const roles = receiver?.owner?.roles ?? null;
    const aside = isAside(rtp, roles);
    const isOtherWay = !sources.isOwnWay(source, packet);
    if (!isOtherWay) this.#ownWay(packet, rtp, at, aside);
    if (!aside) this.#setFlag(source, SourceFlag.VOICE, true);
    if (isOtherWay && !aside && this.#isBack(packet, rtp, at)) return;
    let watch = this.#watches.get(source);
    if (watch === undefined) {
      if (!isOtherWay && (at.isInOrder || aside)) return;
      watch = this.#watches.begin(source, packet.timeUs, this.#unwatch);
      this.#setFlag(source, SourceFlag.WATCHED, true);
    }
    if (isOtherWay) watch.noteNext(rtp.sequenceNumber, sources.highest(source));
    this.#keysAt(packet, rtp, at, { isOtherWay, hasVoice: watch.hasVoice });
    const isTooMuch =
      aside && isOtherWay && isNoise(rtp, roles) && !watch.noise.take(packet.timeUs);
    const shown = watch.packet(packet, rtp, isOtherWay, aside && !isTooMuch);
    if (shown === Watched.HANDOVER) {
      if (watch.hasVoice) this.#interlude(packet, source, at.directedFlow, watch.next);
      sources.moveTo(source, packet);
      watch.begin(source, packet.timeUs);
    } else if (shown !== Watched.NOTHING) {
      this.#tell(packet, at, shown, watch);
    } else if (watch.isIdle(packet.timeUs)) {
      this.#watches.end(source);
      this.#setFlag(source, SourceFlag.WATCHED, false);
    }
  }

  #tell(packet: PacketView, at: FirstPacket, shown: Watched, watch: SequenceWatch): void {
    const turns =
      shown === Watched.TWO_PAYLOADS
        ? watch.byPayload
        : shown === Watched.TWO_SEQUENCES
          ? watch.bySequence
          : watch.byWay;
    this.#judge.intoSequence(packet, at.receiver, shown, {
      packets: turns.rivalPackets,
      hasTwoPayloads: watch.byPayload.rivalPackets > 1 || watch.foreignConflicts > 1,
      isProven: turns.isProven,
      ownTtl: this.#sources.ttl(at.source),
    });
  }

  /** A packet of another SSRC. True when it is the stream's own from now on. */
  second(packet: PacketView, rtp: RtpHeaderView, at: SecondPacket): boolean {
    const { head, directedFlow, receiver } = at;
    const sources = this.#sources;
    const nowUs = packet.timeUs;
    const roles = receiver?.owner?.roles ?? null;
    const aside = isAside(rtp, roles);
    const isOtherWay = !sources.isOwnWay(head, packet);
    const isSilent = nowUs - sources.lastUs(head) > SILENT_US;
    const hasVoice = (sources.flags(head) & SourceFlag.VOICE) !== 0;
    if (!aside && this.#isBackOver(packet, rtp, at)) return true;
    if (!aside && (isSilent || !hasVoice)) {
      if (isOtherWay && hasVoice) this.#takesOver(packet, rtp, at);
      this.#seconds.end(directedFlow);
      this.#setFlag(head, SourceFlag.ACCOMPANIED, false);
      return true;
    }
    if (!isOtherWay && (aside || receiver?.isSingleAudio !== true)) return false;
    const second = this.#seconds.at(directedFlow);
    this.#setFlag(head, SourceFlag.ACCOMPANIED, true);
    second.note(rtp.ssrc);
    if (isOtherWay && !second.hasForeignVoice) {
      second.hasForeignVoice = !aside || (isNoise(rtp, roles) && !second.noise.take(nowUs));
    }
    if (isOtherWay && isTelephoneEvent(rtp, roles)) this.#press(packet, rtp, head);
    const turns = isOtherWay ? second.byOtherWay : second.byOwnWay;
    if (turns.rival(nowUs)) {
      this.#judge.secondSsrc(packet, receiver, head, { ssrc: rtp.ssrc, second, isOtherWay });
    }
    return false;
  }

  /** The stream's own sender goes on behind somebody who wrote into it by another way, as it knows nothing of him. */
  #isBack(packet: PacketView, rtp: RtpHeaderView, at: FirstPacket): boolean {
    const { source, directedFlow, receiver } = at;
    const spoken = this.#interludes.back(directedFlow, packet, rtp, true);
    if (spoken === null) return false;
    this.#sources.moveTo(source, packet);
    this.#watches.get(source)?.begin(source, packet.timeUs);
    this.#judge.inPause(packet, receiver, { ...spoken, ssrc: null });
    return true;
  }

  /** The same behind another SSRC, which is taken for the stream's own. */
  #isBackOver(
    packet: PacketView,
    rtp: RtpHeaderView,
    { head, directedFlow, receiver }: SecondPacket,
  ): boolean {
    if (this.#sources.received(head) < INTERLUDE_PACKETS_MIN) return false;
    const spoken = this.#interludes.back(directedFlow, packet, rtp, false);
    if (spoken === null) return false;
    this.#judge.inPause(packet, receiver, { ...spoken, ssrc: this.#sources.ssrc(head) });
    this.#seconds.end(directedFlow);
    return true;
  }

  /** Another SSRC by another way, once the first one is silent. */
  #takesOver(packet: PacketView, rtp: RtpHeaderView, { head, directedFlow }: SecondPacket): void {
    if (this.#interludes.isOpen(directedFlow, rtp.ssrc, packet.timeUs)) return;
    const sources = this.#sources;
    this.#interlude(packet, head, directedFlow, nextAfter(sources.highest(head)));
  }

  #interlude(packet: PacketView, own: number, directedFlow: number, next: NextNumbers): void {
    const sources = this.#sources;
    const silent = { ssrc: sources.ssrc(own), mac: sources.mac(own), ttl: sources.ttl(own) };
    const isHostsOwn = this.#judge.isHostsOwn(packet);
    this.#interludes.begin(directedFlow, silent, next, packet, isHostsOwn);
  }

  /** Where voice comes by the other way, too, its events tell nothing more. */
  #keysAt(
    packet: PacketView,
    rtp: RtpHeaderView,
    { source, receiver }: FirstPacket,
    { isOtherWay, hasVoice }: { isOtherWay: boolean; hasVoice: boolean },
  ): void {
    if (!isOtherWay) this.#keys.own(packet, receiver);
    else if (!hasVoice && isTelephoneEvent(rtp, receiver?.owner?.roles ?? null)) {
      this.#press(packet, rtp, source);
    }
  }

  /** The stream's sender goes on beside what else there is. */
  #ownWay(packet: PacketView, rtp: RtpHeaderView, at: FirstPacket, isAside: boolean): void {
    const flags = this.#sources.flags(at.source);
    if ((flags & SourceFlag.ACCOMPANIED) !== 0) {
      this.#seconds.get(at.directedFlow)?.own(packet.timeUs);
      this.#keys.own(packet, at.receiver);
    }
    if (isAside || !(at.isInOrder || this.#ownKeys.isEmpty)) {
      this.#ownWayKeys(packet, rtp, at, isAside);
    }
  }

  /** Keys among the stream's own packets: are their numbers its own, too? */
  #ownWayKeys(packet: PacketView, rtp: RtpHeaderView, at: FirstPacket, isAside: boolean): void {
    const { receiver, source } = at;
    const sources = this.#sources;
    const stream = sources.ref(source);
    let isTwice = false;
    if (!isAside) isTwice = this.#ownKeys.voice(stream, rtp, packet.timeUs);
    else if (isTelephoneEvent(rtp, receiver?.owner?.roles ?? null)) {
      const lost = sources.lost(source);
      isTwice = this.#ownKeys.key(stream, rtp, {
        isLate: !at.isInOrder,
        lost,
        nowUs: packet.timeUs,
      });
    }
    if (isTwice && receiver?.isCrowded !== true) this.#keys.twice(packet, receiver);
  }

  /** A telephone event in the name of the stream, by another way than its packets. */
  #press(packet: PacketView, rtp: RtpHeaderView, source: number): void {
    const own = this.#sources.mac(source);
    const isSameMac = packet.macTwins.areSame(own, macKeyOf(packet));
    this.#keys.rival(packet, rtp, isSameMac ? KeySign.TTL : KeySign.MAC);
  }

  sourceEnded(source: number): void {
    if ((this.#sources.flags(source) & SourceFlag.WATCHED) !== 0) {
      this.#watches.end(source);
    }
  }

  flowEnded(directedFlow: number): void {
    this.#seconds.end(directedFlow);
    this.#interludes.end(directedFlow);
  }

  #setFlag(source: number, flag: number, isSet: boolean): void {
    const old = this.#sources.flags(source);
    this.#sources.setFlags(source, isSet ? old | flag : old & ~flag);
  }
}
