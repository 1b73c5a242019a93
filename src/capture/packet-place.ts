/**
 * Where a packet lies, as one number that a table row can keep: the capture that it is from, by its rank
 * among those of the run, and its number in that capture, as Wireshark's `frame.number` counts, from 1. 0 is
 * no place.
 */
export type PacketPlace = number;

export const NO_PLACE: PacketPlace = 0;

/** 6.8e10 packets a capture and 131,072 captures: both within an exact integer. */
const NUMBERS = 2 ** 36;
const CAPTURES = 2 ** 17;

/** Captures beyond the limit are all the last one, whose name nobody knows. */
export function packetPlace(capture: number, number: number): PacketPlace {
  return Math.min(capture, CAPTURES - 1) * NUMBERS + number;
}

/** Rank of the capture, from 0. */
export function captureOf(place: PacketPlace): number {
  return Math.floor(place / NUMBERS);
}

/** Number of the packet in its capture, from 1; 0 without a place. */
export function numberOf(place: PacketPlace): number {
  return place % NUMBERS;
}
