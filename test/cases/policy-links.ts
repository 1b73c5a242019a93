import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ethernet, ipv4 } from "../support/pcap-writer.ts";
import { serverHello } from "../support/tls-hellos.ts";
import type { Endpoint } from "../support/wire.ts";
import { CARRIER, media, PBX, phone } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

const KIND = "policy";
const NOTES = "policy.notes=true";
const SELF_SIGNED = "certificates/cert.example.org_shaken.pem";

/** Data of a connection whose start is not seen; where it lies in the stream is told. */
function data(scene: Scene, from: Endpoint, to: Endpoint, payload: string | Buffer, at = 0): void {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from.port, 0);
  header.writeUInt16BE(to.port, 2);
  header.writeUInt32BE(1000 + at, 4);
  header[12] = 0x50;
  header[13] = 0x18;
  header.writeUInt16BE(65_535, 14);
  const segment = Buffer.concat([header, Buffer.from(payload)]);
  scene.frame(ethernet(ipv4(segment, { src: from.ip, dst: to.ip, protocol: 6 })));
  scene.wait(0.01);
}

function message(type: number, body: Buffer): Buffer {
  const head = Buffer.from([type, body.length >> 16, (body.length >> 8) & 255, body.length & 255]);
  return Buffer.concat([head, body]);
}

/** The first flight of a TLS 1.2 server with a certificate of test/support, in pieces of so many bytes. */
function flight(
  scene: Scene,
  server: Endpoint,
  client: Endpoint,
  pieceBytes: number,
  pem = SELF_SIGNED,
): void {
  const der = new X509Certificate(readFileSync(new URL(`../support/${pem}`, import.meta.url))).raw;
  const length = (n: number) => Buffer.from([n >> 16, (n >> 8) & 255, n & 255]);
  const list = Buffer.concat([length(der.length + 3), length(der.length), der]);
  const messages = Buffer.concat([
    message(11, list),
    message(13, Buffer.from([1, 64, 0, 2, 4, 3, 0, 0])),
    message(14, Buffer.alloc(0)),
  ]);
  const record = Buffer.from([22, 3, 3, messages.length >> 8, messages.length & 255]);
  const all = Buffer.concat([serverHello(0x0303, 0xc02b), record, messages]);
  for (let at = 0; at < all.length; at += pieceBytes) {
    data(scene, server, client, all.subarray(at, at + pieceBytes), at);
  }
}

/** What is neither SIP nor media: notes, each once a day, and nothing without `policy.notes`. */
function everything(scene: Scene): void {
  const sips = { ...PBX, port: 5061 };
  for (let i = 0; i < 3; i++) {
    flight(scene, sips, { ...phone(1), port: 40_000 + i }, 200);
    data(scene, { ...phone(2), port: 2000 }, { ...PBX, port: 2000 }, sccp());
    data(scene, { ...phone(3), port: 1720 }, { ...CARRIER, port: 1720 }, h225());
    const ask = Buffer.concat([
      Buffer.from([0, 1]),
      Buffer.from("SEP001565200104.cnf.xml\0octet\0"),
    ]);
    scene.send(media(phone(4), 50_000 + i), media(PBX, 69), ask);
    const file = Buffer.concat([
      Buffer.from([0, 3, 0, 1]),
      Buffer.from("<phonePassword>1234</phonePassword>"),
    ]);
    scene.send(media(PBX, 34_000 + i), media(phone(4), 50_000 + i), file, 0.01);
    const get =
      "GET /prov/001565200105.cfg HTTP/1.1\r\nHost: p\r\nAuthorization: Basic YTpi\r\n\r\n";
    data(scene, { ...phone(5), port: 51_000 }, { ...PBX, port: 80 }, get, i * 1000);
    // A full frame of IAX2 begins like RTP.
    scene.send(
      media(phone(6), 4569),
      media(CARRIER, 4569),
      Buffer.from([0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 6, 1]),
    );
    scene.wait(600);
  }
}

function sccp(): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32LE(4, 0);
  return bytes;
}

function h225(): Buffer {
  return Buffer.from([3, 0, 0, 12, 8, 2, 0, 1, 5, 4, 0, 0]);
}

/** Servers of an authority: one whose certificate ran out long ago, and a good one. */
function authority(scene: Scene): void {
  for (const [i, name] of ["expired", "valid", "expired", "valid"].entries()) {
    const server = { ...phone(20 + (i % 2)), port: 5061 };
    const client = { ...phone(1), port: 41_000 + i };
    flight(scene, server, client, 150, `tls-certificates/${name}.pem`);
    scene.wait(600);
  }
}

export const POLICY_LINKS: readonly Case[] = [
  {
    name: "policy_certificates",
    expect: "quiet",
    kind: KIND,
    what: "certificates of an authority, one of them expired, each twice: a note of that one, once",
    config: [NOTES],
    make: authority,
  },
  {
    name: "policy_links",
    expect: "quiet",
    kind: KIND,
    what: "TLS 1.2 in pieces with a certificate that signs itself, SCCP, H.225, IAX2, configurations by TFTP and HTTP, three times: notes, and each once",
    config: [NOTES],
    make: everything,
  },
  {
    name: "policy_links_not_asked_for",
    expect: "quiet",
    kind: KIND,
    what: "the same where nothing is declared: nobody is told",
    make: everything,
  },
];
