import { relative } from "node:path";
import { describe, expect, test } from "vitest";
import { SipAnomaly } from "../../src/decode/sip/anomaly.ts";
import { strictMessage } from "../../src/decode/sip/grammar.ts";
import { SHARED_CAPTURES, sharedCapturesMissing } from "../support/shared-captures.ts";
import { eachSipMessage } from "../support/sip-corpus.ts";
import { fieldPairs } from "./fields.ts";

/** Where the scanner and the grammar differ: capture, field, how often, and who is right and why. */
const DIFFERENCES: readonly (readonly [capture: string, field: string, n: number, why: string])[] =
  [
    [
      "real/irontec_sngrep/ipv6frag.pcap",
      "To tag",
      2,
      "To has two tag parameters: the scanner takes the first, jssip the last; neither is legal",
    ],
    [
      "real/rfc4475_wrapped/rfc4475_3.1.1_valid.pcap",
      "R-URI user",
      1,
      "jssip leaves the password in the user part of a Request-URI (in From and To it does not)",
    ],
  ];

if (sharedCapturesMissing !== "") test.skip(`skipped: ${sharedCapturesMissing}`, () => {});

describe.skipIf(sharedCapturesMissing !== "")("the scanner and jssip's grammar as oracle", () => {
  test("agree on every field of every well-formed message of the captures", async () => {
    let messages = 0;
    let rejected = 0;
    let contradictory = 0;
    let fields = 0;
    const examples = new Map<string, string>();
    const counts = new Map<string, number>();
    await eachSipMessage((message, path) => {
      const strict = strictMessage(message.bytes.toString("latin1", message.start, message.end));
      if (strict === null) rejected++;
      // Of a header that may come once the scanner takes the first, jssip the last.
      else if ((message.anomalies & SipAnomaly.DUPLICATE_HEADER) !== 0) contradictory++;
      else {
        messages++;
        for (const [name, scanner, grammar] of fieldPairs(message, strict)) {
          fields++;
          if (scanner === grammar) continue;
          const key = `${relative(SHARED_CAPTURES, path)} ${name}`;
          counts.set(key, (counts.get(key) ?? 0) + 1);
          examples.set(key, `scanner ${scanner}, grammar ${grammar}`);
        }
      }
    });
    console.log(
      `grammar: ${messages} messages, ${fields} fields compared; ${rejected} rejected by the grammar, ${contradictory} with a header twice`,
    );
    const expected = new Map(DIFFERENCES.map(([capture, field, n]) => [`${capture} ${field}`, n]));
    expect(counts, JSON.stringify([...examples], null, 1)).toEqual(expected);
    expect(messages).toBeGreaterThan(35_000);
    expect(fields).toBeGreaterThan(1_000_000);
  });
});
