import { expect, test } from "vitest";
import { isOwnName } from "../../../../src/emit/metrics/own-name.ts";

test.each([
  ["127.0.0.1:9790", "127.0.0.1", true],
  ["localhost:9790", "127.0.0.1", true],
  ["LOCALHOST", "127.0.0.1", true],
  ["[::1]:9790", "::1", true],
  ["192.0.2.1:80", "127.0.0.1", true],
  [undefined, "127.0.0.1", true],
  ["evil.example", "127.0.0.1", false],
  ["evil.example:9790", "localhost", false],
  ["localhost.evil.example:9790", "127.0.0.1", false],
  ["127.0.0.1.evil.example", "127.0.0.1", false],
  // Prometheus asks a container by its name.
  ["sipsentry:9790", "0.0.0.0", true],
  ["sensor.example:9790", "192.0.2.7", true],
] as const)("Host %s at %s: %s", (header, listen, expected) => {
  expect(isOwnName(header, listen)).toBe(expected);
});
