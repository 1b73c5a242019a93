import type { BytePool } from "../tcp/byte-pool.ts";
import { HeldBytes } from "../tcp/held-bytes.ts";
import type { MessageSink, StreamParser } from "../tcp/stream-parser.ts";
import type { WebSocketParser } from "./websocket-parser.ts";

/** A handshake's head is waited for so long. */
export const HEAD_BYTES_MAX = 16_384;

/** End of an HTTP head, behind its empty line; -1 when it is not there yet. */
export function headEnd(bytes: Buffer, length: number): number {
  const at = bytes.subarray(0, length).indexOf("\r\n\r\n");
  return at < 0 ? -1 : at + 4;
}

/** RFC 6455 4.1, RFC 7118 4: asks for a WebSocket that speaks SIP. */
export function asksForSip(head: string): boolean {
  return (
    /^GET [^\r\n]* HTTP\/1\.1\r\n/.test(head) &&
    hasWord(head, "upgrade", "websocket") &&
    hasWord(head, "sec-websocket-protocol", "sip")
  );
}

/** One of the comma-separated words of a header, in any case. */
function hasWord(head: string, name: string, word: string): boolean {
  return valuesOf(head, name).some((value) => value === word);
}

function valuesOf(head: string, name: string): string[] {
  const values: string[] = [];
  for (const line of head.split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    if (colon < 0 || line.slice(0, colon).trim().toLowerCase() !== name) continue;
    values.push(...line.slice(colon + 1).split(","));
  }
  return values.map((value) => value.trim().toLowerCase());
}

/**
 * The server's direction: its answer to the handshake (RFC 6455 4.2.2), then WebSocket frames. The answer says
 * whether messages may be packed, and what each side forgets (RFC 7692 7.1.1).
 */
export class UpgradeAnswer implements StreamParser {
  readonly #head: HeldBytes;
  readonly #client: WebSocketParser;
  readonly #server: WebSocketParser;
  #state: "head" | "frames" | "refused" = "head";

  constructor(pool: BytePool, client: WebSocketParser, server: WebSocketParser) {
    this.#head = new HeldBytes(pool);
    this.#client = client;
    this.#server = server;
  }

  get isHolding(): boolean {
    return this.#head.length > 0 || this.#server.isHolding;
  }

  get isBehind(): boolean {
    return this.#server.isBehind;
  }

  get isWaiting(): boolean {
    return this.#server.isBehind;
  }

  resume(sink: MessageSink): void {
    this.#server.resume(sink);
  }

  take(bytes: Buffer, start: number, end: number, sink: MessageSink): void {
    if (this.#state === "frames") this.#server.take(bytes, start, end, sink);
    if (this.#state !== "head") return;
    const head = this.#head;
    if (head.length + end - start > HEAD_BYTES_MAX || !head.append(bytes, start, end)) {
      this.#refuse();
      return;
    }
    const at = headEnd(head.buffer, head.length);
    if (at < 0) return;
    if (!this.#read(head.buffer.toString("latin1", 0, at))) {
      this.#refuse();
      return;
    }
    this.#state = "frames";
    if (at < head.length) this.#server.take(head.buffer, at, head.length, sink);
    head.clear();
  }

  gap(sink: MessageSink): void {
    this.#head.clear();
    // The answer was missed; frames are known by what is in them.
    if (this.#state === "head") this.#state = "frames";
    this.#server.gap(sink);
  }

  release(): void {
    this.#head.clear();
    this.#server.release();
  }

  #read(head: string): boolean {
    if (!/^HTTP\/1\.1 101[ \r]/.test(head)) return false;
    const terms = valuesOf(head, "sec-websocket-extensions").join(";");
    this.#server.inflater.hasNoContext = terms.includes("server_no_context_takeover");
    this.#client.inflater.hasNoContext = terms.includes("client_no_context_takeover");
    return true;
  }

  #refuse(): void {
    this.#head.clear();
    this.#state = "refused";
  }
}
