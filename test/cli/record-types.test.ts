import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sipsentry } from "./cli.ts";

/** Guesses at a password, the right one, and calls. */
const CAPTURE = "pcaps/mixed";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sipsentry-types-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function typesOf(text: string): string[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return [...new Set(lines.map((line) => JSON.parse(line).event_type as string))].sort();
}

it("an output gets the records that it names, and --case-only gives the others cases only", async () => {
  const bodies = new Map<string, string>();
  const server = createServer((request, response) => {
    request.setEncoding("utf8").on("data", (part: string) => {
      bodies.set(request.url ?? "", (bodies.get(request.url ?? "") ?? "") + part);
    });
    request.on("end", () => response.writeHead(204).end());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = join(folder, "calls.json");
  const outputs = [
    `call,registration=${url}/calls`,
    `${url}/cases`,
    `incident=${url}/incidents`,
    `call=eve:${file}`,
  ];
  const { exitCode, stderr, stdout } = await sipsentry([
    ...["replay", CAPTURE, "--quiet", "--case-only", "--eve", "-"],
    ...outputs.flatMap((output) => ["--output", output]),
  ]);
  server.close();
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(typesOf(stdout)).toEqual(["case"]);
  expect(typesOf(bodies.get("/calls") ?? "")).toEqual(["call", "registration"]);
  expect(typesOf(bodies.get("/cases") ?? "")).toEqual(["case"]);
  expect(typesOf(bodies.get("/incidents") ?? "")).toEqual(["incident"]);
  expect(typesOf(readFileSync(file, "utf8"))).toEqual(["call"]);
});
