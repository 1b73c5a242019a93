import type { Frame } from "../../src/capture/frame.ts";
import { SlowPackets, type TimedPacket } from "../../test/fuzz/slow-packets.ts";
import { DecodeAll } from "../../test/support/decode-all.ts";
import { hostileMessages } from "../../test/support/hostile-messages.ts";
import { ThreadClock } from "../../test/support/thread-clock.ts";
import { type Figure, randomOf } from "../measure.ts";
import { PacketTape } from "../packet-tape.ts";
import { pipelineOf } from "../pipeline-of.ts";
import { RtpTraffic } from "../rtp-traffic.ts";
import { SipTraffic } from "../sip-traffic.ts";

const WARM_UP = 200_000;
const SLOW_MS = 1;
/** Packets between turns of the event loop, in which V8 tells of its collections. */
const TURN_PACKETS = 5_000;
const PACKET_BYTES_MAX = 2048;
const LONG_BYTES = 64_000;
const UDP_PAYLOAD_MAX = 65_507;
/** The first ones are compiled and not measured. */
const REPEATS = 20;
/** Of `hostileMessages`; each repetition is a call of its own, or it would be a retransmission. */
const CALL_ID = "c1@10.0.0.9";
const CALL_IDS = 100;
/** Of a slow packet alone; fewer once it was fast. */
const SLOW_REPEATS = 50;
const STEP_US = 1_000_000;
/** Too late for a copy, and little falls due meanwhile. */
const ALONE_US = 10_000;
const ENDS = { src: 0x0a000001, srcPort: 5060, dst: 0x0a000002, dstPort: 5060 };
const SEPARATORS = Buffer.from('\r\n\r\n ,;:<>"@=/\\*%\0\t', "latin1");

interface Slow extends TimedPacket {
  readonly bytes: Buffer;
}

/** Mutated SIP and RTP: no exception, no slow packet, no growing heap. */
export async function benchHostile(packets: number): Promise<Figure[]> {
  return [...(await benchMutants(packets)), ...benchLongMessages()];
}

/** 64 kB of what parsers trip over in each field: decoded alone, and through the whole product. */
function benchLongMessages(): Figure[] {
  const { pipeline } = pipelineOf();
  const all = new DecodeAll();
  const clock = new ThreadClock();
  const tape = new PacketTape();
  const worst = { decode: 0, decodeName: "", all: 0, allName: "" };
  let count = 0;
  for (const { name, bytes } of hostileMessages(LONG_BYTES)) {
    const payload = bytes.subarray(0, UDP_PAYLOAD_MAX);
    const decodeMs = leastMs(clock, () => all.decode(payload));
    if (decodeMs > worst.decode) Object.assign(worst, { decode: decodeMs, decodeName: name });
    tape.clear();
    tape.add(ENDS, payload);
    const frame = tape.at(0);
    const idAt = frame.bytes.indexOf(CALL_ID, frame.start, "latin1");
    let id = 0;
    const allMs = leastMs(clock, () => {
      if (idAt >= 0) frame.bytes.write(String(CALL_IDS + id++).slice(-2), idAt, "latin1");
      frame.timeUs += STEP_US;
      pipeline.onFrame(frame);
    });
    if (allMs > worst.all) Object.assign(worst, { all: allMs, allName: name });
    count++;
  }
  const note = (name: string) => `${count} messages; ${name} (best of ${REPEATS})`;
  return [
    {
      name: "slowest 64 kB message, decoded",
      value: worst.decode,
      unit: "CPU ms",
      target: 1,
      isAtMost: true,
      note: note(worst.decodeName),
    },
    {
      name: "slowest 64 kB message, whole product",
      value: worst.all,
      unit: "CPU ms",
      target: 1,
      isAtMost: true,
      note: note(worst.allName),
    },
  ];
}

/** CPU time of the thread. */
function leastMs(clock: ThreadClock, work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < REPEATS; i++) {
    const startMs = clock.nowMs();
    work();
    best = Math.min(best, clock.nowMs() - startMs);
  }
  return best;
}

