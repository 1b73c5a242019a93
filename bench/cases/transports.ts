import { Frame, LinkType } from "../../src/capture/frame.ts";
import { type Figure, median } from "../measure.ts";
import { HEADER_BYTES } from "../packet-tape.ts";
import { pipelineOf } from "../pipeline-of.ts";
import { SipTraffic } from "../sip-traffic.ts";

const IP = 14;
const UDP = 34;
const TCP_BYTES = 20;
const FRAGMENT_BYTES = 400;
const WARM_UP = 100_000;
const ROUND = 40_000;
const ROUNDS = 5;

type Carry = (frame: Frame, hand: (frame: Frame) => void) => void;

/** The same SIP over UDP, over TCP with a message a segment, cut over three, and in fragments. */
export function benchTransports(): Figure[] {
  const ways: readonly (readonly [string, () => Carry])[] = [
    ["UDP", () => new Carrier().udp],
    ["TCP, a message a segment", () => new Carrier().tcp(1)],
    ["TCP, a message over three segments", () => new Carrier().tcp(3)],
    [`fragments of ${FRAGMENT_BYTES} bytes`, () => new Carrier().fragments],
  ];
  const runs = ways.map(([name, carry]) => {
    return { name, run: runOf(carry()), make: makerOf(carry()), us: [] as number[] };
  });
  for (const { run, make } of runs) {
    run(WARM_UP);
    make(WARM_UP);
  }
  // By turns, as what else the machine does changes from round to round. Making the frames is taken off: it is ours.
  for (let round = 0; round < ROUNDS; round++) {
    for (const { run, make, us } of runs) us.push(cost(run) - cost(make));
  }
  const udp = median(runs[0]?.us ?? []);
  return runs.flatMap(({ name, us }, i) => [
    { name: `SIP over ${name}`, value: median(us), unit: "CPU us/message" },
    ...(i === 0
      ? []
      : [
          {
            name: `${name}, cost against UDP`,
            value: median(us) / udp,
            unit: "times",
            target: i === 3 ? 3 : 1.5,
            isAtMost: true,
          },
        ]),
  ]);
}

/** CPU time a message, microseconds. */
function cost(run: (count: number) => void): number {
  const start = process.cpuUsage();
  run(ROUND);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / ROUND;
}

/** The same frames, handed to nobody. */
function makerOf(carry: Carry): (count: number) => void {
  const traffic = new SipTraffic();
  let bytes = 0;
  const count = ({ wireLength }: Frame) => {
    bytes += wireLength;
  };
  return (messages) => {
    traffic.each(messages, (frame) => carry(frame, count));
    if (bytes === 0) throw new Error("nothing was made");
  };
}

function runOf(carry: Carry): (count: number) => void {
  const { pipeline } = pipelineOf();
  const traffic = new SipTraffic();
  return (count) => {
    const before = pipeline.statistics.sipMessages;
    traffic.each(count, (frame) => carry(frame, (made) => pipeline.onFrame(made)));
    const read = pipeline.statistics.sipMessages - before;
    if (read !== count) throw new Error(`${read} of ${count} messages were read`);
  };
}

/** Writes a tape's datagram into frames of its own, whichever way it goes: all pay for one copy. */
class Carrier {
  readonly #frame = new Frame();
  readonly #seqs = new Map<number, number>();

  constructor() {
    const bytes = Buffer.alloc(4096);
    this.#frame.bytes = bytes;
    this.#frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#frame.linkType = LinkType.ETHERNET;
  }

  readonly udp: Carry = (source, hand) => {
    source.bytes.copy(this.#frame.bytes, 0, source.start, source.end);
    this.#hand(source, source.end - source.start, hand);
  };

  tcp(segments: number): Carry {
    return (source, hand) => {
      const { bytes } = this.#frame;
      const payload = source.start + HEADER_BYTES;
      const length = source.end - payload;
      const size = Math.ceil(length / segments);
      for (let at = 0; at < length; at += size) {
        const until = Math.min(length, at + size);
        source.bytes.copy(bytes, 0, source.start, source.start + UDP + 4);
        bytes[IP + 9] = 6;
        bytes.writeUInt32BE(this.#advance(bytes, until - at), UDP + 4);
        bytes.writeUInt32BE(0, UDP + 8);
        bytes[UDP + 12] = 0x50;
        bytes[UDP + 13] = 0x18;
        source.bytes.copy(bytes, UDP + TCP_BYTES, payload + at, payload + until);
        const end = UDP + TCP_BYTES + until - at;
        bytes.writeUInt16BE(end - IP, IP + 2);
        this.#hand(source, end, hand);
      }
    };
  }

  readonly fragments: Carry = (source, hand) => {
    const { bytes } = this.#frame;
    const data = source.start + UDP;
    const length = source.end - data;
    for (let at = 0; at < length; at += FRAGMENT_BYTES) {
      const until = Math.min(length, at + FRAGMENT_BYTES);
      source.bytes.copy(bytes, 0, source.start, data);
      source.bytes.copy(bytes, UDP, data + at, data + until);
      bytes.writeUInt16BE(20 + until - at, IP + 2);
      bytes.writeUInt16BE((until < length ? 0x2000 : 0) | (at / 8), IP + 6);
      this.#hand(source, UDP + until - at, hand);
    }
  };

  /** Sequence number of the next bytes of who sends this. */
  #advance(bytes: Buffer, length: number): number {
    const key = bytes.readUInt32BE(IP + 12) * 65_536 + bytes.readUInt16BE(UDP);
    const other = bytes.readUInt32BE(IP + 16) * 65_536 + bytes.readUInt16BE(UDP + 2);
    const seq = this.#seqs.get(key * 31 + other) ?? 1;
    this.#seqs.set(key * 31 + other, (seq + length) % 2 ** 32);
    return seq;
  }

  #hand(source: Frame, end: number, hand: (frame: Frame) => void): void {
    const frame = this.#frame;
    frame.end = end;
    frame.wireLength = end;
    frame.timeUs = source.timeUs;
    frame.number++;
    hand(frame);
  }
}
