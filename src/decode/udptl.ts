const NUMBER_BYTES = 2;
/** Of the last packets' copies, and of the packets that parity is of; real senders have three. */
const ENTRIES_MAX = 32;
const REDUNDANCY = 0x00;
const PARITY = 0x80;

/**
 * Is it a UDPTL packet (ITU-T T.38 9.1, encoded as X.691 has it): a number, a packet of the fax, and then copies of those before it, or
 * parity of some, to its end? The number may look like the first bytes of RTP or RTCP.
 */
export function isUdptl(bytes: Buffer, start: number, end: number): boolean {
  const after = afterField(bytes, start + NUMBER_BYTES, end);
  if (after < 0 || after + 2 > end) return false;
  const kind = bytes[after];
  if (kind !== REDUNDANCY && kind !== PARITY) return false;
  // Before the entries of parity stands of how many packets it is: one byte with its length.
  const at = kind === PARITY ? after + 3 : after + 1;
  if (at >= end || (kind === PARITY && bytes[after + 1] !== 1)) return false;
  const entries = bytes[at] as number;
  if (entries > ENTRIES_MAX) return false;
  let next = at + 1;
  for (let entry = 0; entry < entries && next >= 0; entry++) next = afterField(bytes, next, end);
  return next === end;
}

/** Where a field with its length before it ends; -1 beyond `end`. Lengths are below 16,384 (X.691 11.9.3). */
function afterField(bytes: Buffer, at: number, end: number): number {
  if (at >= end) return -1;
  const first = bytes[at] as number;
  if (first < 0x80) return within(at + 1 + first, end);
  if (first >= 0xc0 || at + 1 >= end) return -1;
  return within(at + 2 + (((first & 0x3f) << 8) | (bytes[at + 1] as number)), end);
}

function within(at: number, end: number): number {
  return at <= end ? at : -1;
}
