import type { Span } from "../../base/ascii.ts";
import { isIpv6Host, plainHost } from "../../decode/host.ts";
import type { PacketView } from "../../decode/packet.ts";
import { type SdpLines, sdpLines } from "../../decode/sdp-lines.ts";
import { AddressView } from "../../decode/sip/address.ts";
import { HEADERS_MAX } from "../../decode/sip/anomaly.ts";
import { credentialsEnd } from "../../decode/sip/credentials.ts";
import { DigestView } from "../../decode/sip/digest.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { hasEscape, unescaped } from "../../track/accounts/unescaped.ts";
import type { EventSubject, SubjectTexts } from "../../track/facts/event.ts";
import type { MatchContext } from "../match-context.ts";
import { BUFFER_HEADERS, BUFFER_SUBJECTS, BUFFERS, BufferId } from "./buffers.ts";
import { framePart } from "./frame.ts";
import { writeHeaderNames } from "./header-names.ts";
import { HostBytes } from "./host-bytes.ts";
import { sdpBufferValues } from "./sdp-buffers.ts";

const VALUES_MAX = HEADERS_MAX;
/** Text that is nowhere in the packet as such: header names, SDP values with blanks normalised. */
const SCRATCH_BYTES = 1 << 17;
const EMPTY = Buffer.alloc(0);

/**
 * Values of the sticky buffers of one packet and message, found when first asked for. Values are
 * ranges of the packet's own bytes where they can be; nothing is allocated but for `sdp.*`.
 */
export class BufferReader {
  readonly #context: MatchContext | null;
  readonly #hostBytes = new HostBytes();
  #packet: PacketView | null = null;
  #message: SipMessageView | null = null;
  #subject: EventSubject | null = null;
  /** Number of the packet that a buffer's values belong to. */
  #round = 0;
  readonly #rounds = new Float64Array(BUFFERS.length);
  readonly #counts = new Int32Array(BUFFERS.length);
  readonly #starts = new Int32Array(BUFFERS.length * VALUES_MAX);
  readonly #ends = new Int32Array(BUFFERS.length * VALUES_MAX);
  readonly #inScratch = new Uint8Array(BUFFERS.length);
  readonly #scratch = Buffer.alloc(SCRATCH_BYTES);
  #scratchUsed = 0;
  #sdp: SdpLines | null = null;
  #sdpRound = -1;
  readonly #address = new AddressView();
  readonly #digest = new DigestView();
  readonly #span: Span = { start: 0, end: 0 };

  /** `ends` is what rules are evaluated on; without it `ip.src` and `ip.dst` have no value. */
  constructor(ends: MatchContext | null = null) {
    this.#context = ends;
  }

  /**
   * Forgets the values of the packet before. With a subject, what it says comes before what the
   * message says: a fact about a request may show in its response, or when its time is up.
   */
  begin(
    packet: PacketView | null,
    message: SipMessageView | null,
    subject: EventSubject | null = null,
  ): void {
    this.#packet = packet;
    this.#message = message;
    this.#subject = subject;
    this.#round++;
    this.#scratchUsed = 0;
  }

  /** Number of values that the buffer has here; 0 when it is missing. */
  count(buffer: number): number {
    if (this.#rounds[buffer] !== this.#round) {
      this.#rounds[buffer] = this.#round;
      this.#counts[buffer] = 0;
      this.#inScratch[buffer] = 0;
      this.#fill(buffer);
    }
    return this.#counts[buffer] as number;
  }

  start(buffer: number, index: number): number {
    return this.#starts[buffer * VALUES_MAX + index] as number;
  }

  end(buffer: number, index: number): number {
    return this.#ends[buffer * VALUES_MAX + index] as number;
  }

