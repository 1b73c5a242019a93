import { appendFileSync, mkdirSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { KeyLogFile } from "../../../../src/capture/key-log-file.ts";
import { KeyLog } from "../../../../src/decode/tls/key-log.ts";
import { folderWith } from "../../../support/captured.ts";

const SECRET = "ab".repeat(48);
const SILENT = { poll: () => false };

function random(number: number): string {
  return number.toString(16).padStart(64, "0");
}

function line(number: number, secret = SECRET): string {
  return `CLIENT_RANDOM ${random(number)} ${secret}\n`;
}

it("finds secrets however the log is cut, and passes over what is none", () => {
  const text = [
    "# a comment\r\n\n",
    line(1).toUpperCase().replace("\n", "\r\n"),
    `RSA 0123456789abcdef ${SECRET}\n`,
    `CLIENT_RANDOM ${random(2)} abc\n`,
    `${"x".repeat(100_000)}\n`,
    line(3),
  ].join("");
  for (const size of [1, 7, 64, 1000, text.length]) {
    const log = new KeyLog(10, SILENT);
    for (let at = 0; at < text.length; at += size) {
      log.take(Buffer.from(text.slice(at, at + size), "latin1"));
    }
    expect(log.size).toBe(2);
    expect(log.find("CLIENT_RANDOM", random(1), 0)?.toString("hex")).toBe(SECRET);
    expect(log.find("CLIENT_RANDOM", random(2), 0)).toBeNull();
    expect(log.find("CLIENT_RANDOM", random(3), 0)?.length).toBe(48);
    expect(log.find("SERVER_TRAFFIC_SECRET_0", random(3), 0)).toBeNull();
  }
});

it("keeps so many sessions, and what was logged last", () => {
  const log = new KeyLog(100, SILENT);
  for (let i = 0; i < 1000; i++) log.take(Buffer.from(line(i)));
  expect([log.size, log.evictions]).toEqual([100, 900]);
  expect(log.find("CLIENT_RANDOM", random(899), 0)).toBeNull();
  expect(log.find("CLIENT_RANDOM", random(900), 0)).not.toBeNull();
});

it("reads on at most 20 times a second of the packets' time", () => {
  let polls = 0;
  const log = new KeyLog(10, { poll: () => ++polls < 0 });
  for (let us = 0; us < 1_000_000; us += 1000) log.find("CLIENT_RANDOM", random(1), 1e15 + us);
  expect(polls).toBe(21);
});

it("follows a file that grows, is cut, goes and comes again", () => {
  const folder = folderWith({ keys: line(1) });
  const path = join(folder, "keys");
  const file = new KeyLogFile(path);
  const log = new KeyLog(100, file);
  let nowUs = 0;
  const has = (number: number) => {
    nowUs += 1_000_000;
    return log.find("CLIENT_RANDOM", random(number), nowUs) !== null;
  };
  expect([has(1), has(2)]).toEqual([true, false]);
  const text = line(2);
  appendFileSync(path, text.slice(0, 40));
  expect(has(2)).toBe(false);
  appendFileSync(path, text.slice(40));
  expect(has(2)).toBe(true);
  truncateSync(path, 0);
  appendFileSync(path, line(3));
  expect(has(3)).toBe(true);
  renameSync(path, `${path}.1`);
  expect(has(4)).toBe(false);
  writeFileSync(path, line(4));
  expect([has(4), has(1)]).toEqual([true, true]);
  file.close();
  expect(has(5)).toBe(false);
});

it("a file that cannot be read is told in one line with its cure", () => {
  const folder = folderWith({});
  mkdirSync(join(folder, "d"));
  expect(() => new KeyLogFile(join(folder, "none"))).toThrow(/no such file; create it empty/);
  expect(() => new KeyLogFile(join(folder, "d"))).toThrow(/is no file/);
});
