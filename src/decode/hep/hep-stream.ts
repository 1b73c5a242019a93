import type { BytePool } from "../tcp/byte-pool.ts";
import { HeldBytes } from "../tcp/held-bytes.ts";
import type { MessageSink, StreamParser } from "../tcp/stream-parser.ts";

const MAGIC = 0x48455033;
const HEADER_BYTES = 6;

/** HEP version 3 in a byte stream: each message tells its length. Out of step, the next magic begins anew. */
export class HepStream implements StreamParser {
  readonly #held: HeldBytes;
  /** Whole messages are among what is held. */
  isBehind = false;

  constructor(pool: BytePool) {
    this.#held = new HeldBytes(pool);
  }

  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  take(bytes: Buffer, start: number, end: number, sink: MessageSink): void {
    const held = this.#held;
    if (held.append(bytes, start, end)) this.resume(sink);
    else held.clear();
  }

  get isWaiting(): boolean {
    return this.isBehind;
  }

  resume(sink: MessageSink): void {
    const held = this.#held;
    const { buffer, length } = held;
    let at = 0;
    this.isBehind = false;
    while (length - at >= HEADER_BYTES) {
      if (buffer.readUInt32BE(at) !== MAGIC) {
        const next = buffer.subarray(at + 1, length).indexOf("HEP3");
        at = next < 0 ? Math.max(at + 1, length - 3) : at + 1 + next;
        continue;
      }
      const bytesTold = Math.max(HEADER_BYTES, buffer.readUInt16BE(at + 4));
      if (length - at < bytesTold) break;
      if (!sink.hasRoom(bytesTold)) {
        this.isBehind = true;
        break;
      }
      sink.message(buffer, at, at + bytesTold, bytesTold, length - at - bytesTold);
      at += bytesTold;
    }
    held.consume(at);
  }

  gap(): void {
    this.#held.clear();
  }

  release(): void {
    this.isBehind = false;
    this.#held.clear();
  }
}
