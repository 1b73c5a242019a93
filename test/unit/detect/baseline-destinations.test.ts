import { expect, it } from "vitest";
import { loadConfig } from "../../../src/config/config-file.ts";
import { dial } from "../../support/dialled-call.ts";
import { type Endpoint, Wire } from "../../support/wire.ts";

const PHONES: readonly Endpoint[] = [1, 2, 3, 4].map((n) => ({ ip: `192.0.2.3${n}`, port: 5060 }));
const COUNTRY = 9_115_011;
const BLOCK = 9_115_012;

it("far more calls to a country, or to a block of its numbers, than in three weeks are found within the hour", () => {
  const wire = new Wire({ config: loadConfig({ sets: ["numbers.country=DE"] }) });
  const sids = () => new Set(wire.alerts.map(({ signature }) => signature.sid));
  const calls = (count: number, pauseS: number, number: (i: number) => string) => {
    for (let i = 0; i < count; i++) {
      const phone = PHONES[i % PHONES.length] as Endpoint;
      dial(wire, phone, String(200 + (i % PHONES.length)), number(i), { seconds: 30 });
      wire.now += pauseS;
    }
    wire.play();
  };
  const block = (i: number) => `0044207946${1000 + ((7 * i) % 100)}`;
  for (let day = 0; day < 22; day++) calls(48, 1_798, block);
  calls(4, 800, block);
  expect(sids(), "as many as usual").not.toContain(COUNTRY);
  calls(40, 55, (i) => `004416145${10_000 + i}`);
  expect(sids()).toContain(COUNTRY);
  expect(sids(), "another block of the country").not.toContain(BLOCK);
  calls(30, 55, block);
  expect(sids()).toContain(BLOCK);
});
