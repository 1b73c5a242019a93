import { expect, it } from "vitest";
import { openSource } from "../../../../src/capture/file-source.ts";
import { loadConfig } from "../../../../src/config/config-file.ts";
import { EventKind } from "../../../../src/track/facts/event-kind.ts";
import { media, PBX, phone } from "../../../cases/lab.ts";
import { Scene } from "../../../cases/scene.ts";
import { inPieces } from "../../../support/captured.ts";
import { pcapFile } from "../../../support/pcap-writer.ts";
import { runSource } from "../../../support/run-capture.ts";
import { requestOf } from "../../../support/sip-actors.ts";
import { sipResponse } from "../../../support/sip-builder.ts";

const CONFIG = loadConfig({ sets: ["policy.secure=[10.20.0.0/16]"] });

async function clearSip(answer: string): Promise<number> {
  const scene = new Scene("clear");
  scene.send(media(PBX, 8080), media(phone(1), 40_000), answer);
  const source = openSource(["-"], { stdin: inPieces(pcapFile(scene.packets()), 1 << 20) });
  const { facts } = await runSource(source, { config: CONFIG });
  return facts[EventKind.POLICY_CLEAR_SIP] ?? 0;
}

it("a web server that was made to say SIP/2.0 is none that speaks SIP in clear", async () => {
  const body = "content-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
  expect(await clearSip(`SIP/2.0 200 ok\r\n${body}`)).toBe(0);
  const request = requestOf(new Scene("ask"), phone(1), PBX, "OPTIONS", "100");
  expect(await clearSip(sipResponse(request, 200, { toTag: "x" }))).toBe(1);
});
