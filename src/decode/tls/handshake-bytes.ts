import type { BytePool } from "../tcp/byte-pool.ts";
import { HeldBytes } from "../tcp/held-bytes.ts";

export const HandshakeType = { CLIENT_HELLO: 1, SERVER_HELLO: 2 } as const;

const HEADER_BYTES = 4;
/** Hellos with keys of post-quantum algorithms have some 2 KB. */
const HELLO_BYTES_MAX = 16_384;

/** Handshake messages in clear, which may lie across records (RFC 8446 5.1); only hellos are kept. */
export class HandshakeBytes {
  /** A hello is longer than any: nothing more is read. */
  isOverlong = false;
  readonly #held: HeldBytes;
  /** Rest of a message that is no hello. */
  #skip = 0;

  constructor(pool: BytePool) {
    this.#held = new HeldBytes(pool);
  }

  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  take(bytes: Buffer, onHello: (type: number, body: Buffer) => void): void {
    let from = Math.min(this.#skip, bytes.length);
    this.#skip -= from;
    const held = this.#held;
    while (from < bytes.length && !this.isOverlong) {
      const wanted = this.#wanted();
      const until = Math.min(bytes.length, from + wanted - held.length);
      held.append(bytes, from, until);
      from = until;
      if (held.length < wanted) return;
      if (wanted === HEADER_BYTES && this.#beginBody()) continue;
      if (wanted > HEADER_BYTES) this.#tell(onHello);
      const skipped = Math.min(this.#skip, bytes.length - from);
      this.#skip -= skipped;
      from += skipped;
    }
  }

  release(): void {
    this.#held.clear();
    this.#skip = 0;
  }

  /** Length of what is being read: the header, or with it the message. */
  #wanted(): number {
    const { buffer, length } = this.#held;
    return length < HEADER_BYTES ? HEADER_BYTES : HEADER_BYTES + buffer.readUIntBE(1, 3);
  }

  /** The header is there; true when a body is waited for. */
  #beginBody(): boolean {
    const { buffer } = this.#held;
    const type = buffer[0] as number;
    const length = buffer.readUIntBE(1, 3);
    const isHello = type === HandshakeType.CLIENT_HELLO || type === HandshakeType.SERVER_HELLO;
    if (isHello && length > 0 && length <= HELLO_BYTES_MAX) return true;
    if (isHello && length > HELLO_BYTES_MAX) this.isOverlong = true;
    this.#held.clear();
    this.#skip = length;
    return false;
  }

  #tell(onHello: (type: number, body: Buffer) => void): void {
    const { buffer, length } = this.#held;
    onHello(buffer[0] as number, buffer.subarray(HEADER_BYTES, length));
    this.#held.clear();
  }
}
