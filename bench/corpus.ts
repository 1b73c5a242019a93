import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openSource } from "../src/capture/file-source.ts";
import { classifyPayload, PayloadKind } from "../src/decode/classify.ts";
import { decodePacket } from "../src/decode/decode-packet.ts";
import { PacketView, SkipReason } from "../src/decode/packet.ts";
import { SipMessageView } from "../src/decode/sip/message.ts";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));
/** Messages of one capture; floods would else be most of the mix. */
const PER_CAPTURE_MAX = 200;

export interface Corpus {
  /** Where the messages are from, as the table shows it. */
  readonly origin: string;
  readonly messages: readonly Buffer[];
}

/** Whole SIP messages over UDP of the shared captures; where those are missing, of the project's own. */
export async function readCorpus(): Promise<Corpus> {
  const shared = join(PROJECT, process.env.SIPSENTRY_SHARED ?? "../shared", "pcaps");
  const isShared = existsSync(shared);
  const folder = isShared ? shared : join(PROJECT, "pcaps");
  const messages: Buffer[] = [];
  const counts = new Map<string, number>();
  const packet = new PacketView();
  const view = new SipMessageView();
  const source = openSource([folder]);
  await source.run((frame) => {
    if (decodePacket(frame, packet) !== SkipReason.NONE) return;
    const { payloadStart: start, payloadEnd: end } = packet;
    if (packet.payloadWireLength > end - start) return;
    if (classifyPayload(frame.bytes, start, end) !== PayloadKind.TEXT) return;
    if (!view.decode(frame.bytes, start, end, false) || view.cseq < 0) return;
    const count = (counts.get(source.currentPath) ?? 0) + 1;
    counts.set(source.currentPath, count);
    if (count <= PER_CAPTURE_MAX) messages.push(Buffer.from(frame.bytes.subarray(start, end)));
  });
  if (messages.length === 0) {
    throw new Error(`${folder}: no SIP in it; set SIPSENTRY_SHARED to the folder with pcaps/`);
  }
  const origin = `${messages.length} messages of ${counts.size} captures`;
  return { origin: `${origin} (${isShared ? "shared" : "pcaps/"})`, messages };
}
