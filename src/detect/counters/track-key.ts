import { combine53, hashText53 } from "../../base/hash.ts";
import type { HostKey } from "../../decode/host.ts";
import { accountKeyOfText, aorKeyOfText } from "../../track/accounts/account-keys.ts";
import { blockOf } from "../../track/fraud/number-block.ts";
import { callingCodeOf } from "../../track/numbers/calling-codes.ts";
import type { MatchContext } from "../match-context.ts";

/** A table key from 0 to 2^53 - 1: a host, a port, or a hash of hosts or of a text. */
export type TrackValue = number;

/** The thing has no such key. */
export const NO_VALUE = -1;

/** What counters and bits are kept by. */
export interface TrackKey {
  /** Its place among all of them. */
  readonly index: number;
  readonly name: string;
  readonly about: string;
  /** The key is one host, so a bit set by_src is there by_dst of the same host. */
  readonly isHost: boolean;
  /** Made anew: `MatchContext.keyBy` keeps it for the next rule. */
  value(context: MatchContext): TrackValue;
  /** For people and for alert ids; the same in every run. */
  text(context: MatchContext): string;
}

function host(value: HostKey): TrackValue {
  return value < 0 ? NO_VALUE : value;
}

function some(text: string): TrackValue {
  return text === "" ? NO_VALUE : hashText53(text);
}

/** A key that the tracker made, else the same from the text. */
function keyed(key: number, text: () => string): TrackValue {
  return key === 0 ? some(text()) : key;
}

function account({ subject, server }: MatchContext): TrackValue {
  if (subject.accountKey !== 0) return subject.accountKey;
  return subject.account === "" ? NO_VALUE : accountKeyOfText(subject.account, server);
}

function aor({ subject }: MatchContext): TrackValue {
  if (subject.aorKey !== 0) return subject.aorKey;
  return subject.aor === "" ? NO_VALUE : aorKeyOfText(subject.aor);
}

function pair(a: HostKey, b: HostKey): TrackValue {
  return a < 0 || b < 0 ? NO_VALUE : combine53(a, b);
}

/** A country's numbers are sold by such blocks. */
const PREFIX_DIGITS = 6;

function prefixOf(e164: string): string {
  return e164.slice(0, PREFIX_DIGITS);
}

function toDestination(context: MatchContext, part: (e164: string) => string): TrackValue {
  const { destination } = context.subject;
  if (destination === "" || context.server < 0) return NO_VALUE;
  return combine53(hashText53(part(destination)), context.server);
}

function destinationText(context: MatchContext, part: (e164: string) => string): string {
  return `${context.names.text(context.server)} +${part(context.subject.destination)}`;
}

/** Both orders of two hosts give one key. */
function unordered(a: HostKey, b: HostKey): TrackValue {
  return a < b ? pair(a, b) : pair(b, a);
}

function bothText(context: MatchContext): string {
  const { names, srcHost, dstHost } = context;
  return [names.text(srcHost), names.text(dstHost)].sort().join(" ");
}

function flowText({ names, flows, flowSlot }: MatchContext): string {
  if (flowSlot < 0) return "";
  const client = `${names.text(flows.clientHost(flowSlot))}:${flows.clientPort(flowSlot)}`;
  return `${client} ${names.text(flows.serverHost(flowSlot))}:${flows.serverPort(flowSlot)}`;
}

const GENERATION_UNIT = 2 ** 24;

/** Key of a flow that no later flow in the same slot has. */
export function flowKey(slot: number, generation: number): number {
  return slot + (generation % 2 ** 28) * GENERATION_UNIT;
}

