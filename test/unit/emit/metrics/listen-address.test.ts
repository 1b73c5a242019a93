import { describe, expect, it } from "vitest";
import { listenAddressOf, listenText } from "../../../../src/emit/metrics/listen-address.ts";

describe("listenAddressOf", () => {
  it.each([
    ["127.0.0.1:9790", { host: "127.0.0.1", port: 9790 }, "127.0.0.1:9790"],
    [":9790", { host: "127.0.0.1", port: 9790 }, "127.0.0.1:9790"],
    ["[::1]:0", { host: "::1", port: 0 }, "[::1]:0"],
    ["sensor.example.org:80", { host: "sensor.example.org", port: 80 }, "sensor.example.org:80"],
  ])("reads %s", (text, address, again) => {
    expect(listenAddressOf(text)).toEqual(address);
    expect(listenText(address)).toBe(again);
  });

  it.each([
    "",
    "9790",
    "127.0.0.1",
    "127.0.0.1:",
    "1.2.3.4:65536",
    "::1:9790",
    "[::g]:1",
    "[1.2.3.4]:5",
    "a b:1",
    "http://a:1",
  ])("refuses %j", (text) => {
    expect(listenAddressOf(text)).toBeNull();
  });
});
