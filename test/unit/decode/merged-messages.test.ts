import { describe, expect, it } from "vitest";
import { Frame, LinkType } from "../../../src/capture/frame.ts";
import { defaultConfig } from "../../../src/config/config.ts";
import { Pipeline } from "../../../src/pipeline/pipeline.ts";
import { loadText, request, START_US, udpDatagram } from "../detect/rig.ts";

const RULES = [
  'alert sip any any -> any any (msg:"r"; sip.method; content:"REGISTER"; sid:1;)',
  'alert sip any any -> any any (msg:"i"; sip.method; content:"INVITE"; sid:2;)',
].join("\n");

/** A REGISTER of so many bytes. */
function register(user: string, bytes = 500): string {
  const empty = request("REGISTER", { user, headers: ["X-Pad: "] });
  return request("REGISTER", { user, headers: [`X-Pad: ${"x".repeat(bytes - empty.length)}`] });
}

/** Accounts that rules saw REGISTERs or INVITEs of, in order, and datagrams and messages that were counted. */
function seen(payload: string) {
  const users: string[] = [];
  const pipeline = new Pipeline({
    config: { ...defaultConfig(), incidents: { ...defaultConfig().incidents, fold: false } },
    ruleSet: loadText(RULES).ruleSet,
    outputs: { alert: ({ voip }) => users.push(voip.fromUser ?? "") },
  });
  const bytes = udpDatagram({ payload });
  const frame = new Frame();
  frame.bytes = bytes;
  frame.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  frame.end = bytes.length;
  frame.wireLength = bytes.length;
  frame.timeUs = START_US;
  frame.linkType = LinkType.RAW;
  frame.number = 1;
  pipeline.onFrame(frame);
  const { bytes: counted, packets } = pipeline.statistics;
  pipeline.finish();
  return { users, packets, counted, length: bytes.length };
}

describe("datagrams that a network card has merged", () => {
  it("are read one by one", () => {
    const five = ["101", "102", "103", "104", "105"];
    const { counted, length, packets, users } = seen(five.map((user) => register(user)).join(""));
    expect(users).toEqual(five);
    expect(packets).toBe(1);
    expect(counted).toBe(length);
  });

  it("the last may be shorter", () => {
    const merged = register("101") + register("102") + register("103") + register("104", 420);
    expect(seen(merged).users).toEqual(["101", "102", "103", "104"]);
  });

  it("are not made of what the wire can carry: a receiver ignores what follows a body (RFC 4475 3.1.1.8)", () => {
    expect(seen(register("101") + register("102")).users).toEqual(["101"]);
  });

  it("are not made of messages of other lengths, or of other bytes", () => {
    const long = register("101", 900);
    expect(seen(long + register("102", 1_000)).users).toEqual(["101"]);
    expect(seen(long + "x".repeat(900)).users).toEqual(["101"]);
    expect(seen(register("101") + register("102") + "y".repeat(600)).users).toEqual(["101"]);
  });

  it("are at most as many as a card merges", () => {
    const tiny = "OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n";
    const { users } = seen(tiny.repeat(1_000) + register("101"));
    expect(users).toEqual([]);
  });
});
