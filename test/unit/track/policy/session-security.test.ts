import { describe, expect, it } from "vitest";
import { DailyNotes } from "../../../../src/track/policy/daily-notes.ts";
import { isEmptyPolicy, NO_POLICY } from "../../../../src/track/policy/policy-settings.ts";
import { Protection, sessionSecurityOf } from "../../../../src/track/policy/session-security.ts";

const of = (...lines: string[]) => sessionSecurityOf(["v=0", ...lines, ""].join("\r\n"));

describe("how a session protects its audio", () => {
  it.each([
    [["m=audio 9 RTP/AVP 0"], Protection.NONE],
    [["m=audio 9 RTP/SAVP 0"], Protection.REQUIRED],
    [["m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=fingerprint:sha-256 00"], Protection.REQUIRED],
    [["m=audio 9 RTP/AVP 0", "a=crypto:1 x inline:y"], Protection.OPTIONAL],
    [["a=fingerprint:sha-256 00", "m=audio 9 RTP/AVP 0"], Protection.OPTIONAL],
    [["m=audio 0 RTP/SAVP 0", "m=audio 9 RTP/AVP 0"], Protection.NONE],
    [["m=audio 9 RTP/AVP 0", "m=video 9 RTP/SAVP 97"], Protection.NONE],
  ])("%j", (lines, protection) => expect(of(...lines).protection).toBe(protection));

  it("names its codecs, not events and comfort noise", () => {
    const { codecs } = of(
      "m=audio 9 RTP/AVP 8 0 96 101 13",
      "a=rtpmap:96 opus/48000/2",
      "a=rtpmap:101 telephone-event/8000",
      "a=rtpmap:13 CN/8000",
      "m=video 9 RTP/AVP 97",
      "a=rtpmap:97 VP8/90000",
    );
    expect(codecs.toSorted()).toEqual(["opus", "pcma", "pcmu"]);
  });

  it("is read in time that grows with its bytes, whatever they are", () => {
    const { hasAudio } = of("m=audio 9 RTP/AVP ".padEnd(50_000, " "), "a=rtpmap:".repeat(5000));
    expect(hasAudio).toBe(true);
  });
});

describe("a note", () => {
  it("comes once in 24 hours for the same hosts and detail", () => {
    const notes = new DailyNotes();
    expect(notes.isNew(1, 10, 20, 0)).toBe(true);
    expect(notes.isNew(1, 10, 20, 86_399e6)).toBe(false);
    expect(notes.isNew(1, 10, 20, 86_399e6, "opus")).toBe(true);
    expect(notes.isNew(2, 10, 20, 86_399e6)).toBe(true);
    expect(notes.isNew(1, 10, 20, 86_400e6)).toBe(true);
  });
});

it("is nobody's work where nothing is declared", () => {
  expect(isEmptyPolicy(NO_POLICY)).toBe(true);
  expect(isEmptyPolicy({ ...NO_POLICY, codecs: new Set(["opus"]) })).toBe(false);
});
