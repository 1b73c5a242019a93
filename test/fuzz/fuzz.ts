import { parseArgs } from "node:util";
import { Fuzzer } from "./fuzzer.ts";
import { slowEachTime } from "./repeated.ts";
import { type SlowPacket, SlowPackets } from "./slow-packets.ts";

/** `npm run fuzz -- --packets 10000000 --seed 1`: exits 1 when anything was thrown. */
const { values } = parseArgs({
  options: {
    packets: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    rounds: { type: "string" },
  },
});
const PACKETS = Number(values.packets);
const SEED = Number(values.seed);
const ROUNDS = values.rounds === undefined ? Number.POSITIVE_INFINITY : Number(values.rounds);
/** After so many packets the code is compiled. */
const WARM_UP = Math.min(200_000, PACKETS / 5);
const SAY_EVERY = 500_000;
/** Rounds between turns of the event loop. */
const TURN_ROUNDS = 50;
const SHOWN_MAX = 40;

const fuzzer = await Fuzzer.open();
const slow = new SlowPackets<SlowPacket>();
fuzzer.onSlow = (packet) => slow.add(packet);
let said = 0;
for (let round = 0; round < ROUNDS && fuzzer.figures.packets < PACKETS; round++) {
  fuzzer.round(SEED + round, fuzzer.figures.packets > WARM_UP);
  if (round % TURN_ROUNDS === 0) await slow.settle();
  if (fuzzer.figures.packets - said < SAY_EVERY) continue;
  said = fuzzer.figures.packets;
  const { others, collected } = slow;
  process.stderr.write(
    `${said.toLocaleString("en")} packets, ${others.length} slow, ${collected} in a collection, ${fuzzer.figures.residentMib.toFixed(0)} MiB\n`,
  );
}
await slow.settle();
slow.close();
const { packets, rounds, residentMib } = fuzzer.figures;
const { sipMessages, rtpPackets } = fuzzer.pipeline.statistics;
const own = slowEachTime(fuzzer, slow.others);
fuzzer.pipeline.finish();
const { faults } = fuzzer.figures;
process.stdout.write(
  [
    `${packets.toLocaleString("en")} packets in ${rounds.toLocaleString("en")} rounds from seed ${SEED}`,
    `${sipMessages.toLocaleString("en")} SIP messages, ${rtpPackets.toLocaleString("en")} RTP packets were read`,
    `${faults.length} thrown${faults.map(({ seed, error }) => `\n  seed ${seed}: ${error}`).join("")}`,
    `${slow.others.length + slow.collected} over 1 ms of the thread's CPU time: ${slow.collected} in which V8 collected garbage (slowest ${slow.slowestCollectedMs.toFixed(2)} ms),`,
    `${slow.others.length - own.length} that are faster when they are repeated, ${own.length} slow each time`,
    ...own
      .slice(0, SHOWN_MAX)
      .map(
        ({ ms, seed, number, packet }) =>
          `  ${ms.toFixed(2)} ms, seed ${seed}, packet ${number}: ${packet}`,
      ),
    `largest resident size ${residentMib.toFixed(0)} MiB`,
    "",
  ].join("\n"),
);
process.exitCode = faults.length > 0 ? 1 : 0;
