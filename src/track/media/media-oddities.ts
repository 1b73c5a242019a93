import { KeyMap } from "../../base/key-map.ts";
import type { PacketView } from "../../decode/packet.ts";
import { PayloadRole } from "../../decode/sdp-media.ts";
import { EventKind } from "../facts/event-kind.ts";
import { wayTextOf } from "../hosts/way.ts";
import type { RtpSourceTable } from "../rtp/rtp-sources.ts";
import type { MediaParts } from "./media.ts";
import { MediaAim, ssrcText } from "./media-aim.ts";
import type { MediaEndpoint } from "./media-endpoints.ts";

/** Packet of a stream with which its addresses are looked at: a few that go astray are none. */
const ADDRESS_AT = 8;
/** The payload type is looked at with each so many packets, a power of two. */
const TYPE_EVERY = 64;
/** In a row of looks: a list that changes meanwhile, or a few late packets, are none. */
const ODD_LOOKS = 3;
const STREAMS_MAX = 4096;
/** RFC 3551 6: comfort noise, and its older number; they come with any codec. */
const NOISE_TYPES = new Set([13, 19]);

/** The packet with which so many were received is one that `look` has a use for. */
export function isLookedAt(received: number): boolean {
  // Masked: V8 divides numbers of eight bytes by a call.
  return received === ADDRESS_AT || ((received | 0) & (TYPE_EVERY - 1)) === 0;
}

/** What a stream should not be: of a payload type that nobody described, from or to an address that no host can have. */
export class MediaOddities {
  readonly #parts: MediaParts;
  readonly #sources: RtpSourceTable;
  readonly #aim: MediaAim;
  /** Looks with a foreign payload type, by handle of the source. */
  readonly #odd = new KeyMap<number>(STREAMS_MAX);

  constructor(parts: MediaParts, sources: RtpSourceTable) {
    this.#parts = parts;
    this.#sources = sources;
    this.#aim = new MediaAim(parts);
  }

  /** A packet of a source that `isLookedAt`; `ends` as far as they were announced. */
  look(
    packet: PacketView,
    source: number,
    payloadType: number,
    ends: { receiver: MediaEndpoint | null; sender: MediaEndpoint | null },
  ): void {
    const received = this.#sources.received(source);
    // What a relay records has addresses of its making; beside a call they are no recording.
    const isOfCall = ends.receiver?.isAnnounced === true || ends.sender?.isAnnounced === true;
    if (received === ADDRESS_AT) {
      if (isOfCall) this.#address(packet, ends.receiver);
    } else this.#type(packet, source, payloadType, ends);
  }

  #address(packet: PacketView, receiver: MediaEndpoint | null): void {
    const { bytes, ipVersion, srcAddressStart, dstAddressStart } = packet;
    const isV6 = ipVersion === 6;
    const source = impossible(bytes, srcAddressStart, isV6, true);
    const destination = impossible(bytes, dstAddressStart, isV6, false);
    // On the loopback interface itself both are.
    if (source === destination) return;
    const { events, names } = this.#parts;
    const event = events.raise(EventKind.RTP_IMPOSSIBLE_ADDRESS, packet.timeUs, 1);
    if (event === null) return;
    this.#aim.atPacket(event, packet, receiver);
    event.isForged = source !== "";
    const host = source === "" ? packet.dstHost : packet.srcHost;
    event.evidence = [
      {
        what: source === "" ? "receiver of the stream" : "sender of the stream",
        expected: "an address that a host can have",
        seen: `${names.text(host)}: ${source || destination}; sent by ${wayTextOf(packet)}`,
      },
    ];
  }

  #type(
    packet: PacketView,
    source: number,
    payloadType: number,
    { receiver, sender }: { receiver: MediaEndpoint | null; sender: MediaEndpoint | null },
  ): void {
    if (NOISE_TYPES.has(payloadType) || receiver?.owner?.call.isLive !== true) return;
    if (!isOutside(receiver, payloadType)) return;
    if (sender?.claims != null && !isOutside(sender, payloadType)) return;
    const ref = this.#sources.ref(source);
    const looks = (this.#odd.get(ref) ?? 0) + 1;
    this.#odd.set(ref, looks);
    if (looks !== ODD_LOOKS) return;
    const { events } = this.#parts;
    const event = events.raise(EventKind.RTP_PAYLOAD_TYPE, packet.timeUs, payloadType);
    if (event === null) return;
    this.#aim.atPacket(event, packet, receiver);
    event.evidence = [
      {
        what: `payload type of ${ssrcText(this.#sources.ssrc(source))}`,
        expected: "one of those that a session description of the call has",
        seen: String(payloadType),
      },
    ];
  }
}

/** No call that names the address has that type in its list. */
function isOutside({ claims }: MediaEndpoint, payloadType: number): boolean {
  for (const { roles, isShared } of claims?.list ?? []) {
    if (roles === null || isShared || roles[payloadType] !== PayloadRole.NONE) return false;
  }
  return claims !== null;
}

/** Why no host has that address (RFC 6890); "" when one can. Multicast is a receiver, never a sender. */
function impossible(bytes: Uint8Array, at: number, isV6: boolean, isSource: boolean): string {
  if (isV6) return impossibleV6(bytes, at, isSource);
  const first = bytes[at] as number;
  if (first === 0) return "this network";
  if (first === 127) return "loopback";
  if (first >= 240) return "reserved or broadcast";
  return first >= 224 && isSource ? "multicast" : "";
}

function impossibleV6(bytes: Uint8Array, at: number, isSource: boolean): string {
  if (bytes[at] === 0xff) return isSource ? "multicast" : "";
  for (let i = at; i < at + 15; i++) if (bytes[i] !== 0) return "";
  const last = bytes[at + 15] as number;
  if (last === 1) return "loopback";
  return last === 0 ? "unspecified" : "";
}
