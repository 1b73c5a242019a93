/** How a session description protects its audio: not, if the other end can (RFC 8643), or always. */
export const Protection = { NONE: 0, OPTIONAL: 1, REQUIRED: 2 } as const;
export type Protection = (typeof Protection)[keyof typeof Protection];

export interface SessionSecurity {
  readonly hasAudio: boolean;
  readonly protection: Protection;
  /** a=crypto: the keys themselves (SDES, RFC 4568). */
  readonly hasKeys: boolean;
  /** a=fingerprint: of the certificate of DTLS-SRTP (RFC 5763). */
  readonly hasFingerprint: boolean;
  /** Names of the audio codecs, in lower case; static payload types by their names (RFC 3551 6). */
  readonly codecs: readonly string[];
}

const LINES_MAX = 1024;
const STATIC: ReadonlyMap<string, string> = new Map([
  ["0", "pcmu"],
  ["3", "gsm"],
  ["4", "g723"],
  ["8", "pcma"],
  ["9", "g722"],
  ["15", "g728"],
  ["18", "g729"],
]);
/** No voice: events and comfort noise come with every codec. */
const ASIDE = new Set(["telephone-event", "cn", "red"]);

/** What is agreed on or offered for audio. Allocates: only asked where a policy wants it. */
export function sessionSecurityOf(sdp: string): SessionSecurity {
  const session = new Session();
  for (const line of sdp.split("\n", LINES_MAX)) session.line(line);
  return session;
}

class Session implements SessionSecurity {
  hasAudio = false;
  hasKeys = false;
  hasFingerprint = false;
  #isAudio = false;
  #isSecure = false;
  readonly #codecs = new Set<string>();

  get protection(): Protection {
    if (this.#isSecure) return Protection.REQUIRED;
    return this.hasKeys || this.hasFingerprint ? Protection.OPTIONAL : Protection.NONE;
  }

  get codecs(): readonly string[] {
    return [...this.#codecs];
  }

  line(line: string): void {
    if (line.startsWith("m=")) this.#media(line.slice(2).trim().split(/ +/, 40));
    else if (line.startsWith("a=fingerprint:")) this.hasFingerprint = true;
    else if (this.#isAudio && line.startsWith("a=crypto:")) this.hasKeys = true;
    else if (this.#isAudio && line.startsWith("a=rtpmap:")) this.#rtpmap(line);
  }

  #media([media = "", port = "0", profile = "", ...formats]: readonly string[]): void {
    this.#isAudio = media.toLowerCase() === "audio" && Number.parseInt(port, 10) > 0;
    if (!this.#isAudio) return;
    this.hasAudio = true;
    if (/SAVPF?$/i.test(profile)) this.#isSecure = true;
    for (const format of formats) {
      const name = STATIC.get(format);
      if (name !== undefined) this.#codecs.add(name);
    }
  }

  #rtpmap(line: string): void {
    const name = /^a=rtpmap:\d+ +([\w.-]{1,32})\//.exec(line)?.[1]?.toLowerCase() ?? "";
    if (name !== "" && !ASIDE.has(name)) this.#codecs.add(name);
  }
}
