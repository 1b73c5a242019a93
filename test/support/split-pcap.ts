/** Cuts a little-endian pcap file into `count` files of about as many packets each. */
export function splitPcap(file: Buffer, count: number): Buffer[] {
  const header = file.subarray(0, 24);
  const records: Buffer[] = [];
  for (let at = 24; at + 16 <= file.length; ) {
    const end = at + 16 + file.readUInt32LE(at + 8);
    records.push(file.subarray(at, end));
    at = end;
  }
  const size = Math.ceil(records.length / count);
  return Array.from({ length: count }, (_, i) =>
    Buffer.concat([header, ...records.slice(i * size, (i + 1) * size)]),
  );
}
