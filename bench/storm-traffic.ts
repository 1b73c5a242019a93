import { spoofedRequest } from "./against/intruders.ts";
import { ipText, type Packet, type Packets, type Station } from "./capture-file.ts";
import {
  answer,
  audio,
  challengeHeader,
  credentialsHeader,
  eightHex,
  type RequestParts,
  request,
  SDP_TYPE,
} from "./sip-text.ts";

/** Traffic that wants to push what is true out of the tables. */

const PBX: Station = { ip: 0x0a000001, port: 5060 };
const UDP_PAYLOAD_MAX = 65_507;
const RTP_BYTES = 172;
/** A stream that nobody announced is believed after eight packets. */
const FLOW_PACKETS = 10;
const OFFER_STREAMS = 30;
const CALLER_NETWORK = 0xcb007100;

export interface Storm {
  readonly name: string;
  readonly about: string;
  /** Requests, calls or flows. */
  readonly count: number;
  readonly perSecond: number;
  /** Its point is that it lasts: a smaller one is shorter, not thinner. */
  readonly isSlow: boolean;
  /** Fewest alerts that name a flood of SIP requests. */
  readonly floodAlertsMin: number;
  readonly packets: (count: number, perSecond: number, startUs: number) => Packets;
}

/** As many alerts of floods as one deed may raise: the flood, and that it goes on. */
export const FLOOD_ALERTS_MAX = 2;

export const STORMS: readonly Storm[] = [
  {
    name: "none",
    about: "no storm: the attacks are found at all",
    ...{ count: 1, perSecond: 1, isSlow: true, floodAlertsMin: 0 },
    packets: () => [],
  },
  {
    name: "invites",
    about: "spoofed INVITEs, each challenged, nobody takes it up",
    ...{ count: 70_000, perSecond: 5_000, isSlow: false, floodAlertsMin: 1 },
    packets: challengedInvites,
  },
  {
    name: "invites-slow",
    about: "the same below the rate of a flood",
    ...{ count: 70_000, perSecond: 25, isSlow: true, floodAlertsMin: 0 },
    packets: challengedInvites,
  },
  {
    name: "answered",
    about: "answered calls that nobody ends",
    ...{ count: 70_000, perSecond: 1_000, isSlow: false, floodAlertsMin: 0 },
    packets: answeredCalls,
  },
  {
    name: "offers",
    about: `spoofed INVITEs that offer ${OFFER_STREAMS} streams each`,
    ...{ count: 5_400, perSecond: 9, isSlow: true, floodAlertsMin: 0 },
    packets: largeOffers,
  },
  {
    name: "registers",
    about: "spoofed REGISTERs, each challenged, nobody takes it up",
    ...{ count: 300_000, perSecond: 10_000, isSlow: false, floodAlertsMin: 1 },
    packets: challengedRegisters,
  },
  {
    name: "large-registers",
    about: "REGISTERs with 1.4 kB and rejected credentials",
    ...{ count: 350_000, perSecond: 5_000, isSlow: false, floodAlertsMin: 0 },
    packets: (count, perSecond, startUs) => rejected({ count, perSecond, startUs, bytes: 1_400 }),
  },
  {
    name: "guesses",
    about: "rejected credentials for three quarters of an hour, other host and account each time",
    ...{ count: 1_350_000, perSecond: 500, isSlow: true, floodAlertsMin: 0 },
    packets: (count, perSecond, startUs) => rejected({ count, perSecond, startUs, bytes: 500 }),
  },
  {
    name: "flows",
    about: `RTP flows that nobody announced, ${FLOW_PACKETS} packets each`,
    ...{ count: 300_000, perSecond: 20_000, isSlow: false, floodAlertsMin: 0 },
    packets: rtpFlows,
  },
  {
    name: "largest",
    about: "REGISTERs as long as UDP takes, other texts in each",
    ...{ count: 15_000, perSecond: 500, isSlow: false, floodAlertsMin: 0 },
    packets: largestMessages,
  },
  {
    name: "million",
    about: "REGISTERs, each from another source, never answered",
    ...{ count: 1_000_000, perSecond: 100_000, isSlow: false, floodAlertsMin: 1 },
    packets: silentRegisters,
  },
];

