import { join } from "node:path";
import { openSource } from "../../src/capture/file-source.ts";
import { classifyPayload, PayloadKind } from "../../src/decode/classify.ts";
import { decodePacket } from "../../src/decode/decode-packet.ts";
import { PacketView, SkipReason } from "../../src/decode/packet.ts";
import { SipMessageView } from "../../src/decode/sip/message.ts";
import { SHARED_CAPTURES } from "./shared-captures.ts";

const SHARED = [join(SHARED_CAPTURES, "lab"), join(SHARED_CAPTURES, "real")];

/** Hands over each whole SIP message in the UDP packets of captures, the shared ones unless told. The view is reused. */
export async function eachSipMessage(
  onMessage: (message: SipMessageView, capture: string) => void,
  folders: readonly string[] = SHARED,
): Promise<void> {
  const packet = new PacketView();
  const message = new SipMessageView();
  for (const folder of folders) {
    const source = openSource([folder]);
    await source.run((frame) => {
      if (decodePacket(frame, packet) !== SkipReason.NONE) return;
      const { payloadStart, payloadEnd, payloadWireLength } = packet;
      if (payloadEnd - payloadStart < payloadWireLength) return;
      if (classifyPayload(frame.bytes, payloadStart, payloadEnd) !== PayloadKind.TEXT) return;
      if (!message.decode(frame.bytes, payloadStart, payloadEnd, false)) return;
      onMessage(message, source.currentPath);
    });
  }
}
