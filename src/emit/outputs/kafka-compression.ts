import { promisify } from "node:util";
import zlib from "node:zlib";

export type KafkaCompression = "none" | "gzip" | "zstd";

type Compress = (data: Buffer) => Promise<Buffer>;

/** The fastest level: alerts shrink to an eighth all the same (level 6: a tenth, for twice the CPU). */
const GZIP_LEVEL = 1;
/** What comes out is collected in pieces, each of which is a way to zlib's thread and back. */
const PIECE_BYTES_MIN = 16_384;
const PIECE_SHARE = 4;

export function gzip(data: Buffer): Promise<Buffer> {
  const chunkSize = Math.max(PIECE_BYTES_MIN, Math.ceil(data.length / PIECE_SHARE));
  return promisify(zlib.gzip)(data, { level: GZIP_LEVEL, chunkSize });
}

/** zstd of this Node.js (from 22.15 on); undefined where there is none. */
export function zstdOf(library: object = zlib): Compress | undefined {
  const compress: unknown = Reflect.get(library, "zstdCompress");
  if (typeof compress !== "function") return undefined;
  return (data) =>
    new Promise((resolve, reject) => {
      compress(data, (error: Error | null, result: Buffer) =>
        error === null ? resolve(result) : reject(error),
      );
    });
}

/** Why batches cannot be compressed in this way here, as one line; "" when they can. */
export function compressionProblem(compression: KafkaCompression, library: object = zlib): string {
  if (compression !== "zstd" || zstdOf(library) !== undefined) return "";
  return `compression zstd needs Node.js 22.15 or newer, and this is ${process.version}: choose gzip`;
}
