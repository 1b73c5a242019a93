interface ColumnType<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer): A;
}

/**
 * A column of a table: a typed array of zeros, for memory that is taken once and kept. Shared memory, because V8
 * counts that of ordinary typed arrays against its heap: while the tables of a pipeline are made, 200 MiB that no page
 * stands behind yet, it would collect garbage a dozen times and find none.
 */
export function column<A>(type: ColumnType<A>, length: number): A {
  return new type(new SharedArrayBuffer(type.BYTES_PER_ELEMENT * length));
}
