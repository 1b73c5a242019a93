const PAGE_BYTES = 2048;
/** RFC 791 3.1: fragments consist of blocks of eight bytes, which offsets count. */
export const BLOCK_BYTES = 8;
export const PAGE_BLOCKS = PAGE_BYTES / BLOCK_BYTES;
/** What a page takes in memory, with who owns its blocks. */
const PAGE_COST = PAGE_BYTES + 2 * PAGE_BLOCKS;
const FREE_MAX = 64;

/** Part of a datagram: its bytes, and of each block the start of the fragment that it came in. */
export interface FragmentPage {
  readonly bytes: Buffer;
  /** Start of the owner in blocks, plus one; 0 while nothing is there. */
  readonly owners: Uint16Array;
}

/**
 * Memory of datagrams in pieces, so that a fragment takes what it brings and not what its offset claims.
 * Counts what is given out; who asks for more than `pagesMax` has to make room first.
 */
export class FragmentPages {
  readonly pagesMax: number;
  used = 0;
  readonly #free: FragmentPage[] = [];

  constructor(bytesMax: number) {
    this.pagesMax = Math.max(2 * (65_536 / PAGE_BYTES), Math.floor(bytesMax / PAGE_COST));
  }

  take(): FragmentPage {
    this.used++;
    const page = this.#free.pop();
    if (page === undefined) {
      return {
        bytes: Buffer.allocUnsafeSlow(PAGE_BYTES),
        owners: new Uint16Array(PAGE_BLOCKS),
      };
    }
    page.owners.fill(0);
    return page;
  }

  give(page: FragmentPage): void {
    this.used--;
    if (this.#free.length < FREE_MAX) this.#free.push(page);
  }
}
