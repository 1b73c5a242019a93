import { constants, inflateRawSync } from "node:zlib";
import type { BytePool } from "../tcp/byte-pool.ts";
import { HeldBytes } from "../tcp/held-bytes.ts";
import { MESSAGE_BYTES_MAX } from "../tcp/sip-framer.ts";

/** RFC 7692 7.2.1: the sender leaves this off. */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);
const WINDOW_BYTES = 32_768;
const EMPTY = Buffer.alloc(0);

/**
 * permessage-deflate (RFC 7692) of one direction. What was said before is the dictionary of what comes, unless
 * its sender begins anew each time. Output is bounded: a message that unpacks to more is not shown.
 */
export class Inflater {
  /** The sender forgets after each message. */
  hasNoContext = false;
  readonly #window: HeldBytes;
  #isLost = false;

  constructor(pool: BytePool) {
    this.#window = new HeldBytes(pool);
  }

  /** The message, or nothing when it is too large, broken, or hangs on one that was not seen. */
  inflate(bytes: Buffer): Buffer {
    if (this.#isLost && !this.hasNoContext) return EMPTY;
    const window = this.#window;
    const dictionary = Buffer.from(window.buffer.subarray(0, window.length));
    try {
      const message = inflateRawSync(Buffer.concat([bytes, TAIL]), {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: MESSAGE_BYTES_MAX,
        ...(dictionary.length > 0 && { dictionary }),
      });
      if (!this.hasNoContext) this.#remember(message);
      return message;
    } catch {
      // Whatever an attacker packs: there is no message in it.
      this.lose();
      return EMPTY;
    }
  }

  /** A message was missed: those that hang on it cannot be read. */
  lose(): void {
    this.#isLost = true;
    this.#window.clear();
  }

  release(): void {
    this.#window.clear();
    this.#isLost = false;
  }

  get isHolding(): boolean {
    return this.#window.length > 0;
  }

  #remember(message: Buffer): void {
    const window = this.#window;
    const start = Math.max(0, message.length - WINDOW_BYTES);
    window.consume(Math.max(0, window.length + message.length - start - WINDOW_BYTES));
    window.append(message, start, message.length);
  }
}
