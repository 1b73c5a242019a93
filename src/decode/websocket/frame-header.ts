/** RFC 6455 5.2. */
export const Opcode = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;

const HEADER_BYTES_MAX = 14;
/** A frame of more is nobody's SIP. */
const PAYLOAD_BYTES_MAX = 2 ** 31;

/** Header of one WebSocket frame (RFC 6455 5.2), which may come in pieces. Reused. */
export class FrameHeader {
  isFinal = false;
  /** RSV1: the message is compressed (RFC 7692 6). */
  isCompressed = false;
  opcode = 0;
  isMasked = false;
  payloadBytes = 0;
  /** The masking key, where there is one. */
  readonly mask = new Uint8Array(4);
  readonly #bytes = Buffer.alloc(HEADER_BYTES_MAX);
  #length = 0;

  begin(): void {
    this.#length = 0;
  }

  /** Takes bytes until the header is whole; returns how many it took, and `isWhole` says whether it is. */
  take(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && !this.isWhole) this.#bytes[this.#length++] = bytes[at++] as number;
    if (this.isWhole) this.#read();
    return at - start;
  }

  get isWhole(): boolean {
    return this.#length >= 2 && this.#length >= this.#needed;
  }

  /** Nothing that a sender may write: reserved bits or codes, a control frame in pieces or too long. */
  get isBroken(): boolean {
    const first = this.#bytes[0] as number;
    if ((first & 0x30) !== 0) return true;
    const { opcode } = this;
    if (opcode >= 8) return opcode > 10 || !this.isFinal || this.payloadBytes > 125;
    return opcode > 2 || this.payloadBytes > PAYLOAD_BYTES_MAX;
  }

  get #needed(): number {
    const second = this.#bytes[1] as number;
    const length = second & 0x7f;
    return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + (second >= 0x80 ? 4 : 0);
  }

  #read(): void {
    const bytes = this.#bytes;
    const first = bytes[0] as number;
    const second = bytes[1] as number;
    this.isFinal = (first & 0x80) !== 0;
    this.isCompressed = (first & 0x40) !== 0;
    this.opcode = first & 0x0f;
    this.isMasked = second >= 0x80;
    const length = second & 0x7f;
    if (length === 126) this.payloadBytes = bytes.readUInt16BE(2);
    else if (length === 127)
      this.payloadBytes = bytes.readUInt32BE(2) * 2 ** 32 + bytes.readUInt32BE(6);
    else this.payloadBytes = length;
    const maskAt = this.#length - 4;
    for (let i = 0; i < 4; i++) this.mask[i] = this.isMasked ? (bytes[maskAt + i] as number) : 0;
  }
}
