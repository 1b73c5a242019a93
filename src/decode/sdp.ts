import { CR, equals, LF, parseUint, skipBlanks } from "../base/ascii.ts";
import { type HostKey, NO_HOST } from "./host.ts";
import { hostKeyOfText } from "./host-text.ts";

/** Media sections and ICE candidates beyond these are not looked at. */
const MEDIA_MAX = 16;
const CANDIDATES_MAX = 64;
const LINES_MAX = 512;

export type SdpDirection = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** One m= section (RFC 8866 5.14) as far as the media tracker needs it. Reused. */
export class SdpMedia {
  kind: "audio" | "video" | "other" = "other";
  /** RTP port; 0 means rejected (RFC 3264 6). */
  port = 0;
  /** Where media is to be sent: the section's c= line, else the session's; NO_HOST for a name. */
  host: HostKey = NO_HOST;
  /** RFC 3605; RTP port + 1 unless given; the RTP port with rtcp-mux (RFC 5761). */
  rtcpPort = 0;
  rtcpMux = false;
  /** False for T.38, MSRP and other sections that carry no RTP. */
  isRtp = false;
  isSecure = false;
  direction: SdpDirection = "sendrecv";
  hasCrypto = false;
  hasFingerprint = false;
  /** More than one a=ssrc value announced (RFC 5576), or the section is bundled (RFC 9143). */
  isShared = false;
}

/**
 * A session description, read leniently (RFC 8866): unknown lines are skipped, a wrong line spoils
 * only itself. Reused: valid until the next `decode`. Allocates the address texts only.
 */
export class SdpView {
  mediaCount = 0;
  readonly media: readonly SdpMedia[] = Array.from({ length: MEDIA_MAX }, () => new SdpMedia());
  candidateCount = 0;
  /** Addresses and ports of a=candidate lines (RFC 8839 5.1), of all sections. */
  readonly candidateHosts = new Float64Array(CANDIDATES_MAX);
  readonly candidatePorts = new Uint16Array(CANDIDATES_MAX);
  isBundle = false;
  /** A line that is not `x=value`, or an m= or c= line that cannot be read. */
  isMalformed = false;
  #sessionHost: HostKey = NO_HOST;
  #sessionDirection: SdpDirection = "sendrecv";

  /** False when bytes[start, end) do not begin with a v= line. */
  decode(bytes: Buffer, start: number, end: number): boolean {
    this.mediaCount = 0;
    this.candidateCount = 0;
    this.isBundle = false;
    this.isMalformed = false;
    this.#sessionHost = NO_HOST;
    this.#sessionDirection = "sendrecv";
    if (!equals(bytes, start, Math.min(start + 2, end), "v=")) return false;
    let at = start;
    for (let lines = 0; at < end && lines < LINES_MAX; lines++) {
      let lineEnd = bytes.indexOf(LF, at);
      if (lineEnd < 0 || lineEnd > end) lineEnd = end;
      const next = lineEnd + 1;
      if (lineEnd > at && bytes[lineEnd - 1] === CR) lineEnd--;
      if (lineEnd > at) this.#line(bytes, at, lineEnd);
      at = next;
    }
    this.#finish();
    return true;
  }

