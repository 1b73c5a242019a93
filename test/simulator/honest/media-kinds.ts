import { PACKET_S, PCMU, type RtpSender, rtpPacket } from "../media/rtp.ts";
import type { Scene } from "../scene.ts";
import { lanPhone, pbx, remotePhone } from "../sip/agent.ts";
import { Call } from "../sip/call.ts";
import type { CallOptions } from "../sip/call-options.ts";
import type { Endpoint } from "../wire/network.ts";
import { registered } from "./calls.ts";
import type { HonestStory } from "./story.ts";

/** Media other than plain speech in one stream each way. */

function answered(scene: Scene, options: CallOptions = {}): Call {
  const phone = registered(scene, lanPhone(scene, 0), pbx(scene));
  const call = new Call(scene, phone, pbx(scene), {
    dialled: "600",
    isChallenged: true,
    ...options,
  });
  return call.start().ring().answer();
}

/** Seven packets of one key press (RFC 4733 2.5): one timestamp, the last three with the end bit. */
function keyPress(
  scene: Scene,
  sender: RtpSender,
  atS: number,
  own: { ssrc: number; sequence: number } | null,
): void {
  const timestamp = sender.timestamp;
  for (let i = 0; i < 7; i++) {
    const ssrc = own?.ssrc ?? sender.ssrc;
    const sequence = own === null ? sender.sequence : own.sequence++;
    const packet = rtpPacket({
      payloadType: 101,
      isMarked: i === 0,
      sequence,
      timestamp,
      ssrc,
      bytes: 4,
    });
    packet.writeUInt8(5, 12);
    packet.writeUInt8(i < 4 ? 10 : 0x8a, 13);
    packet.writeUInt16BE(160 * Math.min(i + 1, 5), 14);
    scene.send(sender.from, sender.to, packet, atS + i * PACKET_S);
    if (own === null) sender.sequence = (sender.sequence + 1) & 0xffff;
  }
}

/** A STUN binding request and its success (RFC 8489), with the checks of ICE (RFC 8445 7). */
function check(scene: Scene, from: Endpoint, to: Endpoint): void {
  const id = Buffer.from(scene.random.hex(24), "hex");
  const username = Buffer.from("abcd:efgh");
  const asked = Buffer.alloc(20 + 16);
  asked.writeUInt16BE(0x0001, 0);
  asked.writeUInt16BE(16, 2);
  asked.writeUInt32BE(0x2112a442, 4);
  id.copy(asked, 8);
  asked.writeUInt16BE(0x0006, 20);
  asked.writeUInt16BE(username.length, 22);
  username.copy(asked, 24);
  scene.send(from, to, asked);
  scene.turn(to);
  const answer = Buffer.alloc(32);
  answer.writeUInt16BE(0x0101, 0);
  answer.writeUInt16BE(12, 2);
  answer.writeUInt32BE(0x2112a442, 4);
  id.copy(answer, 8);
  answer.writeUInt16BE(0x0020, 20);
  answer.writeUInt16BE(8, 22);
  answer[25] = 1;
  answer.writeUInt16BE(from.port ^ 0x2112, 26);
  for (const [i, part] of from.machine.ip.split(".").entries()) {
    answer[28 + i] = Number(part) ^ ([0x21, 0x12, 0xa4, 0x42][i] as number);
  }
  scene.send(to, from, answer);
}

/** A DTLS record of the handshake (RFC 6347 4.1), as large as those that carry certificates. */
function dtlsRecord(scene: Scene, sequence: number, bytes: number): Buffer {
  const record = Buffer.alloc(13 + bytes, 0x5a);
  record[0] = 22;
  record.writeUInt16BE(0xfefd, 1);
  record.writeUInt16BE(sequence, 9);
  record.writeUInt16BE(bytes, 11);
  record[13] = 1 + (sequence % 3);
  record.writeUInt32BE(scene.random.uint32(), 20);
  return record;
}

