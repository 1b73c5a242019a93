import {
  COLON,
  CR,
  EQUALS,
  equals,
  equalsIgnoreCase,
  find,
  LF,
  parseUint,
  SLASH,
} from "../base/ascii.ts";
import { type HostKey, NO_HOST } from "./host.ts";
import { hostKeyOfBytes } from "./host-text.ts";
import { BundleGroups } from "./sdp-bundle.ts";
import {
  directionOf,
  namesRtp,
  PAYLOAD_TYPES,
  roleOf,
  type SdpDirection,
  SdpMedia,
} from "./sdp-media.ts";
import { nextWord, word } from "./sdp-words.ts";

/** Media sections, ICE candidates and SSRCs beyond these are not looked at. */
const SDP_MEDIA_MAX = 16;
const CANDIDATES_MAX = 64;
const SSRCS_MAX = 64;
/** A browser's offer of a conference has some thousand lines. */
const LINES_MAX = 8192;

/**
 * A session description, read leniently (RFC 8866): unknown lines are skipped, a wrong line spoils
 * only itself. Reused: valid until the next `decode`. Linear in its bytes; allocates the texts of
 * IPv6 addresses only.
 */
export class SdpView {
  mediaCount = 0;
  readonly media: readonly SdpMedia[] = Array.from({ length: SDP_MEDIA_MAX }, () => new SdpMedia());
  candidateCount = 0;
  /** Addresses and ports of a=candidate lines (RFC 8839 5.1), of all sections. */
  readonly candidateHosts = new Float64Array(CANDIDATES_MAX);
  readonly candidatePorts = new Uint16Array(CANDIDATES_MAX);
  ssrcCount = 0;
  /** SSRCs that the sections announce (RFC 5576 4.1), int32 bits, and the section of each. */
  readonly ssrcs = new Int32Array(SSRCS_MAX);
  readonly ssrcMedia = new Uint8Array(SSRCS_MAX);
  /** It holds keys of SRTP (RFC 4568 9.1), or the fingerprint of who will agree on them (RFC 8122). */
  hasCrypto = false;
  hasFingerprint = false;
  readonly #bundles = new BundleGroups(SDP_MEDIA_MAX);
  readonly #isMux = new Uint8Array(SDP_MEDIA_MAX);
  #domain = 0;
  #sessionHost: HostKey = NO_HOST;
  #sessionDirection: SdpDirection = "sendrecv";
  #hasSessionIce = false;
  /** In a section that cannot be read, or beyond the last that is looked at. */
  #isSkipping = false;

