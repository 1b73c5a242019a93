import type { HostKey } from "../../decode/host.ts";
import type { HostNames } from "../../decode/host-names.ts";
import type { PacketView } from "../../decode/packet.ts";
import { withTexts } from "../calls/call-subject.ts";
import { type DetectionEvent, NO_SUBJECT } from "../facts/event.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { MediaEndpoint } from "./media-endpoints.ts";

export interface MediaEnds {
  readonly srcHost: HostKey;
  readonly srcPort: number;
  readonly dstHost: HostKey;
  readonly dstPort: number;
}

/** Says in a fact about media whom it is about: who sent, who received, and which call's stream it was. */
export class MediaAim {
  readonly #hosts: HostTable;
  readonly #names: HostNames;

  constructor({ hosts, names }: { hosts: HostTable; names: HostNames }) {
    this.#hosts = hosts;
    this.#names = names;
  }

  /** At the packet's sender and receiver. */
  atPacket(event: DetectionEvent, packet: PacketView, receiver: MediaEndpoint | null): void {
    const hosts = this.#hosts;
    hosts.source(packet);
    hosts.destination(packet);
    this.atEnds(event, packet);
    event.packet = packet;
    event.subject = this.subjectOf(receiver, packet.dstHost, packet.dstPort);
  }

  subjectOf(receiver: MediaEndpoint | null, host: HostKey, port: number) {
    const stream = `${this.#names.text(host)}:${port}`;
    return withTexts(receiver?.owner?.call.subject ?? NO_SUBJECT, "", stream);
  }

  atEnds(event: DetectionEvent, { srcHost, srcPort, dstHost, dstPort }: MediaEnds): void {
    event.srcHost = srcHost;
    event.srcPort = srcPort;
    event.dstHost = dstHost;
    event.dstPort = dstPort;
    event.client = srcHost;
    event.server = dstHost;
  }
}

/** For evidence: eight hex digits. */
export function ssrcText(ssrc: number): string {
  return `0x${(ssrc >>> 0).toString(16).padStart(8, "0")}`;
}