async function benchMutants(packets: number): Promise<Figure[]> {
  const { pipeline } = pipelineOf();
  const mutant = new Mutant();
  const clock = new ThreadClock();
  let slow = new SlowPackets<Slow>();
  let faults = 0;
  const take = (): void => {
    const frame = mutant.next();
    const startMs = performance.now();
    const cpuMs = clock.nowMs();
    try {
      pipeline.onFrame(frame);
    } catch {
      faults++;
    }
    const ms = clock.nowMs() - cpuMs;
    if (ms < SLOW_MS) return;
    const bytes = Buffer.from(frame.bytes.subarray(frame.start, frame.end));
    slow.add({ ms, startMs, endMs: performance.now(), bytes });
  };
  const run = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      take();
      if (i % TURN_PACKETS === 0) await slow.settle();
    }
    await slow.settle();
  };
  await run(WARM_UP);
  slow.close();
  slow = new SlowPackets<Slow>();
  // Tables of bounded size fill up in the first half; from then on nothing may grow.
  const start = process.hrtime.bigint();
  await run(packets / 2);
  const half = live();
  await run(packets / 2);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const grown = live() - half;
  slow.close();
  const { collected, others, slowestCollectedMs } = slow;
  const own = others
    .map(({ bytes }) => ({ bytes, ms: mutant.alone(bytes, pipeline.onFrame, clock) }))
    .filter(({ ms }) => ms >= SLOW_MS)
    .sort((a, b) => b.ms - a.ms);
  for (const { bytes, ms } of own) process.stderr.write(`${ms.toFixed(2)} ms: ${shown(bytes)}\n`);
  const slowestMs = own[0]?.ms ?? 0;
  return [
    { name: "mutated packets", value: packets / seconds, unit: "packets/s" },
    { name: "exceptions", value: faults, unit: "", target: 0, isAtMost: true },
    {
      name: "packets over 1 ms each time",
      value: own.length,
      unit: "",
      target: 0,
      isAtMost: true,
      note: `CPU time of the thread, ${SLOW_REPEATS} times alone${own.length > 0 ? `; slowest ${slowestMs.toFixed(2)} ms` : ""}`,
    },
    {
      name: "packets over 1 ms once",
      value: others.length - own.length,
      unit: "",
      note: "V8 compiles, or the kernel maps memory",
    },
    {
      name: "packets over 1 ms in a collection",
      value: collected,
      unit: "",
      note: `slowest ${slowestCollectedMs.toFixed(2)} ms`,
    },
    {
      name: "heap growth in the second half",
      value: grown / (packets / 2),
      unit: "bytes/packet",
      target: 16,
      isAtMost: true,
      note: `${packets / 1e6} M packets; all limits as shipped; tables fill for some million packets`,
    },
  ];
}

/** The packet as a string literal, so that it can be made again. */
function shown(bytes: Buffer): string {
  return JSON.stringify(bytes.toString("latin1"));
}

function live(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Packets of the other cases with some bytes changed, cut, doubled or moved. */
class Mutant {
  readonly #random = randomOf(20_251_121);
  readonly #bases: Buffer[] = [];
  readonly #frame = new PacketTape().frame;
  readonly #scratch = Buffer.alloc(PACKET_BYTES_MAX);

  constructor() {
    const keep = (frame: { bytes: Buffer; start: number; end: number }) => {
      this.#bases.push(Buffer.from(frame.bytes.subarray(frame.start, frame.end)));
    };
    new SipTraffic(1_000).each(4_000, keep);
    new RtpTraffic(500, "none").each(2_000, keep);
    this.#frame.bytes = this.#scratch;
    this.#frame.view = new DataView(this.#scratch.buffer, this.#scratch.byteOffset);
  }

  next() {
    const base = this.#bases[this.#random() % this.#bases.length] as Buffer;
    const scratch = this.#scratch;
    let length = base.copy(scratch);
    for (let left = 1 + (this.#random() & 7); left > 0 && length > 1; left--) {
      length = this.#mutate(length);
    }
    // Mostly the addresses stay, so that packets meet the state of others.
    return this.#show(length, this.#random() % 100);
  }

  /** Least CPU time of the packet alone, milliseconds; done once that is below a millisecond. */
  alone(bytes: Buffer, onFrame: (frame: Frame) => void, clock: ThreadClock): number {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < SLOW_REPEATS && best >= SLOW_MS; i++) {
      const frame = this.#show(bytes.copy(this.#scratch), ALONE_US);
      const startMs = clock.nowMs();
      onFrame(frame);
      best = Math.min(best, clock.nowMs() - startMs);
    }
    return best;
  }

  #show(length: number, stepUs: number) {
    const frame = this.#frame;
    frame.start = 0;
    frame.end = length;
    frame.wireLength = length;
    frame.timeUs += stepUs;
    frame.number++;
    return frame;
  }

  #mutate(length: number): number {
    const random = this.#random;
    const scratch = this.#scratch;
    const at = random() % length;
    switch (random() % 8) {
      case 0:
        scratch[at] = random();
        return length;
      case 1:
        scratch[at] = SEPARATORS[random() % SEPARATORS.length] as number;
        return length;
      case 2:
        return random() % 4 === 0 ? Math.max(1, at) : length;
      case 3: {
        // A piece twice: headers, parameters, digits.
        const piece = Math.min(1 + (random() % 200), length - at, PACKET_BYTES_MAX - length);
        scratch.copyWithin(at + piece, at, length);
        return length + piece;
      }
      case 4:
        scratch.copyWithin(at, random() % length, length);
        return length;
      case 5: {
        const end = Math.min(length, at + (random() % 64));
        scratch.fill(SEPARATORS[random() % SEPARATORS.length] as number, at, end);
        return length;
      }
      default:
        // In the payload, so that most packets get past IP and UDP.
        if (length > 50) scratch[42 + (at % (length - 42))] = random();
        return length;
    }
  }
}