  /**
   * False when bytes[start, end) do not begin with a v= line. `domain` is that of the packet: private
   * addresses belong to it.
   */
  decode(bytes: Buffer, start: number, end: number, domain = 0): boolean {
    this.#domain = domain;
    this.mediaCount = 0;
    this.candidateCount = 0;
    this.ssrcCount = 0;
    this.hasCrypto = false;
    this.hasFingerprint = false;
    this.#bundles.clear();
    this.#sessionHost = NO_HOST;
    this.#sessionDirection = "sendrecv";
    this.#hasSessionIce = false;
    this.#isSkipping = false;
    if (!equals(bytes, start, Math.min(start + 2, end), "v=")) return false;
    let at = start;
    for (let lines = 0; at < end && lines < LINES_MAX; lines++) {
      const lineFeed = find(bytes, LF, at, end);
      const lineEnd = lineFeed > at && bytes[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed;
      if (lineEnd - at > 2 && bytes[at + 1] === EQUALS) this.#line(bytes, at, lineEnd);
      at = lineFeed + 1;
    }
    this.#finish(bytes);
    return true;
  }

  #line(bytes: Buffer, start: number, end: number): void {
    const type = bytes[start];
    if (type === 0x6d) this.#isSkipping = !this.#mediaLine(bytes, start + 2, end);
    else if (this.#isSkipping) return;
    else if (type === 0x63) this.#connectionLine(bytes, start + 2, end);
    else if (type === 0x61) this.#attributeLine(bytes, start + 2, end);
  }

  /** m=<media> <port>[/<count>] <proto> <fmt> ...; false when it is not looked at. */
  #mediaLine(bytes: Buffer, start: number, end: number): boolean {
    if (this.mediaCount === SDP_MEDIA_MAX) return false;
    nextWord(bytes, start, end);
    const kindStart = word.start;
    const kindEnd = word.end;
    nextWord(bytes, word.end, end);
    const port = parseUint(bytes, word.start, find(bytes, SLASH, word.start, word.end), 65535);
    if (port < 0) return false;
    const index = this.mediaCount++;
    const media = this.media[index] as SdpMedia;
    media.begin();
    this.#isMux[index] = 0;
    if (equalsIgnoreCase(bytes, kindStart, kindEnd, "audio")) media.kind = "audio";
    else if (equalsIgnoreCase(bytes, kindStart, kindEnd, "video")) media.kind = "video";
    media.port = port;
    media.host = this.#sessionHost;
    media.direction = this.#sessionDirection;
    media.hasIce = this.#hasSessionIce;
    nextWord(bytes, word.end, end);
    media.isRtp = namesRtp(bytes, word.start, word.end);
    for (let left = PAYLOAD_TYPES; media.isRtp && left > 0; left--) {
      if (!nextWord(bytes, word.end, end)) break;
      const type = parseUint(bytes, word.start, word.end, PAYLOAD_TYPES - 1);
      if (type >= 0) media.addFormat(type);
    }
    return true;
  }

