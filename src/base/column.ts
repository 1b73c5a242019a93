interface ColumnType<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, start: number, length: number): A;
}

interface Bytes {
  readonly buffer: ArrayBufferLike;
  readonly byteLength: number;
}

/** The type that Node.js has since release 20; the one of ES2023 takes a length alone. */
const GrowableBuffer = SharedArrayBuffer as new (
  bytes: number,
  options: { maxByteLength: number },
) => SharedArrayBuffer;

/** What is smaller would have most of its last page for nothing. */
const PAGES_FROM_BYTES = 16_384;

/**
 * A column of a table: a typed array of zeros, for memory that is taken once and kept. Most of it is never touched, and so that
 * it costs nothing until then:
 *
 * - Shared memory, because V8 counts that of ordinary typed arrays against its heap: while the tables of a pipeline are made,
 *   300 MiB that no page stands behind yet, it would collect garbage a dozen times and find none.
 * - Growable (to the size that it has), because V8 takes that from the system, as pages of zeros. The rest comes from malloc,
 *   which keeps what was freed, and the next pipeline of the process (`replay --each`, tests) would have it all zeroed again.
 *
 * Whatever views its buffer is given a length (`columnOver`): what follows the buffer's is read more slowly.
 */
export function column<A>(type: ColumnType<A>, length: number): A {
  const bytes = type.BYTES_PER_ELEMENT * length;
  const buffer =
    bytes < PAGES_FROM_BYTES
      ? new SharedArrayBuffer(bytes)
      : new GrowableBuffer(bytes, { maxByteLength: bytes });
  return new type(buffer, 0, length);
}

/** The bytes of a column as another kind of number. */
export function columnOver<A>(type: ColumnType<A>, { buffer, byteLength }: Bytes): A {
  return new type(buffer, 0, byteLength / type.BYTES_PER_ELEMENT);
}