export const MEDIA_STORIES: readonly HonestStory[] = [
  {
    name: "dtmf-events",
    play: (scene) => {
      const call = answered(scene, { codec: PCMU });
      const { caller, callee } = call.senders;
      const style = scene.random.pick(["same-sequence", "own-sequence", "own-ssrc"]);
      const own = { ssrc: style === "own-ssrc" ? scene.random.uint32() : caller.ssrc, sequence: 1 };
      callee.play(scene.now, 8);
      for (let i = 0; i < 4; i++) {
        caller.play(scene.now, 1);
        scene.wait(1);
        keyPress(scene, caller, scene.now, style === "same-sequence" ? null : own);
        scene.wait(0.16);
      }
      scene.wait(3.4);
      call.hangUp();
    },
  },
  {
    name: "comfort-noise",
    play: (scene) => {
      const call = answered(scene, { codec: PCMU });
      const { caller, callee } = call.senders;
      callee.play(scene.now, 6);
      caller.play(scene.now, 2);
      for (let i = 0; i < 4; i++) {
        const { ssrc, sequence, timestamp } = caller;
        const noise = rtpPacket({ payloadType: 13, sequence, timestamp, ssrc, bytes: 1 });
        scene.send(caller.from, caller.to, noise, scene.now + 2 + i * 0.5);
        caller.sequence = (sequence + 1) & 0xffff;
        caller.timestamp = (timestamp + 4000) >>> 0;
      }
      caller.play(scene.now + 4, 2);
      scene.wait(6);
      call.hangUp();
    },
  },
  {
    name: "fax",
    play: (scene) => {
      const call = answered(scene, { codec: PCMU }).talk(2);
      const { port } = call.media.callee.endpoint;
      const image = [
        `m=image ${port} udptl t38`,
        "a=T38FaxVersion:0",
        "a=T38MaxBitRate:14400",
        "a=T38FaxUdpEC:t38UDPRedundancy",
      ];
      call.reInvite("callee", { port: 0, sections: image }, { port: 0, sections: image });
      for (let i = 0; i < 120; i++) {
        const packet = Buffer.alloc(20 + (i % 5) * 11, 0x31 + (i % 7));
        packet.writeUInt16BE(i, 0);
        const isForth = i % 3 > 0;
        const [from, to] = isForth
          ? [call.media.caller, call.media.callee]
          : [call.media.callee, call.media.caller];
        scene.send(from.endpoint, to.endpoint, packet, scene.now + i * 0.03);
      }
      scene.wait(4);
      call.hangUp();
    },
  },
  {
    name: "ice-dtls-srtp",
    play: (scene) => {
      const phone = registered(scene, remotePhone(scene, 0), pbx(scene));
      const attributes = [
        "a=ice-ufrag:abcd",
        "a=ice-pwd:0123456789abcdef01234567",
        "a=setup:actpass",
        "a=rtcp-mux",
      ];
      const call = new Call(scene, phone, pbx(scene), {
        dialled: "600",
        isChallenged: true,
        sdp: { attributes, profile: "UDP/TLS/RTP/SAVPF" },
      });
      call.start().ring().answer();
      const { caller, callee } = call.media;
      // The nominated pair is not what c= says: a mapped address that only the checks tell.
      const mapped = { ...caller.endpoint, port: caller.endpoint.port + 501 };
      for (const from of [caller.endpoint, mapped]) {
        check(scene, from, callee.endpoint);
        check(scene, callee.endpoint, from);
      }
      for (let i = 0; i < 4; i++) {
        const [from, to] = i % 2 === 0 ? [mapped, callee.endpoint] : [callee.endpoint, mapped];
        scene.send(from, to, dtlsRecord(scene, i, 120 + 200 * i));
        scene.turn(to);
      }
      call.senders.caller.from = mapped;
      call.senders.callee.to = mapped;
      call.senders.caller.hasRtcp = false;
      call.senders.callee.hasRtcp = false;
      for (let i = 0; i < 3; i++) {
        call.talk(2);
        check(scene, mapped, callee.endpoint);
      }
      call.hangUp();
    },
  },
  {
    name: "stun-on-media-ports-first",
    play: (scene) => {
      const call = answered(scene);
      const { caller, callee } = call.media;
      const bare = Buffer.alloc(20);
      bare.writeUInt16BE(0x0001, 0);
      bare.writeUInt32BE(0x2112a442, 4);
      // linphone: a bare request to RTP and RTCP port, from both sides.
      for (const up of [0, 1]) {
        scene.send(
          { ...caller.endpoint, port: caller.endpoint.port + up },
          { ...callee.endpoint, port: callee.endpoint.port + up },
          bare,
        );
      }
      call.talk(4).hangUp();
    },
  },
  {
    name: "video",
    play: (scene) => {
      const video = 40_000 + 2 * scene.random.whole(0, 900);
      const sections = [`m=video ${video} RTP/AVP 96`, "a=rtpmap:96 H264/90000", "a=sendrecv"];
      const call = answered(scene, { sdp: { sections } });
      const ssrc = scene.random.uint32();
      const from = { ...call.media.caller.endpoint, port: video };
      const to = { ...call.media.callee.endpoint, port: video };
      let sequence = scene.random.whole(0, 0xffff);
      for (let picture = 0; picture < 75; picture++) {
        const pieces = picture % 25 === 0 ? 12 : 3;
        for (let i = 0; i < pieces; i++) {
          const packet = rtpPacket({
            payloadType: 96,
            isMarked: i === pieces - 1,
            sequence: sequence++,
            timestamp: picture * 3600,
            ssrc,
            bytes: 900,
          });
          scene.send(from, to, packet, scene.now + picture / 25 + i * 0.0002);
        }
      }
      call.talk(3).hangUp();
    },
  },
];
