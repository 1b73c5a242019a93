import type { Frame } from "../src/capture/frame.ts";
import type { Pipeline } from "../src/pipeline/pipeline.ts";
import { type Ends, HEADER_BYTES, PacketTape } from "./packet-tape.ts";

const PBX = 0x0a000001;
/** Stands in texts for the eight hex digits that make each run of a script another one. */
const MARK = "########";
const STEP_US = 50;

interface Line {
  readonly from: "phone" | "pbx";
  readonly text: string;
}

/**
 * A busy PBX: registrations with challenge and digest, calls with SDP, keep-alive OPTIONS. Each
 * repetition of the tape has other Call-IDs, branches, tags and nonces.
 */
export class SipTraffic {
  readonly #tape = new PacketTape();
  /** Where the marks of each packet lie: payload offsets, and the first index of each packet. */
  readonly #marks: number[] = [];
  readonly #marksFrom: number[] = [0];
  /** 1 where a script starts. */
  readonly #isFirst: number[] = [];
  #next = 0;
  #id = 0;

  constructor(phones = 5_000) {
    for (let phone = 0; phone < phones; phone++) {
      const kind = phone % 20;
      if (kind < 8) this.#script(phone, registration(phone));
      else if (kind < 15) this.#script(phone, keepAlive(phone));
      else this.#script(phone, call(phone));
    }
  }

  run(pipeline: Pipeline, count: number): void {
    this.each(count, pipeline.onFrame);
  }

  /** Opens calls that stay up: INVITE and 200 with SDP. */
  open(pipeline: Pipeline, calls: number): void {
    const { frame } = this.#tape;
    for (let number = 0; number < calls; number++) {
      const media = {
        src: 0x0a200000 + (number >>> 2),
        srcPort: 16_384 + 2 * (number & 3),
        dst: 0x0a000200 + Math.floor(number / 20_000),
        dstPort: 10_000 + 2 * (number % 20_000),
      };
      const tape = announcedCall(number, media);
      for (let i = 0; i < tape.length; i++) {
        frame.timeUs += STEP_US;
        tape.frame.timeUs = frame.timeUs;
        pipeline.onFrame(tape.at(i));
      }
    }
  }

