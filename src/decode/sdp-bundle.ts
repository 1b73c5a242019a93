import { SPACE } from "../base/ascii.ts";
import type { SdpMedia } from "./sdp-media.ts";

/** Groups of one description; WebRTC has one. */
const GROUPS_MAX = 4;
/** Longer identifiers are not compared: the work stays linear. */
const MID_BYTES_MAX = 64;
/** Identifiers of one group that are looked at. */
const MIDS_MAX = 64;
const NONE = -1;

/** BUNDLE groups of one description (RFC 9143 6, 7): sections that share one transport. Reused. */
export class BundleGroups {
  #count = 0;
  readonly #starts = new Int32Array(GROUPS_MAX);
  readonly #ends = new Int32Array(GROUPS_MAX);
  readonly #midStarts: Int32Array;
  readonly #midEnds: Int32Array;
  readonly #isOnly: Uint8Array;
  /** Of each section: it is in a group already. */
  readonly #isTaken: Uint8Array;

  constructor(sections: number) {
    this.#midStarts = new Int32Array(sections);
    this.#midEnds = new Int32Array(sections);
    this.#isOnly = new Uint8Array(sections);
    this.#isTaken = new Uint8Array(sections);
  }

  clear(): void {
    this.#count = 0;
    this.#midStarts.fill(0);
    this.#midEnds.fill(0);
    this.#isOnly.fill(0);
    this.#isTaken.fill(0);
  }

  /** The value of an a=group line: "BUNDLE <mid> <mid> ..." (RFC 5888 5). */
  addLine(bytes: Uint8Array, start: number, end: number): void {
    if (this.#count === GROUPS_MAX || !startsWithBundle(bytes, start, end)) return;
    this.#starts[this.#count] = start + BUNDLE.length;
    this.#ends[this.#count] = end;
    this.#count++;
  }

  setMid(section: number, start: number, end: number): void {
    this.#midStarts[section] = start;
    this.#midEnds[section] = end;
  }

  /** The section has a=bundle-only: no transport of its own. */
  setOnly(section: number): void {
    this.#isOnly[section] = 1;
  }

  /**
   * Gives the sections without an address that of their group's tagged section, and lets all of a
   * group know what they share. Tagged is the first of the group's identifiers whose section was not
   * rejected (RFC 9143 7.2.1, 7.3.1).
   */
  resolve(bytes: Uint8Array, media: readonly SdpMedia[], mediaCount: number): void {
    for (let group = 0; group < this.#count; group++) {
      const end = this.#ends[group] as number;
      let at = this.#starts[group] as number;
      let tagged: SdpMedia | null = null;
      for (let mids = 0; at < end && mids < MIDS_MAX; mids++) {
        while (at < end && (bytes[at] as number) <= SPACE) at++;
        const start = at;
        while (at < end && (bytes[at] as number) > SPACE) at++;
        const section = this.#sectionOf(bytes, start, at, mediaCount);
        if (section !== NONE) tagged = this.#join(media[section] as SdpMedia, section, tagged);
      }
      if (tagged !== null) this.#shareAll(media, mediaCount, tagged);
    }
  }

  /** The group's tagged section, once this one is in it. */
  #join(member: SdpMedia, section: number, tagged: SdpMedia | null): SdpMedia | null {
    if (member.port === 0 && (tagged === null || this.#isOnly[section] === 0)) return tagged;
    this.#isTaken[section] = 1;
    if (tagged === null) return member;
    if (member.port === 0) member.moveTo(tagged);
    tagged.shareWith(member);
    return tagged;
  }

  /** What later members brought, the earlier ones learn too. */
  #shareAll(media: readonly SdpMedia[], mediaCount: number, tagged: SdpMedia): void {
    if (!tagged.isShared) return;
    for (let section = 0; section < mediaCount; section++) {
      const member = media[section] as SdpMedia;
      const isOther = member !== tagged && member.host === tagged.host;
      if (isOther && member.port === tagged.port) tagged.shareWith(member);
    }
  }

  /** Section with the identifier bytes[start, end) that is in no group yet (RFC 9143 6). */
  #sectionOf(bytes: Uint8Array, start: number, end: number, mediaCount: number): number {
    const length = end - start;
    if (length === 0 || length > MID_BYTES_MAX) return NONE;
    for (let section = 0; section < mediaCount; section++) {
      const midStart = this.#midStarts[section] as number;
      if ((this.#midEnds[section] as number) - midStart !== length) continue;
      if (this.#isTaken[section] === 0 && isSame(bytes, midStart, start, length)) return section;
    }
    return NONE;
  }
}

const BUNDLE = "BUNDLE";

function startsWithBundle(bytes: Uint8Array, start: number, end: number): boolean {
  const nameEnd = start + BUNDLE.length;
  if (nameEnd > end || (nameEnd < end && (bytes[nameEnd] as number) > SPACE)) return false;
  for (let i = 0; i < BUNDLE.length; i++) {
    if (bytes[start + i] !== BUNDLE.charCodeAt(i)) return false;
  }
  return true;
}

function isSame(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}
