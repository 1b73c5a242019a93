import { combine53, hash53, hashText53 } from "../../base/hash.ts";
import { KeyMap } from "../../base/key-map.ts";
import type { HostKey } from "../../decode/host.ts";
import type { PacketView } from "../../decode/packet.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { SipMethod } from "../../decode/sip/methods.ts";
import { IDENTITY_BYTES_MAX, type Passport, readPassport } from "../../decode/sip/passport.ts";
import type { Contradiction, EventList } from "../facts/event.ts";
import { EventKind } from "../facts/event-kind.ts";
import type { MessageKeys } from "../transactions/message-keys.ts";
import type { RequestInspector } from "../transactions/request-inspector.ts";
import type { Transaction } from "../transactions/transaction.ts";
import { numberContradictions } from "./claimed-numbers.ts";
import { type PassportKeys, Verdict } from "./passport-keys.ts";
import { digitsOf } from "./telephone-numbers.ts";

const SECOND_US = 1_000_000;
/** RFC 8224 6.2.1: a verifier takes 60 s. */
const FRESH_S = 60;
/** A PASSporT for another call after this time is no retry and no leg of the same call. */
const REUSE_US = 60 * SECOND_US;
/** The next hop of a call follows at once. */
const PATH_US = 10 * SECOND_US;
/** Captures without real times begin in 1970. */
const REAL_TIME_US = Date.UTC(2017, 0) * 1000;
/** Of one message; carriers have a shaken and, of a forwarded call, a div or two. */
const IDENTITIES_MAX = 8;
/** Signatures checked in a second of packet time: a tenth of a core. */
const VERIFIED_PER_SECOND = 500;
const KEPT_MAX = 16_384;

/** A PASSporT that was seen: whose call it was, and who got it. */
interface Use {
  callKey: number;
  firstUs: number;
  calls: number;
  receiver: HostKey;
  receiverBefore: HostKey;
}

/** What was attested of a call at a hop, and who got that. */
interface Attested {
  level: number;
  receiver: HostKey;
  timeUs: number;
}

/**
 * Identity headers (RFC 8224, RFC 8588) of new calls: what they claim against what the message says, their age by packet time, use
 * for other calls, attestation that sinks on the way, and, where the operator has the signer's certificate, the signature.
 */
export class IdentityTracker implements RequestInspector {
  readonly #events: EventList;
  readonly #keys: PassportKeys | null;
  #uses: KeyMap<Use> | null = null;
  #attested: KeyMap<Attested> | null = null;
  #secondUs = 0;
  #verified = 0;

  constructor(events: EventList, keys: PassportKeys | null) {
    this.#events = events;
    this.#keys = keys;
  }

  request(
    packet: PacketView,
    message: SipMessageView,
    transaction: Transaction,
    keys: MessageKeys,
  ): void {
    const isCall = message.method === SipMethod.INVITE || message.method === SipMethod.MESSAGE;
    if (!message.has(HeaderId.IDENTITY) || !isCall || transaction.isInDialog) return;
    const found = { packet, message, transaction };
    const passports: Passport[] = [];
    let at = message.indexOf(HeaderId.IDENTITY);
    for (let left = IDENTITIES_MAX; at >= 0 && left > 0; left--) {
      const start = message.valueSpans[2 * at] as number;
      const end = message.valueSpans[2 * at + 1] as number;
      const isShort = end - start <= IDENTITY_BYTES_MAX;
      const read = isShort
        ? readPassport(message.bytes.toString("latin1", start, end))
        : { fault: "longer than 8 KiB" };
      if (!("fault" in read)) passports.push(read);
      else if (transaction.isFirstHop) this.#malformed(found, read.fault);
      at = message.indexOf(HeaderId.IDENTITY, at + 1);
    }
    for (const passport of passports) {
      if (transaction.isFirstHop) this.#judge(found, passport, keys.callKey);
      this.#path(found, passport);
    }
    if (!transaction.isFirstHop || passports.length === 0) return;
    const { evidence, value } = numberContradictions(message, keys, passports);
    if (value > 0) this.#raise(EventKind.SIP_IDENTITY_NUMBER, found, value, evidence);
  }

  #judge(found: Found, passport: Passport, callKey: number): void {
    const nowUs = found.packet.timeUs;
    const ageS = Math.round(nowUs / SECOND_US - passport.issuedS);
    if (nowUs > REAL_TIME_US && Math.abs(ageS) > FRESH_S) {
      const seen = ageS > 0 ? `${ageS} s ago` : `in ${-ageS} s`;
      const evidence = [{ what: "iat", expected: `within ${FRESH_S} s`, seen }];
      this.#raise(EventKind.SIP_IDENTITY_STALE, found, Math.abs(ageS), evidence);
    }
    this.#use(found, passport, callKey);
    if (!passport.isCompact && this.#keys !== null) this.#verify(found, passport, this.#keys);
  }

