import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { type EventList, NO_SUBJECT } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { PacketOrigin } from "../facts/packet-origin.ts";
import type { HostTable } from "../hosts/hosts.ts";
import { PROOF } from "../hosts/standing.ts";
import { MediaAim, type MediaEnds, ssrcText } from "./media-aim.ts";
import type { Feed, MediaEndpoint } from "./media-endpoints.ts";

/** So many packets of a call that reached a stranger were no accident of a hand-over. */
const LEAK_PROOF_PACKETS = 10;

export interface SuspectJudgeParts {
  readonly hosts: HostTable;
  readonly names: HostNames;
  readonly events: EventList;
}

/** Who sent something, and the packet that showed it first. */
interface MediaSender {
  readonly srcHost: HostKey;
  readonly srcPort: number;
  readonly origin: PacketOrigin;
}

interface SuspectEnds extends MediaEnds {
  readonly origin: PacketOrigin;
}

/** Turns what `MediaSuspects` found into facts; `event_value` is the balance of the evidence. */
export class SuspectJudge {
  readonly #parts: SuspectJudgeParts;
  readonly #aim: MediaAim;

  constructor(parts: SuspectJudgeParts) {
    this.#parts = parts;
    this.#aim = new MediaAim(parts);
  }

  /** RTCP BYE in the name of a stream that goes on, from elsewhere (RFC 3550 6.6). */
  rtcpBye(
    bye: MediaSender & { way: string; isForged: boolean; ssrc: number },
    receiver: MediaEndpoint,
    went: { packets: number; ms: number; nowUs: number },
  ): void {
    const { events, names } = this.#parts;
    const event = events.raise(EventKind.RTCP_BYE_SPOOFED, went.nowUs, 2);
    if (event === null) return;
    const { host: dstHost, port: dstPort } = receiver;
    this.#aim.atEnds(event, { ...bye, dstHost, dstPort });
    event.subject = this.#aim.subjectOf(receiver, receiver.host, receiver.port);
    event.isForged = bye.isForged;
    event.origin = bye.origin;
    event.evidence = [
      {
        what: `RTP of ${ssrcText(bye.ssrc)} after its RTCP BYE`,
        expected: "silence",
        seen: `${went.packets} packets in ${went.ms} ms`,
      },
      {
        what: "sender of the BYE",
        expected: "the stream's own, by its own way",
        seen: bye.isForged
          ? `address is the stream's own: forged; true sender known by ${bye.way}`
          : names.text(bye.srcHost),
      },
    ];
  }

  /** `ports`: distinct media ports of one relay that a host has sent a packet or two to. */
  bleedProbe(ends: SuspectEnds, ports: number, nowUs: number): void {
    const { events, names } = this.#parts;
    const event = events.raise(EventKind.RTP_BLEED_PROBE, nowUs, ports);
    if (event === null) return;
    this.#aim.atEnds(event, ends);
    event.subject = { ...NO_SUBJECT, stream: names.text(ends.dstHost) };
    event.origin = ends.origin;
    event.evidence = [
      {
        what: `packets of ${names.text(ends.srcHost)} to media ports of ${names.text(ends.dstHost)}`,
        expected: "a stream that some call announced",
        seen: `a few to each of ${ports} ports, and no stream`,
      },
    ];
  }

  /** The relay's address `relay` sends a call's media to `thief` (`ends.src`), whom nobody named. */
  bleedLeak(
    ends: SuspectEnds,
    relay: MediaEndpoint,
    own: Feed,
    leak: { packets: number; hasSent: boolean; ports: number; nowUs: number },
  ): void {
    const { events, names } = this.#parts;
    // A recorder that nobody announced gets packets too, but sends none itself.
    const isTaken = leak.hasSent;
    let value = isTaken ? 2 : 1;
    if (isTaken && leak.ports > 3) value++;
    if (isTaken && leak.packets >= LEAK_PROOF_PACKETS) value += PROOF;
    const event = events.raise(EventKind.RTP_BLEED_LEAK, leak.nowUs, value);
    if (event === null) return;
    this.#aim.atEnds(event, ends);
    event.subject = this.#aim.subjectOf(relay, relay.host, relay.port);
    event.origin = ends.origin;
    event.evidence = [
      {
        what: `media of ${names.text(relay.host)}:${relay.port}`,
        expected: `to ${names.text(own.host)}:${own.port}, whose own goes on`,
        seen: `${leak.packets} packets to ${names.text(ends.srcHost)}:${ends.srcPort}, in no session description and proven by no ICE check`,
      },
      ...(leak.hasSent
        ? [{ what: "what it did before", expected: "nothing", seen: "sent packets to that port" }]
        : []),
      ...(leak.ports > 1
        ? [{ what: "media ports probed", expected: "none", seen: String(leak.ports) }]
        : []),
    ];
  }
}
