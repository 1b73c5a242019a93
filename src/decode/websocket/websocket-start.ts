import { Likeness, sipLikeness } from "../tcp/sip-start.ts";
import { FrameHeader, Opcode } from "./frame-header.ts";

const LOOK_BYTES = 64;
const header = new FrameHeader();
const opened = Buffer.alloc(LOOK_BYTES);

/** A frame begins here that holds the beginning of a SIP message, and is not packed. */
export function isWebSocketStart(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start] as number;
  if ((first & 0x7f) !== Opcode.TEXT && (first & 0x7f) !== Opcode.BINARY) return false;
  header.begin();
  const at = start + header.take(bytes, start, end);
  if (!header.isWhole || header.isBroken) return false;
  const length = Math.min(LOOK_BYTES, end - at, header.payloadBytes);
  for (let i = 0; i < length; i++) {
    opened[i] = (bytes[at + i] as number) ^ (header.mask[i & 3] as number);
  }
  return sipLikeness(opened, 0, length) === Likeness.YES;
}
