import { type Fuzzer, SLOW_MS } from "./fuzzer.ts";
import type { SlowPacket } from "./slow-packets.ts";

/** Fewer when the packet has been fast before. */
const REPEATS = 50;

/**
 * Those of slow packets that are slow each time when their rounds are played again and again, with the least of their times,
 * slowest first: the others waited for V8 (compiling, throwing away what it had compiled) or the kernel, once.
 */
export function slowEachTime(fuzzer: Fuzzer, slow: readonly SlowPacket[]): SlowPacket[] {
  const seeds = [...new Set(slow.map(({ seed }) => seed))];
  const bySeed = new Map<number, SlowPacket[]>(seeds.map((seed) => [seed, []]));
  for (const packet of slow) bySeed.get(packet.seed)?.push(packet);
  return [...bySeed].flatMap(([seed, packets]) => eachTime(fuzzer, seed, packets)).sort(bySlowest);
}

function eachTime(fuzzer: Fuzzer, seed: number, slow: readonly SlowPacket[]): SlowPacket[] {
  const packets = fuzzer.packets(seed);
  let left = [...slow];
  for (let i = 0; i < REPEATS && left.length > 0; i++) {
    const times = fuzzer.times(packets, new Set(left.map(({ number }) => number)));
    left = left.flatMap((packet) => {
      const ms = Math.min(packet.ms, times.get(packet.number) ?? 0);
      return ms < SLOW_MS ? [] : [{ ...packet, ms }];
    });
  }
  return left;
}

function bySlowest(one: SlowPacket, other: SlowPacket): number {
  return other.ms - one.ms;
}