  /** c=IN IP4 <address>[/<ttl>] */
  #connectionLine(bytes: Buffer, start: number, end: number): void {
    nextWord(bytes, start, end);
    nextWord(bytes, word.end, end);
    nextWord(bytes, word.end, end);
    const host = hostKeyOfBytes(
      bytes,
      word.start,
      find(bytes, SLASH, word.start, word.end),
      this.#domain,
    );
    if (this.mediaCount === 0) this.#sessionHost = host;
    else this.#current().host = host;
  }

  #attributeLine(bytes: Buffer, start: number, end: number): void {
    const colon = find(bytes, COLON, start, end);
    if (colon === end) {
      this.#flag(bytes, start, end);
      return;
    }
    const value = colon + 1;
    switch (colon - start) {
      case 3:
        if (equals(bytes, start, colon, "mid")) this.#mid(bytes, value, end);
        return;
      case 4:
        if (equals(bytes, start, colon, "ssrc")) this.#ssrc(bytes, value, end);
        else if (equals(bytes, start, colon, "rtcp")) this.#rtcp(bytes, value, end);
        return;
      case 5:
        if (equals(bytes, start, colon, "group")) this.#bundles.addLine(bytes, value, end);
        return;
      case 6:
        if (equals(bytes, start, colon, "rtpmap")) this.#rtpmap(bytes, value, end);
        this.#keys(bytes, start, colon);
        return;
      case 9:
        if (equals(bytes, start, colon, "candidate")) this.#candidate(bytes, value, end);
        else if (equals(bytes, start, colon, "ice-ufrag")) this.#iceUser(bytes, value, end);
        return;
      case 10:
        if (equals(bytes, start, colon, "ssrc-group") && this.mediaCount > 0) {
          this.#current().isShared = true;
        }
        return;
      case 11:
        this.#keys(bytes, start, colon);
    }
  }

  #keys(bytes: Buffer, start: number, end: number): void {
    if (equals(bytes, start, end, "crypto")) this.hasCrypto = true;
    else if (equals(bytes, start, end, "fingerprint")) this.hasFingerprint = true;
  }

  /** An attribute without a value; blanks after it are forgiven. */
  #flag(bytes: Buffer, start: number, end: number): void {
    nextWord(bytes, start, end);
    const index = this.mediaCount - 1;
    const direction = directionOf(bytes, word.start, word.end);
    if (direction !== null) {
      if (index < 0) this.#sessionDirection = direction;
      else this.#current().direction = direction;
    } else if (index < 0) return;
    else if (equals(bytes, word.start, word.end, "rtcp-mux")) this.#isMux[index] = 1;
    else if (equals(bytes, word.start, word.end, "bundle-only")) this.#bundles.setOnly(index);
  }

  #current(): SdpMedia {
    return this.media[this.mediaCount - 1] as SdpMedia;
  }

  #mid(bytes: Buffer, start: number, end: number): void {
    if (this.mediaCount === 0) return;
    nextWord(bytes, start, end);
    this.#bundles.setMid(this.mediaCount - 1, word.start, word.end);
  }

  /** ssrc:<id> <attribute>...: several lines for each SSRC. */
  #ssrc(bytes: Buffer, start: number, end: number): void {
    nextWord(bytes, start, end);
    const value = parseUint(bytes, word.start, word.end, 0xffffffff);
    if (this.mediaCount === 0 || value < 0) return;
    const ssrc = value | 0;
    const index = this.mediaCount - 1;
    if (this.ssrcCount === SSRCS_MAX) return;
    for (let i = this.ssrcCount - 1; i >= 0 && this.ssrcMedia[i] === index; i--) {
      if (this.ssrcs[i] === ssrc) return;
      this.#current().isShared = true;
    }
    this.ssrcs[this.ssrcCount] = ssrc;
    this.ssrcMedia[this.ssrcCount] = index;
    this.ssrcCount++;
  }

  #rtcp(bytes: Buffer, start: number, end: number): void {
    if (this.mediaCount === 0) return;
    nextWord(bytes, start, end);
    const port = parseUint(bytes, word.start, word.end, 65535);
    if (port > 0) this.#current().rtcpPort = port;
  }

  /** rtpmap:<payload type> <encoding>/<clock rate>[/<channels>] */
  #rtpmap(bytes: Buffer, start: number, end: number): void {
    if (this.mediaCount === 0) return;
    nextWord(bytes, start, end);
    const type = parseUint(bytes, word.start, word.end, PAYLOAD_TYPES - 1);
    if (type < 0 || !nextWord(bytes, word.end, end)) return;
    const nameEnd = find(bytes, SLASH, word.start, word.end);
    const rateStart = Math.min(nameEnd + 1, word.end);
    const rateEnd = find(bytes, SLASH, rateStart, word.end);
    const media = this.#current();
    media.payloadRoles[type] = roleOf(bytes, word.start, nameEnd);
    media.clockRates[type] = Math.max(0, parseUint(bytes, rateStart, rateEnd, 0x7fffffff));
    media.nameStarts[type] = word.start;
  }

  /** candidate:<foundation> <component> <transport> <priority> <address> <port> typ ... */
  #candidate(bytes: Buffer, start: number, end: number): void {
    this.#noteIce();
    if (this.candidateCount === CANDIDATES_MAX) return;
    word.end = start;
    for (let i = 0; i < 5; i++) nextWord(bytes, word.end, end);
    const host = hostKeyOfBytes(bytes, word.start, word.end, this.#domain);
    nextWord(bytes, word.end, end);
    const port = parseUint(bytes, word.start, word.end, 65535);
    if (host === NO_HOST || port < 1) return;
    this.candidateHosts[this.candidateCount] = host;
    this.candidatePorts[this.candidateCount] = port;
    this.candidateCount++;
  }

  #iceUser(bytes: Buffer, start: number, end: number): void {
    if (nextWord(bytes, start, end)) this.#noteIce();
  }

  #noteIce(): void {
    if (this.mediaCount === 0) this.#hasSessionIce = true;
    else this.#current().hasIce = true;
  }

  #finish(bytes: Buffer): void {
    for (let i = 0; i < this.mediaCount; i++) {
      const media = this.media[i] as SdpMedia;
      if (this.#isMux[i] === 1) media.rtcpPort = media.port;
      else if (media.rtcpPort === 0 && media.port > 0 && media.port < 65535) {
        media.rtcpPort = media.port + 1;
      }
    }
    this.#bundles.resolve(bytes, this.media, this.mediaCount);
  }
}
