import { combine53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import { PayloadKind } from "../../decode/classify.ts";
import type { HostKey } from "../../decode/host.ts";
import type { PacketView } from "../../decode/packet.ts";
import type { SdpView } from "../../decode/sdp.ts";
import { isUdptl } from "../../decode/udptl.ts";

const PORTS_MAX = 4096;

/** Where session descriptions take media that is no RTP, such as fax over UDPTL (ITU-T T.38). The oldest of 4096 goes. */
export class FaxPorts {
  readonly #ports = new KeyTable(PORTS_MAX);

  announce(sdp: SdpView): void {
    for (let i = 0; i < sdp.mediaCount; i++) {
      const { host, isRtp, port } = sdp.media[i] as SdpView["media"][number];
      if (isRtp || port === 0 || host <= 0) continue;
      const row = this.#ports.find(keyOf(host, port));
      if (row < 0) this.#ports.add(keyOf(host, port));
      else this.#ports.touch(row);
    }
  }

  /** What looks like RTP or RTCP is a packet of a fax between two such ends. From elsewhere it is taken for what it looks like. */
  isFax(packet: PacketView, looksLike: PayloadKind): boolean {
    return (
      (looksLike === PayloadKind.RTP || looksLike === PayloadKind.RTCP) &&
      this.isBetween(packet) &&
      isUdptl(packet.bytes, packet.payloadStart, packet.payloadEnd)
    );
  }

  /** The packet goes from one such end to another. */
  isBetween({ dstHost, dstPort, srcHost, srcPort }: PacketView): boolean {
    return this.has(dstHost, dstPort) && this.has(srcHost, srcPort);
  }

  has(host: HostKey, port: number): boolean {
    return this.#ports.size > 0 && this.#ports.find(keyOf(host, port)) >= 0;
  }
}

/** Hosts are up to 53 bits: a port beside them needs a hash. */
function keyOf(host: HostKey, port: number): number {
  return combine53(host, port);
}
