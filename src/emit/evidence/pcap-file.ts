import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  rmSync,
  writeSync,
} from "node:fs";
import type { EvidenceRing } from "./evidence-ring.ts";
import type { RecentPacket } from "./recent-packets.ts";

/** https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html, microseconds, little-endian. */
const MAGIC = 0xa1b2c3d4;
/** Bytes before the first packet of a file, and before each packet. */
export const FILE_HEADER_BYTES = 24;
export const RECORD_HEADER_BYTES = 16;
const SNAPLEN = 262_144;

/** Appended packets gather up to this many bytes before they are written. */
const PENDING_BYTES = 16_384;

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_TRUNC, O_WRONLY } = constants;
/** A FIFO that nobody reads is refused then (ENXIO), instead of holding up the packet thread. */
const OPEN_FLAGS = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK;

/**
 * One capture file that grows by whole packets: what is on disk ends with a whole packet at any time that
 * the process is not inside a call. Methods throw the system's error; the file then still ends so.
 */
export class PcapFile {
  readonly path: string;
  readonly linkType: number;
  /** Written and waiting. */
  packets = 0;
  bytes = 0;
  readonly #fd: number;
  readonly #hash: Hash = createHash("sha256");
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #pendingPackets = 0;

  /** Makes the file with these packets, or none at all: on a fault it is removed. */
  constructor(path: string, linkType: number, packets: readonly RecentPacket[]) {
    this.path = path;
    this.linkType = linkType;
    this.#fd = openFile(path);
    try {
      this.#keep(fileHeader(linkType), 0);
      for (const { ring, at } of packets) this.append(ring, at);
      this.flush();
    } catch (error) {
      this.#close();
      rmSync(path, { force: true });
      throw error;
    }
  }

  get sha256(): string {
    return this.#hash.copy().digest("hex");
  }

  append(ring: EvidenceRing, at: number): void {
    this.#keep(recordOf(ring, at), 1);
    if (this.#pendingBytes >= PENDING_BYTES) this.flush();
  }

  /** Writes what waits, or drops it all: then the file is as it was after the last flush. */
  flush(): void {
    if (this.#pendingBytes === 0) return;
    const bytes = Buffer.concat(this.#pending, this.#pendingBytes);
    const written = this.bytes - bytes.length;
    const packets = this.#pendingPackets;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#pendingPackets = 0;
    try {
      for (let at = 0; at < bytes.length; )
        at += writeSync(this.#fd, bytes, at, undefined, written + at);
    } catch (error) {
      this.bytes = written;
      this.packets -= packets;
      this.#cut(written);
      throw error;
    }
    this.#hash.update(bytes);
  }

  /** Writes what waits; closes the file whatever comes of it. */
  close(): void {
    try {
      this.flush();
    } finally {
      this.#close();
    }
  }

  #keep(bytes: Buffer, packets: number): void {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    this.#pendingPackets += packets;
    this.bytes += bytes.length;
    this.packets += packets;
  }

  #cut(bytes: number): void {
    try {
      ftruncateSync(this.#fd, bytes);
    } catch {
      // A disk that fails here too; the next start cuts the file.
    }
  }

  #close(): void {
    closeSync(this.#fd);
  }
}

function fileHeader(linkType: number): Buffer {
  const header = Buffer.alloc(FILE_HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAPLEN, 16);
  header.writeUInt32LE(linkType, 20);
  return header;
}

function recordOf(ring: EvidenceRing, at: number): Buffer {
  const length = ring.length(at);
  const record = Buffer.allocUnsafe(RECORD_HEADER_BYTES + length);
  const timeUs = Math.max(0, Math.floor(ring.timeUs(at)));
  const seconds = Math.floor(timeUs / 1_000_000);
  record.writeUInt32LE(seconds >>> 0, 0);
  record.writeUInt32LE(timeUs - seconds * 1_000_000, 4);
  record.writeUInt32LE(length, 8);
  // A wire length below what was captured is a fault of the capture that no reader takes.
  record.writeUInt32LE(Math.max(length, ring.wireLength(at)), 12);
  ring.copyTo(at, record, RECORD_HEADER_BYTES);
  return record;
}

/** A FIFO that somebody reads would take what nobody can read again. */
function openFile(path: string): number {
  const fd = openSync(path, OPEN_FLAGS, 0o640);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw Object.assign(new Error("not a file"), { code: "ENXIO" });
}
