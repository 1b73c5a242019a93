import type { Span } from "../../base/ascii.ts";
import type { HostNames } from "../../decode/host-names.ts";
import { AddressView } from "../../decode/sip/address.ts";
import { CredentialsView } from "../../decode/sip/credentials.ts";
import { SipMessageView } from "../../decode/sip/message.ts";
import type { SipFields } from "../content/sip-fields.ts";
import { sipFieldsOf } from "../content/sip-fields.ts";
import type { KeptMessage, KeptMessages } from "../facts/packet-origin.ts";
import { MESSAGE_BYTES_MAX, type MessageArena } from "./message-arena.ts";

/** Texts from packets are cut at this many bytes. */
const TEXT_BYTES_MAX = 512;

/** Where a transaction's request lies in the arena, and which of its credentials count. */
export interface KeptRequest extends KeptMessage {
  readonly credentialsIndex: number;
}

/**
 * Texts of a request, made from the arena when somebody asks: most are never asked for. One message is
 * taken apart at a time and remembered, since questions about one come together. All are "" once the
 * request was written over.
 */
export class TransactionTexts implements KeptMessages {
  readonly arena: MessageArena;
  readonly names: HostNames;
  readonly #message = new SipMessageView();
  readonly #address = new AddressView();
  readonly #credentials = new CredentialsView();
  readonly #span: Span = { start: 0, end: 0 };
  readonly #bytes = Buffer.alloc(MESSAGE_BYTES_MAX);
  #decodedAt = -1;
  #isWhole = false;

  constructor(arena: MessageArena, names: HostNames) {
    this.arena = arena;
    this.names = names;
  }

  /** The start line, and what is kept of a session description. */
  sipFields(message: KeptMessage): SipFields | null {
    return this.#has(message) ? sipFieldsOf(this.#message) : null;
  }

  header(request: KeptRequest, header: number): string {
    const span = this.#span;
    return this.#has(request) && this.#message.value(header, span) ? this.#text(span) : "";
  }

  method(request: KeptRequest): string {
    return this.#has(request) ? this.#text(this.#message.methodSpan) : "";
  }

  user(request: KeptRequest, header: number): string {
    return this.#addressOf(request, header) ? this.#text(this.#address.user) : "";
  }

  /** `user@host` of an address header. */
  userAtHost(request: KeptRequest, header: number): string {
    if (!this.#addressOf(request, header)) return "";
    return `${this.#text(this.#address.user)}@${this.#text(this.#address.host)}`;
  }

  /** Bytes of the request from `at` on. */
  part({ keptAt, messageBytes }: KeptRequest, at: number, bytes: number): string {
    const offset = this.arena.offsetOf(keptAt);
    if (offset < 0) return "";
    const end = Math.min(at + Math.min(bytes, TEXT_BYTES_MAX), this.arena.keptBytes(messageBytes));
    return this.arena.bytes.toString("latin1", offset + at, offset + Math.max(at, end));
  }

  digest(request: KeptRequest, field: "username" | "realm" | "nonce" | "response"): string {
    const index = request.credentialsIndex;
    if (index < 0 || !this.#has(request)) return "";
    if (index >= this.#credentials.decode(this.#message)) return "";
    return this.#text(this.#credentials.at(index)[field]);
  }

  #addressOf(request: KeptRequest, header: number): boolean {
    const span = this.#span;
    if (!this.#has(request) || !this.#message.value(header, span)) return false;
    return this.#address.decode(this.#message.bytes, span.start, span.end);
  }

  #has({ keptAt, messageBytes }: KeptMessage): boolean {
    const offset = this.arena.offsetOf(keptAt);
    if (offset < 0) return false;
    if (this.#decodedAt === keptAt) return this.#isWhole;
    const length = this.arena.keptBytes(messageBytes);
    // Decoders search to the end of the buffer that they are given.
    this.arena.bytes.copy(this.#bytes, 0, offset, offset + length);
    this.#decodedAt = keptAt;
    this.#isWhole = this.#message.decode(this.#bytes.subarray(0, length), 0, length, true);
    return this.#isWhole;
  }

  #text({ start, end }: Span): string {
    return this.#message.bytes.toString("latin1", start, Math.min(end, start + TEXT_BYTES_MAX));
  }
}