  /** The same signature for another call, later, by somebody who did not get it from the one before. */
  #use({ packet, message, transaction }: Found, passport: Passport, callKey: number): void {
    this.#uses ??= new KeyMap(KEPT_MAX);
    const { signature } = passport;
    const key = hash53(signature, 0, signature.length);
    const use = this.#uses.get(key);
    const { dstHost, srcHost, timeUs } = packet;
    if (use === undefined) {
      const receivers = { receiver: dstHost, receiverBefore: dstHost };
      this.#uses.set(key, { callKey, firstUs: timeUs, calls: 1, ...receivers });
      return;
    }
    if (use.callKey === callKey) return;
    const isPassedOn = srcHost === use.receiver || srcHost === use.receiverBefore;
    use.receiverBefore = use.receiver;
    use.receiver = dstHost;
    if (isPassedOn || timeUs - use.firstUs < REUSE_US) return;
    use.callKey = callKey;
    use.calls++;
    const seen = `${use.calls} calls within ${Math.round((timeUs - use.firstUs) / SECOND_US)} s`;
    const evidence = [{ what: "calls with the same PASSporT", expected: "1", seen }];
    this.#raise(
      EventKind.SIP_IDENTITY_REPLAYED,
      { packet, message, transaction },
      use.calls,
      evidence,
    );
  }

  /** Whoever passes a call on may not attest less than it was told (ATIS-1000074). */
  #path(found: Found, { attestation, destinations, origin }: Passport): void {
    const level = "ABC".indexOf(attestation);
    if (attestation === "" || level < 0) return;
    this.#attested ??= new KeyMap(KEPT_MAX);
    const number = digitsOf(destinations[0] ?? "");
    const key = combine53(hashText53(digitsOf(origin)), hashText53(number));
    const { dstHost, srcHost, timeUs } = found.packet;
    const before = this.#attested.get(key);
    const isNextHop =
      before !== undefined && srcHost === before.receiver && timeUs - before.timeUs < PATH_US;
    if (isNextHop && level > before.level) {
      const expected = "ABC"[before.level] as string;
      const evidence = [{ what: "attestation of the same call", expected, seen: attestation }];
      this.#raise(EventKind.SIP_IDENTITY_LOWERED, found, level - before.level, evidence);
    }
    if (before === undefined) this.#attested.set(key, { level, receiver: dstHost, timeUs });
    else {
      before.level = level;
      before.receiver = dstHost;
      before.timeUs = timeUs;
    }
  }

  #verify(found: Found, passport: Passport, keys: PassportKeys): void {
    const { timeUs } = found.packet;
    const secondUs = Math.floor(timeUs / SECOND_US);
    if (secondUs !== this.#secondUs) {
      this.#secondUs = secondUs;
      this.#verified = 0;
    }
    if (this.#verified++ >= VERIFIED_PER_SECOND) return;
    const { certificate, signed, signature } = passport;
    const verdict = keys.verify(certificate, signed, signature, timeUs);
    if (verdict === Verdict.RIGHT) return;
    const seen = VERDICT_TEXTS[verdict];
    const evidence = [
      { what: `signature by ${certificate.slice(0, 120)}`, expected: "right", seen },
    ];
    const kind =
      verdict === Verdict.UNKNOWN
        ? EventKind.SIP_IDENTITY_UNVERIFIED
        : EventKind.SIP_IDENTITY_SIGNATURE;
    this.#raise(kind, found, 0, evidence);
  }

  #malformed(found: Found, seen: string): void {
    const evidence = [{ what: "Identity", expected: "a PASSporT (RFC 8225)", seen }];
    this.#raise(EventKind.SIP_IDENTITY_MALFORMED, found, 0, evidence);
  }

  #raise(kind: number, found: Found, value: number, evidence: readonly Contradiction[]): void {
    const { message, packet, transaction } = found;
    const event = this.#events.raise(kind, packet.timeUs, value);
    if (event === null) return;
    event.aimAtTransaction(transaction);
    event.showInRequest(packet, message);
    event.evidence = evidence;
  }
}

interface Found {
  readonly packet: PacketView;
  readonly message: SipMessageView;
  readonly transaction: Transaction;
}

const VERDICT_TEXTS: Readonly<Record<Verdict, string>> = {
  [Verdict.UNKNOWN]: "no certificate of this signer in policy.certificates",
  [Verdict.RIGHT]: "right",
  [Verdict.WRONG]: "it does not fit the signer's key",
  [Verdict.EXPIRED]: "outside the certificate's time",
};
