import { expect, it } from "vitest";
import { openSource } from "../../../../src/capture/file-source.ts";
import { loadConfig } from "../../../../src/config/config-file.ts";
import { EventKind } from "../../../../src/track/facts/event-kind.ts";
import { Call, wholeCall } from "../../../cases/call.ts";
import { Account } from "../../../cases/digest.ts";
import { media, PBX, phone, phone6 } from "../../../cases/lab.ts";
import { Scene } from "../../../cases/scene.ts";
import { inPieces } from "../../../support/captured.ts";
import { pcapFile } from "../../../support/pcap-writer.ts";
import { runSource } from "../../../support/run-capture.ts";
import { audioSdp } from "../../../support/sip-builder.ts";
import type { Endpoint } from "../../../support/wire.ts";

const KEY = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
const CONFIG = loadConfig({ sets: ["policy.notes=true"] });
const DAY_S = 86_400;

/** It offers SRTP with its keys, and the other end does not take it. `profile` SAVP leaves no choice. */
function call(scene: Scene, from: Endpoint, to: Endpoint, profile = "AVP"): void {
  const offer = `${audioSdp(from.ip, 16_384).replace("RTP/AVP", `RTP/${profile}`)}${KEY}\r\n`;
  wholeCall(new Call(scene, from, to, { offer, calleeMedia: media(to, 18_000) }), 1);
  scene.wait(60);
}

async function notesOf(deed: (scene: Scene) => void): Promise<[keys: number, plain: number]> {
  const scene = new Scene("habits");
  deed(scene);
  const source = openSource(["-"], { stdin: inPieces(pcapFile(scene.packets()), 1 << 20) });
  const { facts } = await runSource(source, { config: CONFIG });
  const of = (kind: number) => facts[kind] ?? 0;
  return [of(EventKind.POLICY_KEYS_IN_CLEAR), of(EventKind.POLICY_SRTP_DOWNGRADED)];
}

function office(scene: Scene): void {
  for (let n = 1; n <= 8; n++) {
    new Account(scene, phone(n), PBX, String(200 + n)).login();
    scene.wait(5);
  }
}

it("keys that the phones of one server show are one note a day", async () => {
  const day = (scene: Scene) => {
    for (let n = 1; n <= 8; n++) call(scene, phone(n), PBX);
  };
  const once = await notesOf((scene) => {
    office(scene);
    day(scene);
    day(scene);
  });
  expect(once).toEqual([1, 1]);
  const twoDays = await notesOf((scene) => {
    office(scene);
    day(scene);
    scene.wait(DAY_S);
    day(scene);
  });
  expect(twoDays).toEqual([2, 2]);
});

it("phones that call each other directly share the habit of their network", async () => {
  const mesh = await notesOf((scene) => {
    for (let n = 1; n <= 6; n++) call(scene, phone(n), phone(n + 1));
  });
  expect(mesh).toEqual([1, 1]);
  const two = await notesOf((scene) => {
    for (let n = 1; n <= 3; n++) call(scene, phone(n), phone(n + 1));
    for (let n = 1; n <= 3; n++) call(scene, phone6(n), phone6(n + 1));
  });
  expect(two).toEqual([2, 2]);
});

it("what was demanded is no habit of what may be left", async () => {
  const both = await notesOf((scene) => {
    office(scene);
    call(scene, phone(1), PBX);
    call(scene, phone(2), PBX, "SAVP");
    call(scene, phone(3), PBX, "SAVP");
  });
  expect(both).toEqual([1, 2]);
});