  each(count: number, onFrame: (frame: Frame) => void): void {
    const { frame, length } = this.#tape;
    for (let i = 0; i < count; i++) {
      if (this.#next === length) this.#next = 0;
      const index = this.#next++;
      if (this.#isFirst[index] === 1) this.#id++;
      this.#tape.at(index);
      this.#sign(index, frame.view, frame.start + HEADER_BYTES);
      frame.timeUs += STEP_US;
      onFrame(frame);
    }
  }

  #script(phone: number, lines: readonly Line[]): void {
    const address = 0x0a010000 + phone;
    for (const [i, { from, text }] of lines.entries()) {
      const payload = Buffer.from(text, "latin1");
      const up = { src: address, srcPort: 5060, dst: PBX, dstPort: 5060 };
      const down = { src: PBX, srcPort: 5060, dst: address, dstPort: 5060 };
      this.#tape.add(from === "phone" ? up : down, payload);
      for (let at = payload.indexOf(MARK); at >= 0; at = payload.indexOf(MARK, at + 8)) {
        this.#marks.push(at);
      }
      this.#marksFrom.push(this.#marks.length);
      this.#isFirst.push(i === 0 ? 1 : 0);
    }
  }

  #sign(index: number, view: DataView, payloadStart: number): void {
    const high = HEX[this.#id >>> 16] as number;
    const low = HEX[this.#id & 0xffff] as number;
    const end = this.#marksFrom[index + 1] as number;
    for (let i = this.#marksFrom[index] as number; i < end; i++) {
      const at = payloadStart + (this.#marks[i] as number);
      view.setUint32(at, high);
      view.setUint32(at + 4, low);
    }
  }
}

/** Four hex digits of each 16-bit number, as one big-endian word. */
const HEX = Uint32Array.from({ length: 0x10000 }, (_, value) =>
  Buffer.from(value.toString(16).padStart(4, "0")).readUInt32BE(0),
);

/** INVITE and 200 of a call whose media runs between these ends. */
export function announcedCall(number: number, media: Ends): PacketTape {
  const tape = new PacketTape();
  const id = number.toString(16).padStart(8, "0");
  const lines = call(number, media).filter((_, i) => i === 0 || i === 3);
  const phone = { src: media.src, srcPort: 5060, dst: PBX, dstPort: 5060 };
  const pbx = { src: PBX, srcPort: 5060, dst: media.src, dstPort: 5060 };
  for (const { from, text } of lines) {
    tape.add(from === "phone" ? phone : pbx, Buffer.from(text.replaceAll(MARK, id), "latin1"));
  }
  return tape;
}

function registration(phone: number): Line[] {
  const user = 1000 + phone;
  const head = (cseq: number) => [
    `Via: SIP/2.0/UDP ${ip(phone)}:5060;branch=z9hG4bK${cseq}${MARK}a5f0;rport`,
    `From: "Line ${user}" <sip:${user}@pbx.example.org>;tag=9f${MARK}`,
    `To: <sip:${user}@pbx.example.org>`,
    `Call-ID: ${MARK}-3848276298220188511@${ip(phone)}`,
    `CSeq: ${cseq} REGISTER`,
  ];
  const request = (cseq: number, ...more: string[]) =>
    message("phone", "REGISTER sip:pbx.example.org SIP/2.0", [
      ...head(cseq),
      "Max-Forwards: 70",
      `Contact: <sip:${user}@${ip(phone)}:5060;transport=udp>;expires=3600`,
      "User-Agent: Yealink SIP-T46S 66.84.0.125",
      "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO",
      "Supported: path, replaces, outbound",
      ...more,
    ]);
  return [
    request(1),
    message("pbx", "SIP/2.0 401 Unauthorized", [
      ...head(1),
      "Server: Asterisk PBX 18.1.0",
      `WWW-Authenticate: Digest algorithm=MD5, realm="pbx.example.org", nonce="5f${MARK}aa01"`,
    ]),
    request(
      2,
      `Authorization: Digest username="${user}", realm="pbx.example.org", nonce="5f${MARK}aa01", uri="sip:pbx.example.org", response="7587245234b3434cc3412213${MARK}", algorithm=MD5`,
    ),
    message("pbx", "SIP/2.0 200 OK", [
      ...head(2),
      "Server: Asterisk PBX 18.1.0",
      `Contact: <sip:${user}@${ip(phone)}:5060;transport=udp>;expires=3600`,
      "Date: Fri, 21 Nov 2025 10:00:00 GMT",
    ]),
  ];
}

function keepAlive(phone: number): Line[] {
  const head = [
    `Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK6b${MARK}77;rport`,
    `From: "asterisk" <sip:asterisk@10.0.0.1>;tag=as${MARK}`,
    `To: <sip:${1000 + phone}@${ip(phone)}:5060>`,
    `Call-ID: 41${MARK}5d3c2b@10.0.0.1:5060`,
    "CSeq: 102 OPTIONS",
  ];
  return [
    message("pbx", `OPTIONS sip:${1000 + phone}@${ip(phone)}:5060 SIP/2.0`, [
      ...head,
      "Max-Forwards: 70",
      "Contact: <sip:asterisk@10.0.0.1:5060>",
      "User-Agent: Asterisk PBX 18.1.0",
      "Supported: replaces, timer",
    ]),
    message("phone", "SIP/2.0 200 OK", [
      ...head,
      "User-Agent: Yealink SIP-T46S 66.84.0.125",
      "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO",
      "Accept: application/sdp",
    ]),
  ];
}

function call(phone: number, media?: Ends): Line[] {
  const user = 1000 + phone;
  const address = media === undefined ? ip(phone) : ipText(media.src);
  const target = `sip:${2000 + phone}@pbx.example.org`;
  const near = media ?? {
    src: 0x0a010000 + phone,
    srcPort: 16384,
    dst: PBX,
    dstPort: 10_000 + 2 * (phone % 20_000),
  };
  const head = (cseq: number, method: string, toTag: boolean) => [
    `Via: SIP/2.0/UDP ${address}:5060;branch=z9hG4bK${cseq}${MARK}${method};rport`,
    `From: "Line ${user}" <sip:${user}@pbx.example.org>;tag=c1${MARK}`,
    `To: <${target}>${toTag ? `;tag=as${MARK}` : ""}`,
    `Call-ID: c${MARK}3b2a1d@${address}`,
    `CSeq: ${cseq} ${method}`,
  ];
  const contact = `Contact: <sip:${user}@${address}:5060>`;
  const answerer = ["Server: Asterisk PBX 18.1.0", "Contact: <sip:2000@10.0.0.1:5060>"];
  const agent = ["Max-Forwards: 70", "User-Agent: Yealink SIP-T46S 66.84.0.125"];
  return [
    message(
      "phone",
      `INVITE ${target} SIP/2.0`,
      [...head(1, "INVITE", false), contact, ...agent, "Content-Type: application/sdp"],
      sdp(near.src, near.srcPort),
    ),
    message("pbx", "SIP/2.0 100 Trying", [...head(1, "INVITE", false), ...answerer]),
    message("pbx", "SIP/2.0 180 Ringing", [...head(1, "INVITE", true), ...answerer]),
    message(
      "pbx",
      "SIP/2.0 200 OK",
      [...head(1, "INVITE", true), ...answerer, "Content-Type: application/sdp"],
      sdp(near.dst, near.dstPort),
    ),
    message("phone", "ACK sip:2000@10.0.0.1:5060 SIP/2.0", [...head(1, "ACK", true), ...agent]),
    message("phone", "BYE sip:2000@10.0.0.1:5060 SIP/2.0", [...head(2, "BYE", true), ...agent]),
    message("pbx", "SIP/2.0 200 OK", [...head(2, "BYE", true), "Server: Asterisk PBX 18.1.0"]),
  ];
}

function sdp(host: number, port: number): string {
  return [
    "v=0",
    `o=- 20518 0 IN IP4 ${ipText(host)}`,
    "s=-",
    `c=IN IP4 ${ipText(host)}`,
    "t=0 0",
    `m=audio ${port} RTP/AVP 8 0 101`,
    "a=rtpmap:8 PCMA/8000",
    "a=rtpmap:0 PCMU/8000",
    "a=rtpmap:101 telephone-event/8000",
    "a=fmtp:101 0-15",
    "a=ptime:20",
    "a=sendrecv",
    "",
  ].join("\r\n");
}

function message(from: Line["from"], start: string, headers: readonly string[], body = ""): Line {
  const lines = [start, ...headers, `Content-Length: ${body.length}`, "", body];
  return { from, text: lines.join("\r\n") };
}

function ip(phone: number): string {
  return ipText(0x0a010000 + phone);
}

function ipText(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}
