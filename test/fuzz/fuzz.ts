import { parseArgs } from "node:util";
import { Fuzzer } from "./fuzzer.ts";

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

const fuzzer = await Fuzzer.open();
let said = 0;
for (let round = 0; round < ROUNDS && fuzzer.figures.packets < PACKETS; round++) {
  fuzzer.round(SEED + round, fuzzer.figures.packets > WARM_UP);
  if (fuzzer.figures.packets - said < SAY_EVERY) continue;
  said = fuzzer.figures.packets;
  process.stderr.write(`${said.toLocaleString("en")} packets\n`);
}
fuzzer.pipeline.finish();
const { packets, rounds, faults, overOneMs, slowest, residentMib } = fuzzer.figures;
const { statistics } = fuzzer.pipeline;
process.stdout.write(
  [
    `${packets.toLocaleString("en")} packets in ${rounds.toLocaleString("en")} rounds from seed ${SEED}`,
    `${statistics.sipMessages.toLocaleString("en")} SIP messages, ${statistics.rtpPackets.toLocaleString("en")} RTP packets were read`,
    `${faults.length} thrown${faults.map(({ seed, error }) => `\n  seed ${seed}: ${error}`).join("")}`,
    `${overOneMs} over 1 ms${slowest === null ? "" : `; slowest ${slowest.ms.toFixed(2)} ms, seed ${slowest.seed}, ${slowest.packet}`}`,
    `largest resident size ${residentMib.toFixed(0)} MiB`,
    "",
  ].join("\n"),
);
process.exitCode = faults.length > 0 ? 1 : 0;
