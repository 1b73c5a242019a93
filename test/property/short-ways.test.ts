import { afterEach, describe, expect, test, vi } from "vitest";
import { openSource } from "../../src/capture/file-source.ts";
import { Frame, type FrameSource } from "../../src/capture/frame.ts";
import { decodePacket, decodePacketByLayers } from "../../src/decode/decode-packet.ts";
import { PacketView } from "../../src/decode/packet.ts";
import { decodePlainFrame } from "../../src/decode/plain-frame.ts";
import { MediaTracker } from "../../src/track/media/media.ts";
import { RunningMedia } from "../../src/track/media/running-media.ts";
import { bundledCaptures } from "../support/bundled-captures.ts";
import { runSource } from "../support/run-capture.ts";

const RTP_SSRC_AT = 50;
const TTL_AT = 22;

/** The first frames of a capture, each with bytes of its own. */
async function framesOf(path: string, framesMax: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  await openSource([path]).run((frame) => {
    if (frames.length === framesMax) return;
    const bytes = Buffer.from(frame.bytes.subarray(frame.start, frame.end));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    frames.push(Object.assign(new Frame(), { ...frame, bytes, view, start: 0, end: bytes.length }));
  });
  return frames;
}

function sourceOf(frames: readonly Frame[]): FrameSource {
  return {
    run: async (onFrame) => {
      for (const frame of frames) onFrame(frame);
      return { packets: frames.length, problems: [] };
    },
    close: () => {},
  };
}

/** The same numbers each time. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What networks, mirrors and attackers make of it: loss, copies by another way, disorder, other sources, other bytes. */
function impaired(frames: readonly Frame[], seed: number): Frame[] {
  const random = randomOf(seed);
  const result: Frame[] = [];
  for (const frame of frames) {
    const chance = random();
    if (chance < 0.03) continue;
    result.push(frame);
    if (chance < 0.06) result.push(changed(frame, TTL_AT, frame.bytes));
    else if (chance < 0.09) result.push(changed(frame, RTP_SSRC_AT, frame.bytes));
    else if (chance < 0.11) result.push(changed(frame, Math.floor(random() * 60), frame.bytes));
    else if (chance < 0.14 && result.length > 1) {
      const last = result.pop() as Frame;
      result.splice(-1, 0, Object.assign(last, { timeUs: (result.at(-1) as Frame).timeUs }));
    }
  }
  return result;
}

function changed(frame: Frame, at: number, from: Buffer): Frame {
  const bytes = Buffer.from(from);
  if (at < bytes.length) bytes[at] = ((bytes[at] as number) + 1) & 0xff;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Object.assign(new Frame(), { ...frame, bytes, view });
}

/** So many frames of a capture are enough to see streams begin, run and be attacked. */
const FRAMES_MAX = 1_000;
const HEADER_FRAMES_MAX = 60;

const withMedia = bundledCaptures().filter(({ name }) => /benign|rtp_inject|bye_spoof/.test(name));

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the short way of running media", () => {
  test.each(withMedia)("$name gives the same records without it", async ({ path }) => {
    const whole = await framesOf(path, FRAMES_MAX);
    for (const frames of [whole, impaired(whole, 1)]) {
      const short = await runSource(sourceOf(frames), { isVerbose: true, hasCalls: true });
      const spy = vi.spyOn(MediaTracker.prototype, "goesOn").mockReturnValue(false);
      const general = await runSource(sourceOf(frames), { isVerbose: true, hasCalls: true });
      spy.mockRestore();
      expect(short.lines).toEqual(general.lines);
      expect([...(short.facts as Float64Array)]).toEqual([...(general.facts as Float64Array)]);
    }
  });

  test("is the way of most packets of healthy calls", async () => {
    const goesOn = vi.spyOn(RunningMedia.prototype, "goesOn");
    const rtp = vi.spyOn(MediaTracker.prototype, "rtp");
    for (const { path, isHealthy } of withMedia) {
      if (isHealthy) {
        await runSource(sourceOf(await framesOf(path, FRAMES_MAX)), { hasCalls: true });
      }
    }
    const taken = goesOn.mock.results.filter(({ value }) => value === true).length;
    // Each eighth packet is looked at, and so is the first one of each second and stream.
    expect(taken / rtp.mock.calls.length).toBeGreaterThan(3);
  });
});

describe("the short way through a frame", () => {
  test.each(bundledCaptures())("$name is read the same by layers", async ({ path }) => {
    const short = new PacketView();
    const general = new PacketView();
    const whole = await framesOf(path, HEADER_FRAMES_MAX);
    let plain = 0;
    let ipv4 = 0;
    for (const frame of [...whole, ...impaired(whole, 3), ...whole.map(cut)]) {
      expect(decodePacket(frame, short)).toBe(decodePacketByLayers(frame, general));
      expect(fieldsOf(short)).toBe(fieldsOf(general));
      if (general.ipVersion === 4) ipv4++;
      if (decodePlainFrame(short)) plain++;
    }
    expect(plain > 0).toBe(ipv4 > 0);
  });
});

/** The frame without its last bytes, as with a snaplen. */
function cut(frame: Frame): Frame {
  return Object.assign(new Frame(), { ...frame, end: Math.max(0, frame.end - 7) });
}

function fieldsOf(packet: PacketView): string {
  return JSON.stringify({ ...packet, bytes: 0, outerBytes: 0, macTwins: 0 });
}
