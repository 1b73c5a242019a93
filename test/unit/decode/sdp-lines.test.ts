import { describe, expect, it } from "vitest";
import { sdpLines } from "../../../src/decode/sdp-lines.ts";
import { SipMessageView } from "../../../src/decode/sip/message.ts";

function linesOf(body: string, type = "application/sdp") {
  const text = `INVITE sip:a@b SIP/2.0\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const bytes = Buffer.from(text, "latin1");
  const message = new SipMessageView();
  message.decode(bytes, 0, bytes.length, false);
  return sdpLines(message);
}

describe("session description lines (RFC 8866 5)", () => {
  it("gives EVE's members in EVE's order, blanks normalised", () => {
    const lines = linesOf(
      [
        "v=0",
        "o=- 1  1 IN IP4 10.0.0.1",
        "s=-",
        "c=IN IP6 2001:DB8::0:1/127",
        "b=AS:64",
        "t=0 0",
        "r=7d 1h 0",
        "a=sendrecv",
        "a=rtcp-mux",
        "m=audio 4000 RTP/SAVPF 0 8",
        "i=voice",
        "c=IN IP4 10.0.0.2",
        "a=rtpmap:0 PCMU/8000",
        "m=image 5000 udptl t38",
        "",
      ].join("\r\n"),
    );
    expect(JSON.stringify(lines)).toBe(
      JSON.stringify({
        origin: "- 1 1 IN IP4 10.0.0.1",
        session_name: "-",
        connection_data: "IN IP6 2001:db8::1/127",
        bandwidths: ["AS:64"],
        time_descriptions: [{ time: "0 0", repeat_time: "7d 1h 0" }],
        attributes: ["sendrecv", "rtcp-mux"],
        media_descriptions: [
          {
            media: "audio 4000 RTP/SAVPF 0 8",
            media_info: "voice",
            connection_data: "IN IP4 10.0.0.2",
            attributes: ["rtpmap:0 PCMU/8000"],
          },
          { media: "image 5000 udptl t38" },
        ],
      }),
    );
  });

  it("reads LF lines, skips what is no line, and takes v= for SDP whatever the type says", () => {
    expect(linesOf("v=0\ngarbage\ns=x\n", "text/plain")).toMatchObject({ session_name: "x" });
    expect(linesOf("hello", "text/plain")).toBeNull();
    expect(linesOf("hello")).toBeNull();
    expect(linesOf("")).toBeNull();
  });

  it("bounds sections and attributes", () => {
    const lines = linesOf(`v=0\n${"m=audio 1 RTP/AVP 0\na=x\n".repeat(300)}`);
    expect(lines?.media_descriptions.length).toBe(64);
    expect(lines?.media_descriptions[63]?.attributes).toEqual(["x"]);
  });
});