/** A part of a storm: thinner, or shorter where lasting is the point. */
export function partOf(storm: Storm, share: number): { count: number; perSecond: number } {
  const { count, perSecond, isSlow } = storm;
  return {
    count: Math.max(1, Math.round(count * share)),
    perSecond: isSlow ? perSecond : perSecond * share,
  };
}

function* challengedInvites(count: number, perSecond: number, startUs: number): Generator<Packet> {
  for (let i = 0; i < count; i++) {
    const timeUs = startUs + (i * 1e6) / perSecond;
    const invite = spoofedRequest("INVITE", i);
    const offer = audio({ ip: invite.client.ip, port: 16_384 + 2 * (i % 8_000) });
    yield upward(timeUs, invite, request(invite, [SDP_TYPE], offer));
    yield challenged(timeUs + 50, invite);
  }
}

function* challengedRegisters(
  count: number,
  perSecond: number,
  startUs: number,
): Generator<Packet> {
  for (let i = 0; i < count; i++) {
    const timeUs = startUs + (i * 1e6) / perSecond;
    const register = anotherUser(spoofedRequest("REGISTER", i), i);
    yield upward(timeUs, register, request(register));
    yield challenged(timeUs + 50, register);
  }
}

function* silentRegisters(count: number, perSecond: number, startUs: number): Generator<Packet> {
  for (let i = 0; i < count; i++) {
    const register = anotherUser(spoofedRequest("REGISTER", i), i);
    yield upward(startUs + (i * 1e6) / perSecond, register, request(register));
  }
}

/** Callers that receive at their addresses: they acknowledge. Two hundred of them, never one call's end. */
function* answeredCalls(count: number, perSecond: number, startUs: number): Generator<Packet> {
  for (let i = 0; i < count; i++) {
    const timeUs = startUs + (i * 1e6) / perSecond;
    const id = eightHex(i);
    const client: Station = { ip: CALLER_NETWORK + 1 + (i % 200), port: 5060, ttl: 55, mac: 0xa1 };
    const invite: RequestParts = {
      ...{ method: "INVITE", client, from: `${50_000 + (i % 200)}`, to: `${1000 + (i % 5_000)}` },
      ...{ id, callId: `${id}9-ca11edca11edca11`, cseq: 1 },
    };
    const toTag = `as${id}`;
    const offer = audio({ ip: client.ip, port: 1024 + 2 * (Math.floor(i / 200) % 30_000) });
    const relay = audio({
      ip: 0x0a000100 + Math.floor(i / 20_000),
      port: 10_000 + 2 * (i % 20_000),
    });
    yield upward(timeUs, invite, request(invite, [SDP_TYPE], offer));
    const accepted = answer(invite, "200 OK", { toTag, more: [SDP_TYPE], body: relay });
    yield { timeUs: timeUs + 50, from: PBX, to: client, payload: accepted };
    const ack = { ...invite, method: "ACK", id: `${id}a`, toTag };
    yield upward(timeUs + 100, ack, request(ack));
  }
}

function* largeOffers(count: number, perSecond: number, startUs: number): Generator<Packet> {
  for (let i = 0; i < count; i++) {
    const timeUs = startUs + (i * 1e6) / perSecond;
    const invite = spoofedRequest("INVITE", i);
    const host = ipText(invite.client.ip);
    const lines = ["v=0", `o=- 1 1 IN IP4 ${host}`, "s=-", `c=IN IP4 ${host}`, "t=0 0"];
    for (let stream = 0; stream < OFFER_STREAMS; stream++) {
      lines.push(`m=audio ${20_000 + 2 * stream} RTP/AVP 8 0 101`, "a=rtpmap:8 PCMA/8000");
    }
    yield upward(timeUs, invite, request(invite, [SDP_TYPE], `${lines.join("\r\n")}\r\n`));
    const trying = answer(invite, "100 Trying");
    yield { timeUs: timeUs + 50, from: PBX, to: invite.client, payload: trying };
  }
}

interface Rejected {
  readonly count: number;
  readonly perSecond: number;
  readonly startUs: number;
  /** Length of a request, about. */
  readonly bytes: number;
}

