import { readSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";

/** Bytes in order, from a file, a stream or a decompressor. */
export interface ByteSource {
  /**
   * Puts at least one byte into `into` from `at` on and returns how many; 0 is the end. May reject
   * with an `Error` whose message fits behind "name: ".
   */
  read(into: Buffer, at: number): Promise<number>;
  /** Ends a `read` that waits (it returns 0) and gives the resource back. */
  close(): Promise<void>;
}

/** So much of a file stays in the processor's cache until its packets are read. */
const READ_BYTES_MAX = 256 * 1024;

/**
 * A regular file. Read in place, since its blocks lie in the page cache or are read ahead: to hand each read to
 * another thread takes as long as its packets. Between two reads what else is due gets its turn.
 */
export class FileBytes implements ByteSource {
  bytesRead = 0;
  readonly #handle: FileHandle;
  #closing: Promise<void> | undefined;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async read(into: Buffer, at: number): Promise<number> {
    await turn();
    if (this.#closing !== undefined) return 0;
    const length = Math.min(into.length - at, READ_BYTES_MAX);
    const bytesRead = readSync(this.#handle.fd, into, at, length, null);
    this.bytesRead += bytesRead;
    return bytesRead;
  }

  async close(): Promise<void> {
    this.#closing ??= this.#handle.close();
    await this.#closing;
  }
}

/** A Node stream; hands bytes on as they arrive and lets the writer wait while nobody reads. */
export class StreamBytes implements ByteSource {
  bytesRead = 0;
  readonly #stream: Readable;
  #ended = false;
  #error: Error | undefined;
  #wake: () => void = () => {};
  #rest: Buffer | null = null;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on("readable", () => this.#wake());
    stream.on("end", () => this.#end());
    stream.on("close", () => this.#end());
    stream.on("error", (error: Error) => {
      this.#error = error;
      this.#end();
    });
  }

  async read(into: Buffer, at: number): Promise<number> {
    for (;;) {
      const chunk: Buffer | null = this.#rest ?? this.#stream.read();
      if (chunk !== null) return this.#copy(chunk, into, at);
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return 0;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async close(): Promise<void> {
    this.#error = undefined;
    this.#rest = null;
    this.#end();
    this.#stream.destroy();
  }

  #copy(chunk: Buffer, into: Buffer, at: number): number {
    const bytes = chunk.copy(into, at);
    this.#rest = bytes < chunk.length ? chunk.subarray(bytes) : null;
    this.bytesRead += bytes;
    return bytes;
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }
}
