import type { Span } from "../../base/ascii.ts";
import { hash53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import { isIpv6Host } from "../../decode/host.ts";
import { NO_TTL, type PacketView } from "../../decode/packet.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import { sessionBodyOf } from "../../decode/sip/session-body.ts";
import { isSipOverTls } from "../../decode/sips.ts";
import type { TcpSegment } from "../../decode/tcp/segment.ts";
import { readTlsHello, type TlsHello } from "../../decode/tls-hello.ts";
import type { Contradiction, DetectionEvent, EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { HostTable } from "../hosts/hosts.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import { DailyNotes } from "./daily-notes.ts";
import { legacyProtocol } from "./legacy-ports.ts";
import { LinkNotes } from "./link-notes.ts";
import type { AddressTest, PolicySettings } from "./policy-settings.ts";
import { Protection, type SessionSecurity, sessionSecurityOf } from "./session-security.ts";
import { UserLeaks } from "./user-leaks.ts";
import { weaknessOf } from "./weak-tls.ts";

const OFFERS_MAX = 16_384;
/** Beyond that nobody describes a session. */
const SDP_BYTES_MAX = 65_536;
const UNSUPPORTED = new Set([415, 488, 606]);

/** Holds each SIP message against what the site has declared. Without a policy nobody makes one. */
export class PolicyTracker {
  readonly #policy: PolicySettings;
  readonly #events: EventList;
  readonly #hosts: HostTable;
  readonly #notes = new DailyNotes();
  readonly #links: LinkNotes;
  readonly #leaks = new UserLeaks();
  /** What the last offer of a call protects, by Call-ID. */
  readonly #offers = new KeyMap<Protection>(OFFERS_MAX);
  readonly #body: Span = { start: 0, end: 0 };

  constructor(policy: PolicySettings, events: EventList, hosts: HostTable) {
    this.#policy = policy;
    this.#hosts = hosts;
    this.#events = events;
    this.#links = new LinkNotes(events, this.#notes);
  }

  /** `wasAskedOpenly`: an answer of who was asked, to a request without credentials. */
  message(
    packet: PacketView,
    message: SipMessageView,
    keys: MessageKeys,
    wasAskedOpenly: boolean,
  ): void {
    if (!isOfRequest(message)) return;
    const { notes, secure } = this.#policy;
    const isClear = !isFromAgent(packet) && !packet.isDecrypted;
    if (isClear && isEither(secure, packet)) this.#say(EventKind.POLICY_CLEAR_SIP, packet, message);
    if (message.isRequest) this.#request(packet, message);
    else {
      this.#response(packet, message, keys);
      if (notes && wasAskedOpenly) this.#userTold(packet, message, keys);
    }
    const isSession = message.isRequest || message.statusCode < 300;
    if (!isSession || !this.#wantsSessions) return;
    if (!sessionBodyOf(message, this.#body)) return;
    const { start, end } = this.#body;
    const text = message.bytes.toString("latin1", start, Math.min(end, start + SDP_BYTES_MAX));
    const session = sessionSecurityOf(text);
    if (!session.hasAudio) return;
    if (notes && isClear && session.hasKeys) {
      this.#say(EventKind.POLICY_KEYS_IN_CLEAR, packet, message, { isHabit: true });
    }
    if (notes && isClear && session.hasFingerprint) {
      this.#say(EventKind.POLICY_FINGERPRINT_IN_CLEAR, packet, message, { isHabit: true });
    }
    if (message.isRequest) this.#offers.set(keys.callKey, session.protection);
    else if (message.statusCode >= 200) this.#answer(packet, message, session, keys.callKey);
  }

  /** UDP that is no SIP and no media, or only looks like it. */
  stray(packet: PacketView): void {
    if (!this.#policy.notes) return;
    const protocol = legacyProtocol(packet);
    if (protocol !== "") this.#links.legacy(packet, protocol);
    else this.#links.provisioning(packet, packet.payloadStart, packet.payloadEnd);
  }

  /** TCP that is no SIP. */
  segment(packet: PacketView, segment: TcpSegment): void {
    if (!this.#policy.notes) return;
    if (isSipOverTls(packet, segment)) this.tlsRecord(packet, segment.start, segment.end);
    this.#links.segment(packet, segment);
  }

  /** A record of TLS on a port of SIP, or of DTLS: hellos are in clear. */
  tlsRecord(packet: PacketView, start: number, end: number): void {
    if (!this.#policy.notes) return;
    const hello = readTlsHello(packet.bytes, start, end);
    if (hello === null) return;
    const { dstHost, srcHost, timeUs } = packet;
    if (hello.isClient) {
      if (!this.#notes.isNew(EventKind.POLICY_TLS_CLIENT, dstHost, 0, timeUs, hello.ja4)) return;
      const event = this.#events.raise(EventKind.POLICY_TLS_CLIENT, timeUs, 0);
      event?.aimAtPacket(packet);
      if (event) event.evidence = clientEvidence(hello);
      return;
    }
    const seen = weaknessOf(hello);
    if (seen === "" || !this.#notes.isNew(EventKind.POLICY_WEAK_TLS, srcHost, 0, timeUs, seen))
      return;
    const event = this.#events.raise(EventKind.POLICY_WEAK_TLS, timeUs, 0);
    event?.aimAtPacket(packet);
    if (event) event.evidence = [{ what: "TLS", expected: "1.2 or newer, a strong cipher", seen }];
  }

  get #wantsSessions(): boolean {
    const { codecs, notes, secure } = this.#policy;
    return notes || codecs.size > 0 || secure !== null;
  }

  #request(packet: PacketView, message: SipMessageView): void {
    const { signed } = this.#policy;
    const { bytes, srcAddressStart, srcHost } = packet;
    const isNewCall = message.method === SipMethod.INVITE && !hasToTag(message);
    if (signed === null || !isNewCall || message.has(HeaderId.IDENTITY)) return;
    if (!signed(srcHost, bytes, srcAddressStart)) return;
    this.#say(EventKind.POLICY_UNSIGNED_CALL, packet, message);
  }

  #response(packet: PacketView, message: SipMessageView, keys: MessageKeys): void {
    const { notes } = this.#policy;
    const { cseqMethod, statusCode: status } = message;
    const isCall = cseqMethod === SipMethod.INVITE;
    const isServed = status > 100 && status < 300;
    if (isServed && (isCall || cseqMethod === SipMethod.REGISTER))
      this.#served(packet, message, keys);
    if (!notes) return;
    if (status === 401 || status === 407) this.#challenge(packet, message);
    const offer = isCall && UNSUPPORTED.has(status) ? this.#offers.get(keys.callKey) : undefined;
    if (offer === undefined || offer === Protection.NONE) return;
    this.#say(EventKind.POLICY_SRTP_REFUSED, packet, message, { value: status, isHabit: true });
  }

  /** What a stranger learns of a user from the answer to REGISTER. */
  #userTold(packet: PacketView, message: SipMessageView, { to }: MessageKeys): void {
    if (message.cseqMethod !== SipMethod.REGISTER) return;
    const domain = message.text(to.host).toLowerCase();
    if (!this.#leaks.note(packet, message.statusCode, domain)) return;
    this.#say(EventKind.POLICY_USERS_LEAK, packet, message, { isServers: true });
  }

  /** Who was served, and in whose name. */
  #served(packet: PacketView, message: SipMessageView, { to }: MessageKeys): void {
    const { domains, trunkPorts, trunks } = this.#policy;
    const { bytes, dstAddressStart, dstHost, srcPort } = packet;
    const value = message.statusCode;
    if (trunkPorts.has(srcPort) && trunks?.(dstHost, bytes, dstAddressStart) === false) {
      this.#say(EventKind.POLICY_UNKNOWN_PEER, packet, message, { value });
    }
    if (domains.size === 0) return;
    const host = message.text(to.host).toLowerCase();
    // An address is the server's own, or a phone's.
    if (host === "" || /^[\d.]+$|^\[/.test(host) || domains.has(host)) return;
    const evidence = [
      { what: "domain", expected: "one of policy.domains", seen: host.slice(0, 100) },
    ];
    this.#say(EventKind.POLICY_FOREIGN_DOMAIN, packet, message, { value, evidence });
  }

  #challenge(packet: PacketView, message: SipMessageView): void {
    const isProxy = message.statusCode === 407;
    const text = message.headerText(
      isProxy ? HeaderId.PROXY_AUTHENTICATE : HeaderId.WWW_AUTHENTICATE,
    );
    if (text === "") return;
    const algorithm = /algorithm\s*=\s*"?([\w-]{1,20})/i.exec(text)?.[1] ?? "MD5";
    const lacks = /^MD5/i.test(algorithm) ? algorithm : "";
    const seen = [lacks, /\bqop\s*=/i.test(text) ? "" : "no qop"].filter((part) => part !== "");
    if (seen.length === 0) return;
    const evidence = [{ what: "challenge", expected: "SHA-256 and qop", seen: seen.join(", ") }];
    this.#say(EventKind.POLICY_WEAK_DIGEST, packet, message, { evidence, isServers: true });
  }

  #answer(
    packet: PacketView,
    message: SipMessageView,
    session: SessionSecurity,
    callKey: number,
  ): void {
    const { codecs, notes, secure } = this.#policy;
    const offer = this.#offers.get(callKey) ?? Protection.NONE;
    const isPlain = session.protection === Protection.NONE;
    if (isPlain && isEither(secure, packet)) this.#say(EventKind.POLICY_CLEAR_RTP, packet, message);
    if (notes && isPlain && offer !== Protection.NONE) {
      this.#say(EventKind.POLICY_SRTP_DOWNGRADED, packet, message, { value: offer, isHabit: true });
    }
    if (codecs.size === 0) return;
    const odd = session.codecs.filter((name) => !codecs.has(name));
    if (odd.length === 0) return;
    const seen = odd.slice(0, 8).join(", ");
    const evidence = [{ what: "codec", expected: "one of policy.codecs", seen }];
    this.#say(EventKind.POLICY_CODEC, packet, message, { evidence });
  }

  /** Once a day for these two, for the server whatever its clients are, or for who shares a habit. */
  #say(kind: number, packet: PacketView, message: SipMessageView, more: Said = {}): void {
    const { dstHost, srcHost, timeUs } = packet;
    const { evidence = [], isHabit = false, isServers = false, value = 0 } = more;
    let [one, other] = srcHost < dstHost ? [srcHost, dstHost] : [dstHost, srcHost];
    if (isServers) [one, other] = [srcHost, 0];
    else if (isHabit) [one, other] = [this.#habitOf(packet), value];
    if (!this.#notes.isNew(kind, one, other, timeUs, evidence[0]?.seen)) return;
    const event: DetectionEvent | null = this.#events.raise(kind, timeUs, value);
    if (event === null) return;
    event.aimAtPacket(packet);
    event.showIn(packet, message);
    event.evidence = evidence;
  }

  /** How phones are set up is a habit of their server, or of the network where they call each other directly. */
  #habitOf(packet: PacketView): number {
    const { dstHost, srcHost } = packet;
    if (this.#hosts.get(srcHost)?.isRegistrar === true) return srcHost;
    return this.#hosts.get(dstHost)?.isRegistrar === true ? dstHost : networkOf(packet);
  }
}

/** The network of the sender: 24 bits of IPv4 with what its private address belongs to, 64 of IPv6. */
function networkOf({ bytes, srcAddressStart, srcHost }: PacketView): number {
  if (!isIpv6Host(srcHost)) return Math.floor(srcHost / 256);
  return hash53(bytes, srcAddressStart, srcAddressStart + 8);
}

function clientEvidence({ hasEch, ja4, serverName }: TlsHello): Contradiction[] {
  const name = serverName === "" ? "none" : serverName;
  const seen = hasEch ? `${name} (outside; the real one is encrypted)` : name;
  return [
    {
      what: "JA4 of the client",
      expected: "",
      seen: ja4 === "" ? "hello in several packets" : ja4,
    },
    { what: "name of the server", expected: "", seen },
  ];
}

interface Said {
  readonly value?: number;
  readonly evidence?: readonly Contradiction[];
  /** The thing is the server's, whoever asked. */
  readonly isServers?: boolean;
  /** Phones of one server do it alike. */
  readonly isHabit?: boolean;
}

/** What a capture agent hands over was perhaps encrypted on its way: it has neither MAC nor TTL. */
function isFromAgent({ srcMacStart, ttl }: PacketView): boolean {
  return srcMacStart < 0 && ttl === NO_TTL;
}

/** It has what each request and its answers have (RFC 3261 8.1.1, 8.2.6.2): web servers can be made to answer with "SIP/2.0 200 ok". */
function isOfRequest(message: SipMessageView): boolean {
  return message.has(HeaderId.VIA) && message.has(HeaderId.CALL_ID);
}

function isEither(test: AddressTest | null, packet: PacketView): boolean {
  if (test === null) return false;
  const { bytes, dstAddressStart, dstHost, srcAddressStart, srcHost } = packet;
  return test(srcHost, bytes, srcAddressStart) || test(dstHost, bytes, dstAddressStart);
}

function hasToTag(message: SipMessageView): boolean {
  return /;\s*tag\s*=/i.test(message.headerText(HeaderId.TO));
}
