import type { HostKey } from "../host.ts";
import type { Datagram } from "./datagram.ts";

interface Source {
  pages: number;
  oldest: Datagram;
  youngest: Datagram;
}

/** What each sender has under reassembly, in order of age: who takes too much pays with its own. */
export class SourceShare {
  readonly #sources = new Map<HostKey, Source>();

  add(datagram: Datagram): void {
    datagram.youngerOfSource = null;
    datagram.olderOfSource = null;
    const known = this.#sources.get(datagram.source);
    if (known === undefined) {
      this.#sources.set(datagram.source, {
        pages: datagram.pages,
        oldest: datagram,
        youngest: datagram,
      });
      return;
    }
    datagram.olderOfSource = known.youngest;
    known.youngest.youngerOfSource = datagram;
    known.youngest = datagram;
    known.pages += datagram.pages;
  }

  /** A datagram of its grew by that many pages. */
  grew(source: HostKey, pages: number): void {
    const known = this.#sources.get(source);
    if (known !== undefined) known.pages += pages;
  }

  /** Call it before the datagram's pages are released. */
  remove(datagram: Datagram): void {
    const known = this.#sources.get(datagram.source);
    if (known === undefined) return;
    const { olderOfSource: older, youngerOfSource: younger } = datagram;
    known.pages -= datagram.pages;
    if (older === null && younger === null) {
      this.#sources.delete(datagram.source);
      return;
    }
    if (older !== null) older.youngerOfSource = younger;
    else if (younger !== null) known.oldest = younger;
    if (younger !== null) younger.olderOfSource = older;
    else if (older !== null) known.youngest = older;
  }

  pages(source: HostKey): number {
    return this.#sources.get(source)?.pages ?? 0;
  }

  oldest(source: HostKey): Datagram | undefined {
    return this.#sources.get(source)?.oldest;
  }
}
