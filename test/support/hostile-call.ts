import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pcapFile, udpPacket } from "./pcap-writer.ts";
import { audioSdp, sipRequest, sipResponse } from "./sip-builder.ts";

/** What would steer a terminal, run in a spreadsheet, or turn the direction of a line. */
export const ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m";
export const FORMULA = "=cmd|'/C calc'!A0";
export const BIDI = Buffer.from("\u202e\u2066evil\u200f", "utf8").toString("latin1");
export const CONTROL =
  /[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

/** A call whose every text is chosen by an attacker, answered and hung up; as a capture in `folder`. */
export function hostileCapture(folder: string, callId: string): string {
  const PHONE = "198.51.100.7:5060";
  const fields = {
    ...{ host: "192.0.2.1", sentBy: PHONE, from: `${FORMULA}${BIDI}`, to: `+1${ESCAPES}` },
    ...{
      callId,
      branch: "b1",
      fromTag: "f1",
      userAgent: `@SUM(A1)${ESCAPES}${"A".repeat(30_000)}`,
    },
    sdp: audioSdp("198.51.100.7", 4000).replace("PCMU/8000", `${FORMULA}\x1b[31m/8000`),
  };
  const invite = sipRequest({ ...fields, method: "INVITE" });
  const bye = sipRequest({ ...fields, method: "BYE", toTag: "t1", cseq: 2, branch: "b2", sdp: "" });
  const contact = `192.0.2.1>${ESCAPES}`;
  const ok = sipResponse(invite, 200, { toTag: "t1", contact, headers: [`Server: ${FORMULA}`] });
  const [out, back] = [
    { src: "198.51.100.7", dst: "192.0.2.1", srcPort: 5060, dstPort: 5060 },
    { src: "192.0.2.1", dst: "198.51.100.7", srcPort: 5060, dstPort: 5060 },
  ];
  const packets = [
    udpPacket(Buffer.from(invite.text, "latin1"), out),
    udpPacket(Buffer.from(ok.replace("OK", `${FORMULA}${ESCAPES}`), "latin1"), back),
    udpPacket(Buffer.from(bye.text, "latin1"), out),
    udpPacket(Buffer.from(sipResponse(bye, 200), "latin1"), back),
  ];
  const path = join(folder, "hostile.pcap");
  const timed = packets.map((bytes, i) => ({
    bytes,
    timeUs: 1_800_000_000_000_000 + i * 1_000_000,
  }));
  writeFileSync(path, pcapFile(timed));
  return path;
}
