/** RFC 1035 2.3.4; and no name needs more pointers than it has labels. */
const NAME_MAX = 255;
const JUMPS_MAX = 32;
const POINTER = 0xc0;
const LABEL_MAX = 63;
/** What a host name is made of, underscores included; others may be names, too, but none to show. */
const LABEL = /^[a-z0-9_-]{1,63}$/;

/** Reads names of a DNS message (RFC 1035 4.1.4) with their compression pointers, which only ever lead back. */
export class DnsNameReader {
  /** Behind the name that was read last. */
  after = 0;
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;

  /** The message is in [start, end) of the bytes. */
  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /** In lower case; "" when it is broken, or holds what no host name does. */
  name(from: number): string {
    const labels: string[] = [];
    let length = 0;
    let at = from;
    this.after = -1;
    for (let jumps = 0; jumps <= JUMPS_MAX; ) {
      const first = at < this.#end ? (this.#bytes[at] as number) : POINTER - 1;
      if (first >= POINTER) {
        if (this.after < 0) this.after = at + 2;
        at = this.#target(at);
        jumps++;
      }
      if (at < 0) break;
      if (first >= POINTER) continue;
      const end = at + 1 + first;
      length += first + 1;
      if (first > LABEL_MAX || end > this.#end || length > NAME_MAX) break;
      if (first === 0) return this.#whole(labels, end);
      labels.push(this.#bytes.toString("latin1", at + 1, end).toLowerCase());
      at = end;
    }
    this.after = this.#end;
    return "";
  }

  #whole(labels: readonly string[], end: number): string {
    if (this.after < 0) this.after = end;
    return labels.every((label) => LABEL.test(label)) ? labels.join(".") : "";
  }

  /** Where the pointer leads; -1 when that is not back. */
  #target(at: number): number {
    if (at + 2 > this.#end) return -1;
    const bytes = this.#bytes;
    const offset = (((bytes[at] as number) & 0x3f) << 8) | (bytes[at + 1] as number);
    return this.#start + offset < at ? this.#start + offset : -1;
  }
}
