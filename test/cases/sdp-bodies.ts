import { audioSdp } from "../support/sip-builder.ts";
import type { Endpoint } from "../support/wire.ts";
import { Call, wholeCall } from "./call.ts";
import { forgedBy, phone, phone6, STRANGER } from "./lab.ts";
import type { Case, Scene } from "./scene.ts";

/** How a user agent dresses its SDP (RFC 5621). */
interface Dress {
  /** Whole header line. */
  readonly type: string;
  readonly boundary: string;
  /** Other parts: type and text, before the SDP and behind it. */
  readonly before?: readonly (readonly [string, string])[];
  readonly behind?: readonly (readonly [string, string])[];
  /** Header line of the SDP part. */
  readonly sdpType?: string;
}

const PIDF = '<?xml version="1.0"?>\r\n<presence xmlns="urn:ietf:params:xml:ns:pidf"/>\r\n';
const RS_METADATA =
  '<?xml version="1.0"?>\r\n<recording xmlns="urn:ietf:params:xml:ns:recording:1"/>\r\n';

function multipart(dress: Dress, sdp: string): string {
  const { boundary, before = [], behind = [], sdpType = "Content-Type: application/sdp" } = dress;
  if (boundary === "") return sdp;
  const part = (header: string, text: string) => `--${boundary}\r\n${header}\r\n\r\n${text}\r\n`;
  const others = (rows: readonly (readonly [string, string])[]) =>
    rows.map(([type, text]) => part(`Content-Type: ${type}`, text)).join("");
  return `${others(before)}${part(sdpType, sdp)}${others(behind)}--${boundary}--\r\n`;
}

function dressed(scene: Scene, dress: Dress, at: (n: number) => Endpoint = phone): Call {
  return new Call(scene, at(1), at(2), {
    offer: multipart(dress, audioSdp(at(1).ip, 16_384)),
    answer: multipart(dress, audioSdp(at(2).ip, 11_780)),
    dress: (text) =>
      text.replace(
        "Content-Type: application/sdp\r\nContent-Length",
        `${dress.type}\r\nContent-Length`,
      ),
  });
}

function forgedBye(
  name: string,
  what: string,
  dress: Dress,
  at: (n: number) => Endpoint = phone,
): Case {
  return {
    name,
    expect: "alert bye|teardown <=2",
    kind: "sdp-multipart",
    what: `${what}; BYE in the caller's name by another MAC, the caller's media goes on for 5 s`,
    make: (scene) => {
      const call = dressed(scene, dress, at).start(9);
      scene.wait(4);
      call.ask(0, "BYE", 200, { by: forgedBy(at(1)) });
      scene.wait(10);
    },
  };
}

const MIXED: Dress = {
  type: "Content-Type: multipart/mixed;boundary=unique-boundary-1",
  boundary: "unique-boundary-1",
  before: [["application/pidf+xml", PIDF]],
};

export const SDP_MULTIPART: readonly Case[] = [
  forgedBye(
    "multipart_related_bye",
    "SDP in multipart/related behind PIDF-LO, quoted boundary with a space",
    {
      type: 'Content-Type: multipart/related; type="application/sdp"; boundary="a b:c"',
      boundary: "a b:c",
      before: [["application/pidf+xml", PIDF]],
    },
  ),
  forgedBye(
    "multipart_odd_spelling_bye",
    "compact c: with odd case and spaces, the SDP part's type with a parameter (IPv6)",
    {
      type: "c:Multipart/MIXED ;  Boundary=xYz",
      boundary: "xYz",
      behind: [["text/plain", "hello"]],
      sdpType:
        "content-type:  Application/SDP ; charset=utf-8\r\nContent-Disposition: session;handling=required",
    },
    phone6,
  ),
  forgedBye(
    "sdp_type_odd_spelling_bye",
    "no multipart: the SDP's own type is spelt in capitals with a parameter",
    {
      type: "CONTENT-TYPE : APPLICATION/SDP;charset=UTF-8",
      boundary: "",
    },
  ),
  {
    name: "multipart_stranger_media",
    expect: "alert bye|teardown <=2",
    kind: "sdp-multipart",
    what: "SDP between ISUP and text in multipart/mixed (RFC 3204); a stranger's BYE from his own address, media goes on",
    make: (scene) => {
      const call = dressed(scene, {
        ...MIXED,
        before: [
          ["application/isup;version=itu-t92+", "\x01\x00\x49\x00\x00\x03\x02\x00\x07\x04\x10"],
        ],
        behind: [["text/plain", "x"]],
      }).start(9);
      scene.wait(4);
      call.ask(1, "BYE", 200, { by: STRANGER });
      scene.wait(10);
    },
  },
  {
    name: "multipart_ordinary_call",
    expect: "quiet",
    kind: "sdp-multipart",
    what: "an emergency call with PIDF-LO beside the SDP (RFC 6442), hung up by the callee",
    make: (scene) => wholeCall(dressed(scene, MIXED), 8, 1),
  },
  {
    name: "multipart_recording",
    expect: "quiet",
    kind: "sdp-multipart",
    what: "a recording session (RFC 7866): SDP and rs-metadata, metadata alone later in an UPDATE, two calls one after another",
    make: (scene) => {
      for (let i = 0; i < 2; i++) {
        const call = dressed(scene, {
          ...MIXED,
          behind: [["application/rs-metadata+xml", RS_METADATA]],
        });
        call.start(6);
        scene.wait(3);
        call.ask(0, "UPDATE", 200);
        scene.wait(3.03);
        call.hangUp();
        scene.wait(2);
      }
    },
  },
  {
    name: "multipart_hold_and_back",
    expect: "quiet",
    kind: "sdp-multipart",
    what: "a call with multipart bodies moves its media to another port by a plain re-INVITE, an ordinary end",
    make: (scene) => {
      const call = dressed(scene, MIXED).start();
      call.talk(4);
      scene.wait(4);
      const sdp = audioSdp(phone(1).ip, 16_400, 2);
      call.ask(0, "INVITE", 200, { sdp, answerSdp: audioSdp(phone(2).ip, 11_780, 2) });
      scene.wait(0.06);
      const [mine, theirs] = call.talkers;
      mine.from = { ...mine.from, port: 16_400 };
      theirs.to = mine.from;
      call.talk(4);
      scene.wait(4.03);
      call.hangUp();
    },
  },
];
