/**
 * HalfSipHash-c-d with 64 bits of output, written for reading, after the reference implementation's
 * description (https://github.com/veorq/SipHash): the oracle of the quick one in src/base/hash.ts.
 */
export function referenceHash(
  bytes: Uint8Array,
  options: { keyLow: number; keyHigh: number; compress: number; finish: number },
): { low: number; high: number } {
  const { keyLow, keyHigh, compress, finish } = options;
  const v = new Int32Array([keyLow, keyHigh ^ 0xee, keyLow ^ 0x6c796765, keyHigh ^ 0x74656462]);
  const get = (i: number): number => v[i] as number;
  const rotate = (i: number, by: number): void => {
    v[i] = (get(i) << by) | (get(i) >>> (32 - by));
  };
  const add = (i: number, j: number): void => {
    v[i] = get(i) + get(j);
  };
  const xor = (i: number, j: number): void => {
    v[i] = get(i) ^ get(j);
  };
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) {
      add(0, 1);
      rotate(1, 5);
      xor(1, 0);
      rotate(0, 16);
      add(2, 3);
      rotate(3, 8);
      xor(3, 2);
      add(0, 3);
      rotate(3, 7);
      xor(3, 0);
      add(2, 1);
      rotate(1, 13);
      xor(1, 2);
      rotate(2, 16);
    }
  };
  const padded = Buffer.alloc((bytes.length & ~3) + 4);
  padded.set(bytes);
  padded[padded.length - 1] = bytes.length & 0xff;
  for (let at = 0; at < padded.length; at += 4) {
    const word = padded.readInt32LE(at);
    v[3] = get(3) ^ word;
    rounds(compress);
    v[0] = get(0) ^ word;
  }
  v[2] = get(2) ^ 0xee;
  rounds(finish);
  const low = get(1) ^ get(3);
  v[1] = get(1) ^ 0xdd;
  rounds(finish);
  return { low, high: get(1) ^ get(3) };
}
