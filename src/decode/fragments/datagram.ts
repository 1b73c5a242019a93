import type { FragmentHeader } from "./fragment-header.ts";
import {
  BLOCK_BYTES,
  type FragmentPage,
  type FragmentPages,
  PAGE_BLOCKS,
} from "./fragment-pages.ts";

const PAGES_MAX = 32;
const EMPTY = Buffer.alloc(0);

/**
 * A datagram whose fragments are coming in. Where two overlap, the one that starts earlier in the datagram
 * wins, and of two that start alike the one that came first: Suricata's default (BSD) for IPv4 and IPv6,
 * and so for us, as RFC 5722's dropping of the whole would let an attacker hide behind hosts that do not.
 */
export class Datagram {
  /** Row in the reassembler's table. */
  row = -1;
  source = 0.5;
  firstUs = 0.5;
  /** When it was complete; 0 before. */
  doneUs = 0.5;
  /** Pages that it holds. */
  pages = 0;
  /** Some fragments overlapped. */
  hasOverlap = false;
  /** Link and IP headers of the fragment at offset zero; the first `linkBytes` are the link's. */
  head = EMPTY;
  linkBytes = 0;
  nextHeaderAt = 0;
  protocol = 0;
  /** Length of its data, -1 while the last fragment is missing. */
  bytes = -1;
  olderOfSource: Datagram | null = null;
  youngerOfSource: Datagram | null = null;
  readonly #pages: (FragmentPage | null)[] = new Array<FragmentPage | null>(PAGES_MAX).fill(null);
  #covered = 0;
  /** End of the data seen so far. */
  #reached = 0;

  begin(row: number, source: number, nowUs: number): void {
    this.row = row;
    this.source = source;
    this.firstUs = nowUs;
    this.doneUs = 0;
    this.hasOverlap = false;
    this.head = EMPTY;
    this.bytes = -1;
    this.#covered = 0;
    this.#reached = 0;
  }

  get isComplete(): boolean {
    return this.bytes >= 0 && this.#covered === Math.ceil(this.bytes / BLOCK_BYTES);
  }

  /** Takes a fragment's data; false for one that contradicts the datagram's length, which is left aside. */
  add(fragment: FragmentHeader, bytes: Buffer, pool: FragmentPages): boolean {
    const { offset, dataStart } = fragment;
    const end = offset + fragment.dataEnd - dataStart;
    if (this.bytes >= 0 && (end > this.bytes || (fragment.isLast && end !== this.bytes))) {
      return false;
    }
    if (fragment.isLast) {
      if (end < this.#reached) return false;
      this.bytes = end;
    }
    this.#reached = Math.max(this.#reached, end);
    const firstBlock = offset / BLOCK_BYTES;
    const lastBlock = Math.ceil(end / BLOCK_BYTES);
    for (let block = firstBlock; block < lastBlock; ) {
      const pageEnd = (Math.floor(block / PAGE_BLOCKS) + 1) * PAGE_BLOCKS;
      const until = Math.min(lastBlock, pageEnd);
      const page = this.#pageAt(block, pool);
      this.#fill(page, block, until, firstBlock, bytes, dataStart - offset, fragment.dataEnd);
      block = until;
    }
    return true;
  }

  /** Writes the data to `target` and lets go of the pages. */
  moveTo(target: Buffer, targetAt: number, pool: FragmentPages): void {
    for (let i = 0, left = this.bytes; left > 0; i++) {
      const page = this.#pages[i] as FragmentPage;
      const bytes = Math.min(left, page.bytes.length);
      page.bytes.copy(target, targetAt + this.bytes - left, 0, bytes);
      left -= bytes;
    }
    this.release(pool);
  }

  release(pool: FragmentPages): void {
    for (let i = 0; this.pages > 0 && i < PAGES_MAX; i++) {
      const page = this.#pages[i];
      if (page === null || page === undefined) continue;
      pool.give(page);
      this.#pages[i] = null;
      this.pages--;
    }
    this.head = EMPTY;
  }

  #pageAt(block: number, pool: FragmentPages): FragmentPage {
    const index = Math.floor(block / PAGE_BLOCKS);
    let page = this.#pages[index];
    if (page === null || page === undefined) {
      page = pool.take();
      this.#pages[index] = page;
      this.pages++;
    }
    return page;
  }

  /** Blocks [from, until) of one page, as far as the fragment that starts at `firstBlock` wins them. */
  #fill(
    page: FragmentPage,
    from: number,
    until: number,
    firstBlock: number,
    bytes: Buffer,
    dataAt: number,
    dataEnd: number,
  ): void {
    const { owners } = page;
    let run = from;
    for (let block = from; block < until; block++) {
      const place = block % PAGE_BLOCKS;
      const owner = owners[place] as number;
      if (owner === 0) this.#covered++;
      else this.hasOverlap = true;
      if (owner === 0 || owner > firstBlock + 1) {
        owners[place] = firstBlock + 1;
        continue;
      }
      copyBlocks(page, run, block, bytes, dataAt, dataEnd);
      run = block + 1;
    }
    copyBlocks(page, run, until, bytes, dataAt, dataEnd);
  }
}

function copyBlocks(
  page: FragmentPage,
  from: number,
  until: number,
  bytes: Buffer,
  dataAt: number,
  dataEnd: number,
): void {
  if (until <= from) return;
  const end = Math.min(dataAt + until * BLOCK_BYTES, dataEnd);
  bytes.copy(page.bytes, (from % PAGE_BLOCKS) * BLOCK_BYTES, dataAt + from * BLOCK_BYTES, end);
}
