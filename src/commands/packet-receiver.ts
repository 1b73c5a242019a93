import { namesInDns } from "../decode/dns-names.ts";
import type { AddressNotes } from "../emit/addresses/address-notes.ts";
import type { Evidence } from "../emit/evidence/evidence.ts";
import type { PipelineOutputs } from "../pipeline/pipeline.ts";

/** Who looks at each packet: evidence, and names in DNS answers; nobody where neither is wanted. */
export function packetReceiver(
  evidence: Evidence | null,
  names: AddressNotes | null,
): Pick<PipelineOutputs, "packet"> {
  if (names === null) {
    if (evidence === null) return {};
    return { packet: (packet, message, keys) => evidence.record(packet, message, keys) };
  }
  const { learnName } = names;
  return {
    packet: (packet, message, keys) => {
      evidence?.record(packet, message, keys);
      if (message === null) namesInDns(packet, learnName);
    },
  };
}
