import { SIP_ANOMALY_NAMES } from "../../../../src/decode/sip/anomaly.ts";
import { SipMessageView } from "../../../../src/decode/sip/message.ts";

export const INVITE = [
  "INVITE sip:201@10.0.0.1:5070;user=phone SIP/2.0",
  "Via: SIP/2.0/UDP 10.0.0.9:5062;branch=z9hG4bKabc;rport",
  "Max-Forwards: 70",
  'From: "Anna, B." <sip:100@example.org>;tag=t1',
  "To: <sip:201@example.org>",
  "Call-ID: c1@10.0.0.9",
  "CSeq: 7 INVITE",
  "Contact: <sip:100@10.0.0.9:5062>",
  "Content-Type: application/sdp",
  "Content-Length: 4",
  "",
  "v=0\n",
].join("\r\n");

export const RINGING = [
  "SIP/2.0 180 Ringing now",
  "v: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKabc",
  "f: <sip:100@example.org>;tag=t1",
  "t: <sip:201@example.org>;tag=t2",
  "i: c1@10.0.0.9",
  "CSeq: 7 INVITE",
  "l: 0",
  "",
  "",
].join("\r\n");

/** The message without its body, with these header lines in place of all others. */
export function messageOf(headers: readonly string[], body = ""): string {
  return ["OPTIONS sip:a@b SIP/2.0", ...headers, "", body].join("\r\n");
}

/** Decodes `text` out of the middle of a larger buffer whose other bytes would be noticed. */
export function decodeText(
  text: string,
  view = new SipMessageView(),
  wasCut = false,
): SipMessageView | null {
  const around = "x: y\r\n\0";
  const bytes = Buffer.from(around + text + around, "latin1");
  const isSip = view.decode(bytes, around.length, around.length + text.length, wasCut);
  return isSip ? view : null;
}

/** As `decodeText`, for what has to be SIP. */
export function decoded(text: string): SipMessageView {
  const view = decodeText(text);
  if (view === null) throw new Error("not SIP");
  return view;
}

export function anomaliesOf(text: string, wasCut = false): string[] {
  const view = decodeText(text, new SipMessageView(), wasCut);
  const bits = view?.anomalies ?? 0;
  return SIP_ANOMALY_NAMES.filter((_, bit) => (bits & (1 << bit)) !== 0);
}