const KEYS: readonly Omit<TrackKey, "index">[] = [
  {
    name: "by_src",
    isHost: true,
    about: "source address; of a fact: the offender",
    value: (context) => host(context.srcHost),
    text: ({ names, srcHost }) => names.text(srcHost),
  },
  {
    name: "by_dst",
    isHost: true,
    about: "destination address; of a fact: the victim",
    value: (context) => host(context.dstHost),
    text: ({ names, dstHost }) => names.text(dstHost),
  },
  {
    name: "by_both",
    isHost: false,
    about: "the pair of addresses, in either order",
    value: ({ srcHost, dstHost }) => unordered(srcHost, dstHost),
    text: bothText,
  },
  { name: "by_rule", isHost: false, about: "the rule as a whole", value: () => 0, text: () => "" },
  {
    name: "by_flow",
    isHost: false,
    about: "the flow; its counter dies with it",
    value: ({ flows, flowSlot }) =>
      flowSlot < 0 ? NO_VALUE : flowKey(flowSlot, flows.generation(flowSlot)),
    text: flowText,
  },
  {
    name: "by_client",
    isHost: true,
    about: "the end that asked, whichever way this packet flows",
    value: (context) => host(context.client),
    text: (context) => context.names.text(context.client),
  },
  {
    name: "by_server",
    isHost: true,
    about: "the end that was asked, whichever way this packet flows",
    value: (context) => host(context.server),
    text: (context) => context.names.text(context.server),
  },
  {
    name: "by_client_server",
    isHost: false,
    about: "client and server together",
    value: (context) => pair(context.client, context.server),
    text: (context) =>
      `${context.names.text(context.client)} > ${context.names.text(context.server)}`,
  },
  {
    name: "by_account",
    isHost: false,
    about: "the digest's user, else From's, at the server that was asked",
    value: account,
    text: (context) => context.subject.account,
  },
  {
    name: "by_endpoint",
    isHost: false,
    about: "source address and port; of a fact: the offender's. Phones behind a NAT differ in it",
    value: ({ srcHost, srcPort }) => pair(srcHost, srcPort),
    text: ({ names, srcHost, srcPort }) => `${names.text(srcHost)}:${srcPort}`,
  },
  {
    name: "by_client_account",
    isHost: false,
    about: "client and account together",
    value: (context) => {
      const key = account(context);
      return context.client < 0 || key < 0 ? NO_VALUE : combine53(context.client, key);
    },
    text: (context) => `${context.names.text(context.client)} ${context.subject.account}`,
  },
  {
    name: "by_aor",
    isHost: false,
    about: "address of record: the To of a REGISTER",
    value: aor,
    text: (context) => context.subject.aor,
  },
  {
    name: "by_call",
    isHost: false,
    about: "Call-ID",
    value: ({ subject }) => keyed(subject.callKey, () => subject.callId),
    text: (context) => context.subject.callId,
  },
  {
    name: "by_server_country",
    isHost: false,
    about:
      "the server and the calling code of the country that a call goes to; of call.far and the like",
    value: (context) => toDestination(context, callingCodeOf),
    text: (context) => destinationText(context, callingCodeOf),
  },
  {
    name: "by_server_prefix",
    isHost: false,
    about:
      "the server and the first six digits of the international number; of call.far and the like",
    value: (context) => toDestination(context, prefixOf),
    text: (context) => destinationText(context, prefixOf),
  },
  {
    name: "by_block",
    isHost: false,
    about: "all but the last four of the last nine digits of the number that was dialled",
    value: ({ subject }) => some(blockOf(subject.uriUser)),
    text: ({ subject }) => blockOf(subject.uriUser),
  },
  {
    name: "by_callee",
    isHost: false,
    about: "the user that a call is for (To), at the server that was asked",
    value: ({ server, subject }) => {
      const key = keyed(subject.toUserKey, () => subject.toUser);
      return server < 0 || key < 0 ? NO_VALUE : combine53(key, server);
    },
    text: ({ names, server, subject }) => `${subject.toUser}@${names.text(server)}`,
  },
  {
    name: "by_stream",
    isHost: false,
    about: "media stream: source, destination and SSRC",
    value: (context) => some(context.stream),
    text: (context) => context.stream,
  },
];

/** Further keys of `xbits`; `tx` is one packet's message. */
const BIT_KEYS: readonly (readonly [string, string])[] = [
  ["ip_src", "by_src"],
  ["ip_dst", "by_dst"],
  ["ip_pair", "by_both"],
];

export const TRACK_KEYS: ReadonlyMap<string, TrackKey> = new Map(
  KEYS.map((key, index) => [key.name, { ...key, index }]),
);

const TX_KEY: TrackKey = {
  index: KEYS.length,
  name: "tx",
  isHost: false,
  about: "the message",
  value: (context) => some(`${context.packetNumber}`),
  text: (context) => `${context.packetNumber}`,
};

/** How many there are. */
export const TRACK_KEY_COUNT = KEYS.length + 1;

export const BIT_TRACK_KEYS: ReadonlyMap<string, TrackKey> = new Map([
  ...TRACK_KEYS,
  ...BIT_KEYS.map(([name, same]) => [name, TRACK_KEYS.get(same) ?? TX_KEY] as const),
  ["tx", TX_KEY],
]);

/** A field whose distinct values `unique_on` counts. */
export interface UniqueField {
  readonly name: string;
  /** A port has 65,536 values, and Suricata counts them exactly. */
  readonly isPort: boolean;
  value(context: MatchContext): TrackValue;
}

function field(name: string, value: (context: MatchContext) => TrackValue): UniqueField {
  return { name, isPort: name.endsWith("_port"), value };
}

export const UNIQUE_FIELDS: ReadonlyMap<string, UniqueField> = new Map(
  [
    field("src_ip", (context) => host(context.srcHost)),
    field("dst_ip", (context) => host(context.dstHost)),
    field("src_port", (context) => context.srcPort),
    field("dst_port", (context) => context.dstPort),
    field("client", (context) => host(context.client)),
    field("server", (context) => host(context.server)),
    field("account", account),
    field("aor", aor),
    field("call_id", ({ subject }) => keyed(subject.callKey, () => subject.callId)),
    field("to_user", ({ subject }) => keyed(subject.toUserKey, () => subject.toUser)),
    field("from_user", ({ subject }) => keyed(subject.fromUserKey, () => subject.fromUser)),
    field("uri_user", ({ subject }) => keyed(subject.uriUserKey, () => subject.uriUser)),
    field("asked_user", ({ subject }) => {
      // Servers look for the user of the Request-URI (RFC 3261 16.5); a REGISTER names it in To (10.2).
      if (subject.uriUserKey !== 0) return subject.uriUserKey;
      return keyed(subject.toUserKey, () => subject.toUser);
    }),
    field("auth_user", (context) => some(context.subject.authUser)),
    field("user_agent", (context) => some(context.subject.userAgent)),
    field("contact", (context) => some(context.subject.contact)),
    field("digest_response", ({ subject }) =>
      keyed(subject.digestKey, () => subject.digestResponse),
    ),
    field("stream", (context) => some(context.stream)),
    field("method", (context) => some(context.subject.method)),
    field("event", (context) => context.event?.kind ?? NO_VALUE),
  ].map((unique) => [unique.name, unique]),
);
