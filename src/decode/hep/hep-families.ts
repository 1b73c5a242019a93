/** Address families by Linux (2, 10) and BSD (24, 28, 30), and the bytes of a header of version 1 with them. */
export const FAMILY_BYTES: ReadonlyMap<number, number> = new Map([
  [2, 16],
  [10, 40],
  [24, 40],
  [28, 40],
  [30, 40],
]);
