import { address } from "./pcap-writer.ts";

const COOKIE = Buffer.from("2112a442", "hex");
const METHODS = { allocate: 3, data: 7, permission: 8, channel: 9 } as const;
const CLASSES = { request: 0, indication: 0x10, success: 0x100, error: 0x110 } as const;

export interface TurnFields {
  readonly method: keyof typeof METHODS;
  readonly kind: keyof typeof CLASSES;
  /** Transaction id, 12 bytes. */
  readonly id: Buffer;
  readonly user?: string;
  readonly peers?: readonly string[];
  readonly code?: number;
}

/** A TURN message (RFC 8656) with the attributes that matter; a user name brings MESSAGE-INTEGRITY, which nobody checks here. */
export function turn({ code, id, kind, method, peers = [], user }: TurnFields): Buffer {
  const attributes = [
    ...(user === undefined
      ? []
      : [attribute(6, Buffer.from(user)), attribute(8, Buffer.alloc(20))]),
    ...(code === undefined
      ? []
      : [attribute(9, Buffer.from([0, 0, Math.floor(code / 100), code % 100]))]),
    ...peers.map((peer) => attribute(0x12, peerAddress(peer, id))),
  ];
  const body = Buffer.concat(attributes);
  const head = Buffer.alloc(4);
  head.writeUInt16BE(METHODS[method] | CLASSES[kind], 0);
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, COOKIE, id, body]);
}

function peerAddress(ip: string, id: Buffer): Buffer {
  const mask = Buffer.concat([COOKIE, id]);
  const plain = address(ip);
  const head = Buffer.from([0, plain.length === 4 ? 1 : 2, 0x21 ^ 0x1f, 0x12 ^ 0x90]);
  return Buffer.concat([head, plain.map((byte, i) => byte ^ (mask[i] as number))]);
}

function attribute(type: number, value: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]);
}
