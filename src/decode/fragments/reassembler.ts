import { combine53, combineThree53 } from "../../base/hash.ts";
import { KeyTable } from "../../base/key-table.ts";
import type { Step } from "../layer.ts";
import { type PacketView, SkipReason } from "../packet.ts";
import { Datagram } from "./datagram.ts";
import { FragmentHeader } from "./fragment-header.ts";
import { FragmentPages } from "./fragment-pages.ts";
import { HEAD_BYTES_MAX, headOf, RebuiltPacket } from "./rebuilt-packet.ts";
import { SourceShare } from "./source-share.ts";

/** RFC 8200 4.5, and Suricata's default for both versions: then the missing fragment is lost. */
const TIMEOUT_US = 60_000_000;
/** A mirror shows a fragment twice within this; later, the identification is used again. */
const COPY_WINDOW_US = 5_000;
/** One sender may hold this part of the memory. */
const SOURCE_SHARE = 1 / 8;
/** Rows for each page: most datagrams have one or two, and done ones none. */
const ROWS_PER_PAGE = 2;

/** IP datagrams that came in fragments, by what became of them. */
export interface FragmentCounts {
  /** Put together. */
  whole: number;
  /** Put together of fragments that overlap: hardly any sender makes these, but who would have two receivers read different things does. */
  overlapping: number;
  /** Not complete within a minute. */
  lost: number;
}

/**
 * Puts IP datagrams together from their fragments. Memory goes by what was received, never by what an offset
 * claims; at the limit the oldest datagram goes, and who holds more than its share loses its own oldest.
 */
export class FragmentReassembler {
  readonly counts: FragmentCounts = { whole: 0, overlapping: 0, lost: 0 };
  /** Incomplete datagrams that were let go of for want of memory. */
  evictions = 0;
  readonly #pages: FragmentPages;
  readonly #sourcePagesMax: number;
  readonly #table: KeyTable;
  readonly #datagrams: Datagram[] = [];
  readonly #sources = new SourceShare();
  readonly #fragment = new FragmentHeader();
  readonly #rebuilt = new RebuiltPacket();

  constructor(bytesMax: number) {
    this.#pages = new FragmentPages(bytesMax);
    this.#sourcePagesMax = Math.max(32, Math.floor(this.#pages.pagesMax * SOURCE_SHARE));
    this.#table = new KeyTable(ROWS_PER_PAGE * this.#pages.pagesMax);
    this.#table.onEvict = (row) => this.#drop(row, true);
  }

  /** Datagrams that wait for fragments or are just complete, and the most of them. */
  get size(): number {
    return this.#table.size;
  }

  get capacity(): number {
    return this.#table.capacity;
  }

  /**
   * Takes the fragment that `packet` is. Complete, the packet becomes the datagram and the layer to go on
   * with is returned; number and times stay those of this fragment. Else why there is nothing to go on with.
   */
  add(packet: PacketView): Step {
    const fragment = this.#fragment;
    const nowUs = packet.timeUs;
    if (!fragment.read(packet)) return SkipReason.IP_BAD_HEADER;
    if (fragment.isCut) return SkipReason.IP_TRUNCATED;
    this.#expire(nowUs);
    const datagram = this.#datagramOf(packet, fragment);
    if (datagram.doneUs > 0) {
      if (nowUs - datagram.doneUs <= COPY_WINDOW_US) return SkipReason.MIRROR_COPY;
      this.#restart(datagram, nowUs);
    }
    this.#makeRoom(datagram, fragment);
    const pagesBefore = datagram.pages;
    if (!datagram.add(fragment, packet.bytes, this.#pages)) return SkipReason.IP_FRAGMENT;
    this.#sources.grew(datagram.source, datagram.pages - pagesBefore);
    if (fragment.offset === 0 && datagram.head.length === 0) headOf(packet, fragment, datagram);
    if (!datagram.isComplete) return SkipReason.IP_FRAGMENT;
    return this.#complete(datagram, packet, nowUs);
  }

  #complete(datagram: Datagram, packet: PacketView, nowUs: number): Step {
    this.#sources.remove(datagram);
    datagram.doneUs = nowUs;
    if (datagram.hasOverlap) this.counts.overlapping++;
    else this.counts.whole++;
    if (datagram.head.length > HEAD_BYTES_MAX) {
      datagram.release(this.#pages);
      return SkipReason.EXTENSION_HEADERS_TOO_MANY;
    }
    return this.#rebuilt.show(datagram, packet, this.#pages);
  }

  #datagramOf(packet: PacketView, { id, protocol }: FragmentHeader): Datagram {
    // RFC 791 3.2 and RFC 8200 4.5; the network stands beside, as several may use the same addresses.
    const place = combine53(packet.networkKey, packet.vlan);
    const kind = packet.ipVersion === 4 ? protocol : 256;
    const what = combineThree53(id, kind, place);
    const key = combineThree53(packet.srcHost, packet.dstHost, what);
    const known = this.#table.find(key);
    if (known >= 0) return this.#datagrams[known] as Datagram;
    const row = this.#table.add(key);
    let datagram = this.#datagrams[row];
    if (datagram === undefined) {
      datagram = new Datagram();
      this.#datagrams[row] = datagram;
    }
    datagram.begin(row, packet.srcHost, packet.timeUs);
    this.#sources.add(datagram);
    return datagram;
  }

  /** The identification is used again. */
  #restart(datagram: Datagram, nowUs: number): void {
    datagram.begin(datagram.row, datagram.source, nowUs);
    this.#table.touch(datagram.row);
    this.#sources.add(datagram);
  }

  /** Lets others go until the fragment's pages fit; what it belongs to stays. */
  #makeRoom(datagram: Datagram, fragment: FragmentHeader): void {
    const needed = 2 + Math.floor((fragment.dataEnd - fragment.dataStart) / 2048);
    const { source } = datagram;
    while (this.#sources.pages(source) + needed > this.#sourcePagesMax) {
      const oldest = this.#sources.oldest(source);
      const victim = oldest === datagram ? datagram.youngerOfSource : oldest;
      if (victim === null || victim === undefined) break;
      this.#remove(victim);
    }
    this.#table.touch(datagram.row);
    while (this.#pages.used + needed > this.#pages.pagesMax) {
      const row = this.#table.oldest();
      if (row < 0 || row === datagram.row) break;
      this.#remove(this.#datagrams[row] as Datagram);
    }
  }

  #expire(nowUs: number): void {
    for (;;) {
      const row = this.#table.oldest();
      if (row < 0) return;
      const datagram = this.#datagrams[row] as Datagram;
      if (nowUs - datagram.firstUs < TIMEOUT_US) return;
      if (datagram.doneUs === 0) this.counts.lost++;
      this.#drop(row, false);
      this.#table.remove(row);
    }
  }

  #remove(datagram: Datagram): void {
    this.#drop(datagram.row, true);
    this.#table.remove(datagram.row);
  }

  #drop(row: number, isEviction: boolean): void {
    const datagram = this.#datagrams[row] as Datagram;
    if (datagram.doneUs > 0) return;
    if (isEviction) this.evictions++;
    this.#sources.remove(datagram);
    datagram.release(this.#pages);
  }
}
