import type { PacketView } from "../../decode/packet.ts";

const LEGACY_PORTS: ReadonlyMap<number, string> = new Map([
  [1719, "H.225 RAS (H.323)"],
  [2427, "MGCP"],
  [2727, "MGCP"],
  [4569, "IAX2"],
]);

/** RFC 3435 3.2.1.3 and 3.5.1, ITU-T H.225.0: by port, as these begin with nothing of their own. "" of all else. */
export function legacyProtocol({ dstPort, srcPort }: PacketView): string {
  for (const port of [dstPort, srcPort]) {
    const name = LEGACY_PORTS.get(port);
    if (name !== undefined) return name;
  }
  return "";
}