/** Credentials that are not accepted, from another host and of another account each time. */
function* rejected({ count, perSecond, startUs, bytes }: Rejected): Generator<Packet> {
  for (let i = 0; i < count; i++) {
    const timeUs = startUs + (i * 1e6) / perSecond;
    const id = eightHex(i);
    const { client } = spoofedRequest("REGISTER", i);
    const room = Math.max(0, bytes - 620) >>> 2;
    const user = `u${id}${"x".repeat(room)}`;
    const register: RequestParts = {
      ...{ method: "REGISTER", client, from: user, to: user, id, callId: `${id}6-9e55ed`, cseq: 2 },
    };
    const digest = credentialsHeader(user, `4c${id}dd04`, `900150983cd24fb0d6963f7d${id}`);
    yield upward(timeUs, register, request(register, [digest]));
    yield challenged(timeUs + 50, register);
  }
}

function* rtpFlows(count: number, perSecond: number, startUs: number): Generator<Packet> {
  const payload = Buffer.alloc(RTP_BYTES, 0x55);
  payload[0] = 0x80;
  payload[1] = 8;
  // Flows begin in groups; a group's packets come 20 ms apart.
  const group = Math.max(1, Math.round(perSecond / 50) * FLOW_PACKETS);
  const stepUs = 1e6 / perSecond / FLOW_PACKETS;
  let timeUs = startUs;
  for (let first = 0; first < count; first += group) {
    const last = Math.min(count, first + group);
    for (let round = 0; round < FLOW_PACKETS; round++) {
      payload.writeUInt16BE(700 + round, 2);
      payload.writeUInt32BE(160 * round, 4);
      for (let i = first; i < last; i++) {
        payload.writeUInt32BE(0x40000000 + i, 8);
        const { client } = spoofedRequest("INVITE", i);
        const to = { ip: 0x0a000300 + (i % 64), port: 10_000 + 2 * (Math.floor(i / 64) % 20_000) };
        yield { timeUs, from: client, to, payload };
        timeUs += stepUs;
      }
    }
  }
}

/** Each text that something might keep is long and new. */
function* largestMessages(count: number, perSecond: number, startUs: number): Generator<Packet> {
  for (let i = 0; i < count; i++) {
    const long = (name: string) => `${name}${eightHex(i)}`.padEnd(7_000, "y");
    const { client } = spoofedRequest("REGISTER", i);
    const at = `${ipText(client.ip)}:${client.port}`;
    const head = [
      "REGISTER sip:pbx.example.org SIP/2.0",
      `Via: SIP/2.0/UDP ${at};branch=z9hG4bK${long("b")}`,
      `From: <sip:${long("f")}@pbx.example.org>;tag=${long("t")}`,
      `To: <sip:${long("f")}@pbx.example.org>`,
      `Call-ID: ${long("c")}`,
      "CSeq: 2 REGISTER",
      `Contact: <sip:${long("k")}@${at}>`,
      `User-Agent: ${long("a")}`,
      credentialsHeader(long("d"), long("n"), eightHex(i).repeat(4)),
      "Content-Length: 0",
      "X-Rest: ",
    ].join("\r\n");
    const payload = `${head.padEnd(UDP_PAYLOAD_MAX - 4, "z")}\r\n\r\n`;
    yield { timeUs: startUs + (i * 1e6) / perSecond, from: client, to: PBX, payload };
  }
}

/** Of three hundred thousand accounts, where others ask for a thousand. */
function anotherUser(parts: RequestParts, i: number): RequestParts {
  const user = `${200_000 + (i % 300_000)}`;
  return { ...parts, from: user, to: user };
}

function upward(timeUs: number, parts: RequestParts, payload: string): Packet {
  return { timeUs, from: parts.client, to: PBX, payload };
}

function challenged(timeUs: number, parts: RequestParts): Packet {
  const { id, client } = parts;
  const payload = answer(parts, "401 Unauthorized", {
    toTag: `n${id}`,
    more: [challengeHeader(`3e${id}ee05`)],
  });
  return { timeUs, from: PBX, to: client, payload };
}
