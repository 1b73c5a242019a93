import { expect, it } from "vitest";
import { Frame, LinkType } from "../../../src/capture/frame.ts";
import { defaultConfig } from "../../../src/config/config.ts";
import { Pipeline } from "../../../src/pipeline/pipeline.ts";
import { EventKind } from "../../../src/track/facts/event-kind.ts";
import {
  loadText,
  PHONE,
  request,
  response,
  SERVER,
  START_US,
  udpDatagram,
} from "../detect/rig.ts";

const NONE = "alert sip any any -> any any (app-layer-event:sip.nul_byte; sid:1;)";

/** Two OPTIONS, each answered 200, the second one after a reload; alerts, and how many answers were counted. */
function play(before: string, after: string): [sids: number[], answers: number] {
  const sids: number[] = [];
  const pipeline = new Pipeline({
    config: defaultConfig(),
    ruleSet: loadText(before).ruleSet,
    outputs: { alert: ({ signature }) => sids.push(signature.sid) },
  });
  let number = 0;
  function send(bytes: Buffer): void {
    const frame = new Frame();
    frame.bytes = bytes;
    frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    frame.end = bytes.length;
    frame.wireLength = bytes.length;
    frame.timeUs = START_US + number * 100_000;
    frame.linkType = LinkType.RAW;
    frame.number = ++number;
    pipeline.onFrame(frame);
  }
  for (const user of ["a", "b"]) {
    const asked = request("OPTIONS").replaceAll("z9hG4bK", `z9hG4bK${user}`);
    const answer = response(200, "OK", { method: "OPTIONS" }).replaceAll(
      "z9hG4bK",
      `z9hG4bK${user}`,
    );
    send(udpDatagram({ payload: asked }));
    send(udpDatagram({ src: SERVER, dst: PHONE, payload: answer }));
    if (user === "a") pipeline.reload(loadText(after).ruleSet);
  }
  pipeline.finish();
  return [sids, pipeline.factCounts[EventKind.SIP_RESPONSE] as number];
}

it.each([
  ["matches them", "alert sip any any -> any any (app-layer-event:sip.response; sid:2;)"],
  [
    "counts them",
    "alert sip any any -> any any (ratio:2xx / OPTIONS, above 0.1, min 1, track by_client, seconds 60; sid:2;)",
  ],
])("final answers are facts while a rule %s, and are counted always", (_, rule) => {
  expect(play(NONE, NONE)).toEqual([[], 2]);
  expect(play(NONE, rule)).toEqual([[2], 2]);
  expect(play(rule, NONE)).toEqual([[2], 2]);
});
