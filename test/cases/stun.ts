import { createHmac } from "node:crypto";
import { address } from "../support/pcap-writer.ts";
import type { Endpoint } from "../support/wire.ts";
import type { Scene } from "./scene.ts";

/** One ICE agent: where it sends from, and its ufrag and pwd (RFC 8445 5.3). */
export interface Agent {
  readonly at: Endpoint;
  readonly ufrag: string;
  readonly password: string;
}

const COOKIE = Buffer.from("2112a442", "hex");

export interface CheckOptions {
  readonly after?: number;
  /** No answer when false: the check is not for who gets it. */
  readonly isAnswered?: boolean;
}

/** A connectivity check of `agent` at `peer` and its success response (RFC 8445 7.2). */
export function check(scene: Scene, agent: Agent, peer: Agent, options: CheckOptions = {}): void {
  const { after = 0, isAnswered = true } = options;
  const id = Buffer.from(scene.hex(24), "hex");
  const username = Buffer.from(`${peer.ufrag}:${agent.ufrag}`);
  const request = message(0x0001, id, peer.password, [
    attribute(0x0006, username),
    attribute(0x0024, Buffer.from("6e7f1eff", "hex")),
    attribute(0x802a, Buffer.from(scene.hex(16), "hex")),
  ]);
  scene.send(agent.at, peer.at, request, after);
  if (isAnswered) {
    const success = message(0x0101, id, peer.password, [mappedAddress(agent.at, id)]);
    scene.send(peer.at, agent.at, success, after + 0.01);
  }
}

/** A success response that answers nothing. */
export function strayStunSuccess(scene: Scene, from: Endpoint, to: Endpoint): void {
  const id = Buffer.from(scene.hex(24), "hex");
  scene.send(from, to, message(0x0101, id, scene.hex(24), [mappedAddress(to, id)]));
}

/** Checks both ways each 50 ms, then consent each 4 s (RFC 7675) for so long. */
export function connect(scene: Scene, one: Agent, other: Agent, seconds: number): void {
  for (let i = 0; i < 3; i++) {
    check(scene, one, other, { after: i * 0.05 });
    check(scene, other, one, { after: i * 0.05 + 0.02 });
  }
  for (let after = 4; after < seconds; after += 4) check(scene, one, other, { after });
}

/** ICE attributes and one candidate for each address, for the end of an m= section. */
export function iceLines(
  agent: Agent,
  ...candidates: readonly (readonly [string, Endpoint])[]
): string {
  return [
    `a=ice-ufrag:${agent.ufrag}`,
    `a=ice-pwd:${agent.password}`,
    ...candidates.map(
      ([kind, { ip, port }], i) =>
        `a=candidate:${i + 1} 1 UDP ${2_130_706_431 - 256 * i} ${ip} ${port} typ ${kind}`,
    ),
    "",
  ].join("\r\n");
}

export function agentOf(scene: Scene, at: Endpoint): Agent {
  return { at, ufrag: scene.hex(8), password: scene.hex(24) };
}

function attribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

function mappedAddress({ ip, port }: Endpoint, id: Buffer): Buffer {
  const mask = Buffer.concat([COOKIE, id]);
  const plain = address(ip);
  const value = Buffer.alloc(4 + plain.length);
  value[1] = plain.length === 4 ? 1 : 2;
  value.writeUInt16BE(port ^ 0x2112, 2);
  for (const [i, byte] of plain.entries()) value[4 + i] = byte ^ (mask[i] ?? 0);
  return attribute(0x0020, value);
}

/** RFC 5389 6, 15.4 and 15.5: MESSAGE-INTEGRITY, then FINGERPRINT. */
function message(type: number, id: Buffer, password: string, attributes: Buffer[]): Buffer {
  const withLength = (body: Buffer, more: number) => {
    const header = Buffer.alloc(4);
    header.writeUInt16BE(type, 0);
    header.writeUInt16BE(body.length + more, 2);
    return Buffer.concat([header, COOKIE, id, body]);
  };
  const body = Buffer.concat(attributes);
  const hmac = createHmac("sha1", password).update(withLength(body, 24)).digest();
  const signed = Buffer.concat([body, attribute(0x0008, hmac)]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE((crc32(withLength(signed, 8)) ^ 0x5354554e) >>> 0);
  return withLength(Buffer.concat([signed, attribute(0x8028, sum)]), 0);
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
