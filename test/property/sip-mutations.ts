import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { INVITE, RINGING } from "../unit/decode/sip/sip-text.ts";

const TORTURE = new URL("../torture/messages/", import.meta.url);
const SEEDS: readonly Buffer[] = [
  Buffer.from(INVITE, "latin1"),
  Buffer.from(RINGING, "latin1"),
  ...readdirSync(TORTURE).map((file) => readFileSync(new URL(file, TORTURE))),
];

/** What attackers' tools do to a message: overwrite, insert, delete, repeat, cut. */
interface Mutation {
  readonly kind: "set" | "insert" | "delete" | "repeat";
  /** Share of the message before it. */
  readonly at: number;
  readonly text: string;
  readonly length: number;
}

const position = fc.double({ min: 0, max: 1, noNaN: true });
const snippet = fc.oneof(
  fc.constantFrom(
    "\r\n",
    "\n",
    "\r\n\r\n",
    "\0",
    '"',
    "\\",
    "<",
    ">",
    ";",
    ",",
    ":",
    "=",
    "@",
    "?",
    "[",
    " ",
  ),
  fc.constantFrom("SIP/2.0", "Via: ", "\r\n ", ";tag=", "sip:", "a".repeat(300), ",".repeat(300)),
  fc.string({ unit: "binary-ascii", maxLength: 8 }),
);
const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom("set", "insert", "delete", "repeat"),
  at: position,
  text: snippet,
  length: fc.integer({ min: 1, max: 200 }),
});

function mutate(seed: Buffer, mutations: readonly Mutation[]): Buffer {
  let text = seed.toString("latin1");
  for (const step of mutations) {
    const at = Math.floor(step.at * text.length);
    const [before, after] = [text.slice(0, at), text.slice(at)];
    if (step.kind === "set") text = before + step.text + after.slice(step.text.length);
    else if (step.kind === "insert") text = before + step.text + after;
    else if (step.kind === "delete") text = before + after.slice(step.length);
    else text = before + after.slice(0, step.length) + after;
  }
  return Buffer.from(text, "latin1");
}

/** Messages of all kinds, with up to six mutations. */
export const mutated = fc
  .tuple(fc.constantFrom(...SEEDS), fc.array(mutation, { maxLength: 6 }))
  .map(([seed, mutations]) => mutate(seed, mutations));
