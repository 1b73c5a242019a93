/** Reads and writes one number after another; a read beyond the end throws RangeError. */
export class StateCursor {
  readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  putByte(value: number): void {
    this.at = this.bytes.writeUInt8(value, this.at);
  }

  putInt(value: number): void {
    this.at = this.bytes.writeUInt32LE(value, this.at);
  }

  putDouble(value: number): void {
    this.at = this.bytes.writeDoubleLE(value, this.at);
  }

  putText(text: string): void {
    const bytes = Buffer.from(text);
    this.at = this.bytes.writeUInt16LE(bytes.length, this.at);
    this.putBytes(bytes);
  }

  putBytes({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): void {
    this.bytes.set(new Uint8Array(buffer, byteOffset, byteLength), this.at);
    this.at += byteLength;
  }

  byte(): number {
    return this.bytes.readUInt8(this.#pass(1));
  }

  int(): number {
    return this.bytes.readUInt32LE(this.#pass(4));
  }

  double(): number {
    return this.bytes.readDoubleLE(this.#pass(8));
  }

  text(): string {
    const length = this.bytes.readUInt16LE(this.#pass(2));
    const start = this.#pass(length);
    return this.bytes.toString("utf8", start, this.at);
  }

  fill({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): void {
    const start = this.#pass(byteLength);
    new Uint8Array(buffer, byteOffset, byteLength).set(this.bytes.subarray(start, this.at));
  }

  skip(length: number): void {
    this.#pass(length);
  }

  #pass(length: number): number {
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError("beyond the end");
    return start;
  }
}
