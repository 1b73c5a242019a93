/**
 * SIP messages that fill one field with what parsers trip over: each separator alone, and pairs that
 * open without closing, so that a search which starts again at each of them takes the square of the
 * length.
 */
export interface HostileMessage {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Repeated in each field. */
export const HOSTILE_PIECES: readonly string[] = [
  ..."<>\"\\'(),;:@=&%[]?/.-a0 \t\0\r\n",
  "\r\n ",
  "\n\t",
  "\r\r",
  "<,",
  '",',
  '"<',
  ";=",
  ";a=",
  ';a="',
  "; ",
  "@<",
  "?@",
  "\\\0",
  ", ,",
  "=,",
  "<>",
  "<>,",
  "a:",
  "[:",
  "%3",
  "v=",
  "sip:",
  "\r\nv: a",
  "\r\nc: multipart/x",
  ",Digest a=b",
  "Digest ",
  "\n--b",
  "\n--b\nc:",
  "\na=",
  "\nm=audio 1 RTP/AVP 0",
  "\nc=IN IP6 1:2:3:4:5:6:7:8",
  "\na=ssrc:1",
  "\na=group:BUNDLE x",
  " 1",
];

const HEADERS: readonly string[] = [
  "Via: SIP/2.0/UDP 10.0.0.9:5062;branch=z9hG4bKabc;rport",
  'From: "Anna" <sip:100@example.org>;tag=t1',
  "To: <sip:201@example.org>",
  "Call-ID: c1@10.0.0.9",
  "CSeq: 7 INVITE",
  "Contact: <sip:100@10.0.0.9:5062>",
  'Authorization: Digest username="100", realm="example.org", response="0f"',
  "Record-Route: <sip:10.0.0.1;lr>",
  "Content-Type: application/sdp",
];
const SDP = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 0";

/** Each piece in the start line, in each header, alone as a header and in bodies. */
export function* hostileMessages(length: number): Generator<HostileMessage> {
  for (const piece of HOSTILE_PIECES) {
    const fill = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
    const name = JSON.stringify(piece);
    yield message(`${name} in the Request-URI`, `INVITE sip:${fill} SIP/2.0`, HEADERS, SDP);
    yield message(`${name} in the reason`, `SIP/2.0 200 ${fill}`, HEADERS, SDP);
    for (const header of HEADERS) {
      const colon = header.indexOf(":");
      const others = HEADERS.filter((other) => other !== header);
      const field = header.slice(0, colon);
      for (const value of [fill, `${header.slice(colon + 2)}${fill}`]) {
        const at = value === fill ? field : `${field} behind its value`;
        yield message(`${name} in ${at}`, INVITE, [`${field}: ${value}`, ...others], SDP);
      }
    }
    yield message(`${name} as a header`, INVITE, [fill, ...HEADERS], SDP);
    yield message(`${name} as a body`, INVITE, HEADERS, fill);
    yield message(`${name} in SDP`, INVITE, HEADERS, `${SDP}${fill}`);
    const multipart = HEADERS.with(-1, "Content-Type: multipart/mixed;boundary=b");
    yield message(`${name} in a multipart body`, INVITE, multipart, `--b\r\n${fill}`);
    const boundary = HEADERS.with(-1, `Content-Type: multipart/mixed;boundary="${fill}"`);
    yield message(`${name} as a boundary`, INVITE, boundary, `--${fill}\r\n\r\n${SDP}`);
  }
}

const INVITE = "INVITE sip:201@10.0.0.1 SIP/2.0";

function message(name: string, start: string, headers: readonly string[], body: string) {
  return { name, bytes: Buffer.from([start, ...headers, "", body].join("\r\n"), "latin1") };
}
