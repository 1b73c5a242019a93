import { describe, expect, it } from "vitest";
import { openSource } from "../../src/capture/file-source.ts";
import { loadConfig } from "../../src/config/config-file.ts";
import { Call } from "../cases/call.ts";
import { Account } from "../cases/digest.ts";
import { CARRIER, CARRIER_MEDIA, media, PBX, phone, STRANGER } from "../cases/lab.ts";
import { Scene } from "../cases/scene.ts";
import { inPieces } from "../support/captured.ts";
import { identity } from "../support/passports.ts";
import { pcapFile } from "../support/pcap-writer.ts";
import { runSource } from "../support/run-capture.ts";
import { requestOf } from "../support/sip-actors.ts";
import { audioSdp, sipResponse } from "../support/sip-builder.ts";
import { clientHello, serverHello } from "../support/tls-hellos.ts";
import type { Endpoint } from "../support/wire.ts";

/** Office of twelve phones, a carrier that signs its calls, an old gateway, SRTP that some phones offer. */
const PHONES = 12;
const DAY_S = 86_400;
const TRUNK: Endpoint = { ...PBX, port: 5080 };
const OLD_GATEWAY: Endpoint = media(phone(40), 2427);
const CONFIG = loadConfig({
  sets: [
    "policy.notes=true",
    "policy.secure=[10.20.9.0/24]",
    "policy.domains=[pbx.example]",
    "policy.codecs=[pcmu,pcma,g722]",
    "policy.trunkPorts=[5080]",
    "policy.trunks=[192.0.2.128/25]",
    "policy.signed=[192.0.2.128/25]",
  ],
});
const KEY = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";

type Deed = (scene: Scene) => void;

/** Who does what at which second of the day, in order. */
function plan(scene: Scene): [number, Deed][] {
  const deeds: [number, Deed][] = [];
  const at = (second: number, deed: Deed) => deeds.push([second, deed]);
  const accounts = Array.from(
    { length: PHONES },
    (_, i) => new Account(scene, phone(i + 1), PBX, String(201 + i)),
  );
  for (const [i, account] of accounts.entries()) {
    for (let s = 30 + 97 * i; s < DAY_S; s += 1800) at(s, () => account.login());
    // Each morning a phone fetches its configuration; two of them are switched on again at noon.
    for (const hour of i < 2 ? [7, 12] : [7])
      at(hour * 3600 + i * 20, (now) => fetch(now, phone(i + 1)));
  }
  for (let n = 0; n < 80; n++) {
    const second = 8 * 3600 + n * 400 + Math.floor(scene.random() * 100);
    if (n % 3 === 0) at(second, (now) => inbound(now, n % 24 !== 0));
    else if (n % 3 === 1) at(second, (now) => outbound(now, (n % PHONES) + 1));
    else at(second, (now) => inside(now, (n % PHONES) + 1, ((n + 5) % PHONES) + 1, n % 6 === 2));
  }
  for (let s = 600; s < DAY_S; s += 3600) {
    at(s, (now) => now.send(media(PBX, 2427), OLD_GATEWAY, "AUEP 1 aaln/1@gw MGCP 1.0\r\n\r\n"));
    at(s + 60, (now) => dtls(now, media(phone(11), 16_500), media(phone(12), 11_500)));
    at(s + 90, knock);
  }
  return deeds.sort(([a], [b]) => a - b);
}

function fetch(scene: Scene, { ip, mac = "" }: Endpoint): void {
  const file = `${mac.replaceAll(":", "")}.cfg\0octet\0`;
  const ask = Buffer.concat([Buffer.from([0, 1]), Buffer.from(file)]);
  scene.send({ ip, mac, port: 50_000 }, media(PBX, 69), ask);
}

/** The carrier's call, signed but for one in eight. */
function inbound(scene: Scene, isSigned: boolean): void {
  const dest = "493055500201";
  const headers = isSigned ? [identity(scene, { orig: "493012345678", dest })] : [];
  const options = { from: "+493012345678", to: `+${dest}`, headers, callerMedia: CARRIER_MEDIA };
  hold(new Call(scene, CARRIER, TRUNK, { ...options, calleeMedia: media(PBX, 18_000) }));
}

function outbound(scene: Scene, n: number): void {
  hold(new Call(scene, phone(n), PBX, { to: "0301234567", calleeMedia: media(PBX, 18_100) }));
}

/** Some phones offer SRTP, and take it or not. */
function inside(scene: Scene, from: number, to: number, offersSrtp: boolean): void {
  const own = phone(from);
  const offer = offersSrtp ? `${audioSdp(own.ip, 16_384)}${KEY}\r\n` : audioSdp(own.ip, 16_384);
  hold(new Call(scene, own, phone(to), { offer }));
}

function hold(call: Call): void {
  call.ring().pickUp();
  call.talk(2);
  call.scene.wait(2.05);
  call.hangUp();
}

function dtls(scene: Scene, from: Endpoint, to: Endpoint): void {
  const hello = clientHello({
    ciphers: [0xc02b],
    extensions: [],
    version: 0xfefd,
    isDatagram: true,
  });
  scene.send(from, to, hello);
  scene.send(to, from, serverHello(0xfeff, 0xc02b, true), 0.01);
}

/** A host of the Internet tries the trunk port, and is refused. */
function knock(scene: Scene): void {
  const ask = requestOf(scene, STRANGER, TRUNK, "OPTIONS", "100");
  scene.send(STRANGER, TRUNK, ask.text);
  scene.send(TRUNK, STRANGER, sipResponse(ask, 403, { toTag: "x" }), 0.01);
}

describe("a day of an office and its carrier, all policies on", () => {
  it("gives notes that an administrator would call right, one for each thing, none twice", async () => {
    const scene = new Scene("policy day");
    for (const [second, deed] of plan(scene)) {
      scene.now = Math.max(scene.now, second);
      deed(scene);
    }
    const source = openSource(["-"], { stdin: inPieces(pcapFile(scene.packets()), 1 << 20) });
    const { alerts, lines } = await runSource(source, { config: CONFIG });
    expect(alerts.filter(({ signature }) => signature.severity <= 2)).toEqual([]);
    const records = lines.map((line) => JSON.parse(line)).filter((r) => r.event_type === "alert");
    const notes = records.map(({ dest_ip, evidence = [], src_ip, voip }) => {
      const ends = [src_ip, dest_ip].sort().join(" ");
      const seen = evidence.map((row: { seen: string }) => row.seen).join("; ");
      return `${voip.event} ${ends}${seen === "" ? "" : `: ${seen}`}`;
    });
    expect(notes.filter((note, i) => notes.indexOf(note) !== i)).toEqual([]);
    await expect(`${notes.sort().join("\n")}\n`).toMatchFileSnapshot("policy-day.txt");
  });
});
