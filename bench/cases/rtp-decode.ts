import { decodePacket } from "../../src/decode/decode-packet.ts";
import { PacketView, SkipReason } from "../../src/decode/packet.ts";
import { RtpHeaderView } from "../../src/decode/rtp/header.ts";
import { type Figure, measure } from "../measure.ts";
import { PacketTape } from "../packet-tape.ts";

const PACKETS = 4_000;

/** Ethernet, IPv4, UDP and RTP header, without tracking. */
export function benchRtpDecode(): Figure[] {
  const tape = new PacketTape();
  const payload = Buffer.alloc(172);
  payload[0] = 0x80;
  for (let i = 0; i < PACKETS; i++) {
    payload.writeUInt16BE(i, 2);
    tape.add({ src: 0x0a000000 + i, srcPort: 10_000, dst: 0x0a010000, dstPort: 20_000 }, payload);
  }
  const packet = new PacketView();
  const rtp = new RtpHeaderView();
  let decoded = 0;
  const rate = measure(
    (count) => {
      for (let i = 0, at = 0; i < count; i++) {
        const frame = tape.at(at);
        if (++at === PACKETS) at = 0;
        if (decodePacket(frame, packet) === SkipReason.NONE && rtp.decode(packet)) decoded++;
      }
    },
    { count: 2_000_000 },
  );
  if (decoded === 0) throw new Error("the RTP case decoded nothing");
  return [
    {
      name: "RTP decode alone",
      value: rate.perSecond,
      unit: "packets/s",
      byCpu: rate.perCpuSecond,
      heapBytes: rate.heapBytes,
    },
  ];
}