  /** The bytes that `start` and `end` refer to. */
  bytes(buffer: number): Buffer {
    if (this.#inScratch[buffer] === 1) return this.#scratch;
    return buffer === BufferId.PAYLOAD
      ? (this.#packet?.bytes ?? EMPTY)
      : (this.#message?.bytes ?? EMPTY);
  }

  #fill(buffer: number): void {
    if (buffer === BufferId.PAYLOAD) {
      const packet = this.#packet;
      if (packet !== null) this.#add(buffer, packet.payloadStart, packet.payloadEnd);
      return;
    }
    if (buffer === BufferId.IP_SRC || buffer === BufferId.IP_DST) {
      this.#addEnd(buffer);
      return;
    }
    const field = BUFFER_SUBJECTS[buffer] as keyof SubjectTexts | "";
    const subject = this.#subject;
    // One without a method has nothing to say.
    if (subject !== null && field !== "" && subject.method !== "") {
      const text = subject[field];
      this.#addText(buffer, isUserField(field) ? unescaped(text) : text);
      return;
    }
    const message = this.#message;
    if (message === null) return;
    const headerId = BUFFER_HEADERS[buffer] as number;
    if (headerId !== HeaderId.OTHER) this.#addHeaders(buffer, message, headerId);
    else if (BUFFERS[buffer]?.source === "sdp") this.#fillSdp(buffer, message);
    else if (!this.#fillStartLine(buffer, message)) this.#fillDerived(buffer, message);
  }

  #add(buffer: number, start: number, end: number): void {
    const count = this.#counts[buffer] as number;
    if (count === VALUES_MAX) return;
    this.#starts[buffer * VALUES_MAX + count] = start;
    this.#ends[buffer * VALUES_MAX + count] = end;
    this.#counts[buffer] = count + 1;
  }

  #addEnd(buffer: number): void {
    const ends = this.#context;
    if (ends === null) return;
    const host = buffer === BufferId.IP_SRC ? ends.srcHost : ends.dstHost;
    const start = this.#scratchUsed;
    if (host < 0 || start + 16 > this.#scratch.length) return;
    this.#inScratch[buffer] = 1;
    if (isIpv6Host(host)) {
      const { bytes, at } = this.#hostBytes.locate(host, ends);
      this.#scratch.set(bytes.subarray(at, at + 16), start);
      this.#scratchUsed = start + 16;
    } else {
      this.#scratchUsed = this.#scratch.writeUInt32BE(plainHost(host) >>> 0, start);
    }
    this.#add(buffer, start, this.#scratchUsed);
  }

  /** A value that is not in the packet; an empty one is a missing one. */
  #addText(buffer: number, text: string): void {
    this.#inScratch[buffer] = 1;
    const start = this.#scratchUsed;
    if (text === "" || start + text.length > this.#scratch.length) return;
    this.#scratchUsed = start + this.#scratch.write(text, start, "latin1");
    this.#add(buffer, start, this.#scratchUsed);
  }

  #addSpan(buffer: number, span: Span): void {
    this.#add(buffer, span.start, span.end);
  }

  #addHeaders(buffer: number, message: SipMessageView, headerId: number): void {
    for (let i = message.indexOf(headerId); i >= 0; i = message.indexOf(headerId, i + 1)) {
      this.#add(
        buffer,
        message.valueSpans[2 * i] as number,
        message.valueSpans[2 * i + 1] as number,
      );
    }
  }

  /** True when the buffer is a part of the start line, whether it has a value or not. */
  #fillStartLine(buffer: number, message: SipMessageView): boolean {
    switch (buffer) {
      case BufferId.SIP_METHOD:
        if (message.isRequest) this.#addSpan(buffer, message.methodSpan);
        return true;
      case BufferId.SIP_URI:
        if (message.isRequest) this.#addSpan(buffer, message.uri);
        return true;
      case BufferId.SIP_REQUEST_LINE:
        if (message.isRequest) this.#addSpan(buffer, message.startLine);
        return true;
      case BufferId.SIP_STAT_CODE:
        if (!message.isRequest) this.#addSpan(buffer, message.statusCodeSpan);
        return true;
      case BufferId.SIP_STAT_MSG:
        if (!message.isRequest) this.#addSpan(buffer, message.reason);
        return true;
      case BufferId.SIP_RESPONSE_LINE:
        if (!message.isRequest) this.#addSpan(buffer, message.startLine);
        return true;
      case BufferId.SIP_PROTOCOL:
        this.#addSpan(buffer, message.version);
        return true;
      default:
        return false;
    }
  }

  #fillDerived(buffer: number, message: SipMessageView): void {
    switch (buffer) {
      case BufferId.SIP_FROM_USER:
        this.#addUser(buffer, message, HeaderId.FROM);
        return;
      case BufferId.SIP_TO_USER:
        this.#addUser(buffer, message, HeaderId.TO);
        return;
      case BufferId.SIP_URI_USER: {
        if (!message.isRequest) return;
        const { start, end } = message.uri;
        if (this.#address.decodeUri(message.bytes, start, end)) this.#addUserOf(buffer, message);
        return;
      }
      case BufferId.SIP_AUTH_USER:
        this.#addDigests(buffer, message, HeaderId.AUTHORIZATION);
        this.#addDigests(buffer, message, HeaderId.PROXY_AUTHORIZATION);
        return;
      case BufferId.SIP_REALM:
        for (const headerId of REALM_HEADERS) this.#addDigests(buffer, message, headerId);
        return;
      case BufferId.SIP_HEADER_NAMES:
        this.#addHeaderNames(buffer, message);
        return;
      case BufferId.SIP_BODY:
        if (message.bodyEnd > message.bodyStart)
          this.#add(buffer, message.bodyStart, message.bodyEnd);
        return;
      case BufferId.SIP_HEADER:
        this.#add(buffer, message.headersStart, message.headersEnd);
        return;
      default: {
        const pduEnd = this.#packet?.payloadEnd ?? message.bodyEnd;
        if (framePart(buffer, message, pduEnd, this.#span)) this.#addIfAny(buffer, this.#span);
      }
    }
  }

  #addIfAny(buffer: number, span: Span): void {
    if (span.end > span.start) this.#addSpan(buffer, span);
  }

  #addUser(buffer: number, message: SipMessageView, headerId: number): void {
    const span = this.#span;
    if (!message.value(headerId, span)) return;
    if (this.#address.decode(message.bytes, span.start, span.end)) this.#addUserOf(buffer, message);
  }

  /** The user of the address at hand as servers read it: "%34" is "4" (RFC 3261 19.1.4). */
  #addUserOf(buffer: number, message: SipMessageView): void {
    const { user } = this.#address;
    if (hasEscape(message.bytes, user)) this.#addText(buffer, unescaped(message.text(user)));
    else this.#addIfAny(buffer, user);
  }

  #addDigests(buffer: number, message: SipMessageView, headerId: number): void {
    const digest = this.#digest;
    for (let i = message.indexOf(headerId); i >= 0; i = message.indexOf(headerId, i + 1)) {
      const valueEnd = message.valueSpans[2 * i + 1] as number;
      let start = message.valueSpans[2 * i] as number;
      while (start < valueEnd && this.#counts[buffer] !== VALUES_MAX) {
        const end = credentialsEnd(message.bytes, start, valueEnd);
        if (digest.decode(message.bytes, start, end)) {
          this.#addIfAny(buffer, buffer === BufferId.SIP_REALM ? digest.realm : digest.username);
        }
        start = end;
      }
    }
  }

  #addHeaderNames(buffer: number, message: SipMessageView): void {
    const start = this.#scratchUsed;
    const end = writeHeaderNames(message, this.#scratch, start);
    if (end === start) return;
    this.#scratchUsed = end;
    this.#inScratch[buffer] = 1;
    this.#add(buffer, start, end);
  }

  #fillSdp(buffer: number, message: SipMessageView): void {
    this.#inScratch[buffer] = 1;
    if (this.#sdpRound !== this.#round) {
      this.#sdpRound = this.#round;
      this.#sdp = sdpLines(message);
    }
    if (this.#sdp === null) return;
    for (const value of sdpBufferValues(this.#sdp, buffer)) this.#addText(buffer, value);
  }
}

function isUserField(field: keyof SubjectTexts): boolean {
  return field === "uriUser" || field === "toUser" || field === "fromUser";
}

const REALM_HEADERS: readonly number[] = [
  HeaderId.AUTHORIZATION,
  HeaderId.PROXY_AUTHORIZATION,
  HeaderId.WWW_AUTHENTICATE,
  HeaderId.PROXY_AUTHENTICATE,
];
