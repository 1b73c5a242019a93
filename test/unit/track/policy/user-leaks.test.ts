import { expect, it } from "vitest";
import { openSource } from "../../../../src/capture/file-source.ts";
import { loadConfig } from "../../../../src/config/config-file.ts";
import { EventKind } from "../../../../src/track/facts/event-kind.ts";
import { Account } from "../../../cases/digest.ts";
import { PBX, phone, STRANGER } from "../../../cases/lab.ts";
import { Scene } from "../../../cases/scene.ts";
import { inPieces } from "../../../support/captured.ts";
import { pcapFile } from "../../../support/pcap-writer.ts";
import { runSource } from "../../../support/run-capture.ts";
import { requestOf } from "../../../support/sip-actors.ts";
import { challenge, sipResponse } from "../../../support/sip-builder.ts";
import type { Endpoint } from "../../../support/wire.ts";

const CONFIG = loadConfig({ sets: ["policy.notes=true"] });

/** One REGISTER without credentials, and what the registrar says to it. */
function ask(scene: Scene, from: Endpoint, user: string, status: number, domain?: string): void {
  const request = requestOf(scene, from, PBX, "REGISTER", user);
  const dress = (text: string) =>
    domain === undefined ? text : text.replace(/^(To: [^@\r\n]*@)[^>;\r]*/m, `$1${domain}`);
  const headers = status === 401 ? [challenge("abc")] : [];
  scene.send(from, PBX, dress(request.text));
  scene.send(PBX, from, dress(sipResponse(request, status, { toTag: "x", headers })), 0.01);
  scene.wait(1);
}

async function leaksOf(deed: (scene: Scene) => void): Promise<number> {
  const scene = new Scene("leaks");
  deed(scene);
  const source = openSource(["-"], { stdin: inPieces(pcapFile(scene.packets()), 1 << 20) });
  const { facts } = await runSource(source, { config: CONFIG });
  return facts[EventKind.POLICY_USERS_LEAK] ?? 0;
}

it("a registrar that tells is one note a day, whoever asks", async () => {
  const told = await leaksOf((scene) => {
    for (const from of [STRANGER, phone(1), phone(2)]) {
      ask(scene, from, "100", 404);
      ask(scene, from, "201", 401);
    }
  });
  expect(told).toBe(1);
});

it("404 to the right credentials tells a stranger nothing", async () => {
  const told = await leaksOf((scene) => {
    new Account(scene, phone(1), PBX, "201").login();
    new Account(scene, phone(1), PBX, "202").login({ status: 404 });
  });
  expect(told).toBe(0);
});

it("404 for a domain that is not served tells of no user (RFC 3261 21.4.5)", async () => {
  const told = await leaksOf((scene) => {
    ask(scene, STRANGER, "100", 404, "other.example");
    ask(scene, STRANGER, "201", 401, "pbx.example");
  });
  expect(told).toBe(0);
});

it("answers to requests that were not seen, or by a third host, tell nothing", async () => {
  const told = await leaksOf((scene) => {
    const request = requestOf(scene, STRANGER, PBX, "REGISTER", "100");
    ask(scene, STRANGER, "201", 401);
    scene.send(PBX, STRANGER, sipResponse(request, 404, { toTag: "x" }), 0.01);
    const other = requestOf(scene, STRANGER, phone(3), "REGISTER", "101");
    scene.send(STRANGER, phone(3), other.text, 0.01);
    scene.send(PBX, STRANGER, sipResponse(other, 404, { toTag: "x" }), 0.01);
  });
  expect(told).toBe(0);
});