  #line(bytes: Buffer, start: number, end: number): void {
    if (end - start < 2 || bytes[start + 1] !== 0x3d) {
      this.isMalformed = true;
      return;
    }
    const type = bytes[start];
    if (type === 0x6d) this.#mediaLine(bytes, start + 2, end);
    else if (type === 0x63) this.#connectionLine(bytes.toString("latin1", start + 2, end));
    else if (type === 0x61) this.#attributeLine(bytes, start + 2, end);
  }

  /** m=<media> <port>[/<count>] <proto> <fmt> ... */
  #mediaLine(bytes: Buffer, start: number, end: number): void {
    if (this.mediaCount === MEDIA_MAX) return;
    const media = this.media[this.mediaCount] as SdpMedia;
    const [kind = "", port = "", protocol = ""] = bytes
      .toString("latin1", start, Math.min(end, start + 128))
      .split(" ", 3);
    const slash = port.indexOf("/");
    const portText = slash < 0 ? port : port.slice(0, slash);
    if (!/^\d{1,5}$/.test(portText) || Number(portText) > 65535) {
      this.isMalformed = true;
      return;
    }
    this.mediaCount++;
    media.kind = kind === "audio" || kind === "video" ? kind : "other";
    media.port = Number(portText);
    media.host = this.#sessionHost;
    media.rtcpPort = 0;
    media.rtcpMux = false;
    media.isRtp = protocol.includes("RTP/");
    media.isSecure = protocol.includes("SAVP");
    media.direction = this.#sessionDirection;
    media.hasCrypto = false;
    media.hasFingerprint = false;
    media.isShared = false;
  }

  /** c=IN IP4 <address>[/<ttl>] */
  #connectionLine(text: string): void {
    const [network = "", , address = ""] = text.slice(0, 256).trim().split(/ +/, 3);
    const host = hostKeyOfText(address.split("/", 1)[0] ?? "");
    if (network !== "IN" || address === "") this.isMalformed = true;
    if (this.mediaCount === 0) this.#sessionHost = host;
    else (this.media[this.mediaCount - 1] as SdpMedia).host = host;
  }

  #attributeLine(bytes: Buffer, start: number, end: number): void {
    const text = bytes.toString("latin1", start, Math.min(end, start + 512));
    const colon = text.indexOf(":");
    const name = colon < 0 ? text.trim() : text.slice(0, colon);
    const media = this.mediaCount === 0 ? null : (this.media[this.mediaCount - 1] as SdpMedia);
    switch (name) {
      case "sendrecv":
      case "sendonly":
      case "recvonly":
      case "inactive":
        if (media === null) this.#sessionDirection = name;
        else media.direction = name;
        break;
      case "group":
        if (text.startsWith("group:BUNDLE")) this.isBundle = true;
        break;
      case "candidate":
        this.#candidate(text);
        break;
      default:
        if (media !== null) this.#mediaAttribute(media, name, bytes, start + colon + 1, end);
    }
  }

  #mediaAttribute(media: SdpMedia, name: string, bytes: Buffer, start: number, end: number): void {
    switch (name) {
      case "rtcp": {
        let at = skipBlanks(bytes, start, end);
        const from = at;
        while (at < end && bytes[at] !== 0x20) at++;
        const port = parseUint(bytes, from, at, 65535);
        if (port > 0) media.rtcpPort = port;
        break;
      }
      case "rtcp-mux":
        media.rtcpMux = true;
        break;
      case "crypto":
        media.hasCrypto = true;
        break;
      case "fingerprint":
        media.hasFingerprint = true;
        break;
      case "ssrc-group":
        media.isShared = true;
        break;
    }
  }

  /** candidate:<foundation> <component> <transport> <priority> <address> <port> typ ... */
  #candidate(text: string): void {
    if (this.candidateCount === CANDIDATES_MAX) return;
    const parts = text.split(" ", 7);
    const host = hostKeyOfText(parts[4] ?? "");
    const port = Number(parts[5]);
    if (host === NO_HOST || !Number.isInteger(port) || port < 1 || port > 65535) return;
    this.candidateHosts[this.candidateCount] = host;
    this.candidatePorts[this.candidateCount] = port;
    this.candidateCount++;
  }

  #finish(): void {
    for (let i = 0; i < this.mediaCount; i++) {
      const media = this.media[i] as SdpMedia;
      if (media.rtcpMux) media.rtcpPort = media.port;
      else if (media.rtcpPort === 0 && media.port > 0) media.rtcpPort = media.port + 1;
      if (this.isBundle) media.isShared = true;
    }
  }
}
