import { constants, deflateRawSync } from "node:zlib";
import type { Session } from "./rewrap.ts";

export const UPGRADE = [
  "GET /ws HTTP/1.1",
  "Host: pbx.example.com",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Protocol: sip",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Extensions: permessage-deflate",
  "",
  "",
].join("\r\n");

export function accepted(extensions = ""): string {
  return [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    "Sec-WebSocket-Protocol: sip",
    ...(extensions === "" ? [] : [`Sec-WebSocket-Extensions: ${extensions}`]),
    "",
    "",
  ].join("\r\n");
}

export interface FrameOptions {
  readonly opcode?: number;
  readonly isFinal?: boolean;
  readonly isMasked?: boolean;
  readonly isCompressed?: boolean;
}

/** One WebSocket frame (RFC 6455 5.2). */
export function wsFrame(payload: Uint8Array | string, options: FrameOptions = {}): Buffer {
  const body = Buffer.from(payload as string, "latin1");
  const { opcode = 1, isFinal = true, isMasked = false, isCompressed = false } = options;
  const first = (isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode;
  const length = body.length < 126 ? body.length : body.length < 65_536 ? 126 : 127;
  const extra = Buffer.alloc(length === 126 ? 2 : length === 127 ? 8 : 0);
  if (length === 126) extra.writeUInt16BE(body.length);
  if (length === 127) extra.writeUInt32BE(body.length, 4);
  const mask = isMasked ? Buffer.from([0x37, 0xfa, 0x21, 0x3d]) : Buffer.alloc(0);
  if (isMasked) for (let i = 0; i < body.length; i++) body[i] = (body[i] ?? 0) ^ (mask[i & 3] ?? 0);
  return Buffer.concat([Buffer.from([first, (isMasked ? 0x80 : 0) | length]), extra, mask, body]);
}

/** permessage-deflate of one direction (RFC 7692 7.2.1); with context, what was said is the dictionary. */
export class Packer {
  #said = Buffer.alloc(0);
  readonly #hasContext: boolean;

  constructor(hasContext: boolean) {
    this.#hasContext = hasContext;
  }

  pack(payload: Buffer): Buffer {
    const dictionary = this.#said.subarray(-32_768);
    const packed = deflateRawSync(payload, {
      finishFlush: constants.Z_SYNC_FLUSH,
      ...(this.#hasContext && dictionary.length > 0 && { dictionary }),
    });
    this.#said = Buffer.concat([this.#said, payload]).subarray(-32_768);
    return packed.subarray(0, -4);
  }
}

/** Messages as masked or plain frames, in two with a ping between, packed if asked. */
export function webSocketSession(isPacked: boolean): Session {
  const packers = new Map<string, Packer>();
  return {
    question: Buffer.from(UPGRADE),
    answer: Buffer.from(accepted(isPacked ? "permessage-deflate" : "")),
    encode(payload, isClient, ends) {
      let packer = packers.get(ends);
      if (packer === undefined) {
        packer = new Packer(true);
        packers.set(ends, packer);
      }
      const body = isPacked ? packer.pack(payload) : payload;
      const half = Math.floor(body.length / 2);
      const isMasked = isClient;
      return Buffer.concat([
        wsFrame(body.subarray(0, half), { isFinal: false, isMasked, isCompressed: isPacked }),
        wsFrame("", { opcode: 9, isMasked }),
        wsFrame(body.subarray(half), { opcode: 0, isMasked }),
      ]);
    },
  };
}
