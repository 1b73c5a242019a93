import type { Markup } from "./markup.ts";
import type { RtpPlot } from "./rtp-recorder.ts";
import { Picture } from "./svg.ts";

const WIDTH = 760;
const SEQUENCE = 190;
const LOSS = 60;
const LEFT = 64;
const RIGHT = 16;
const GAP = 34;
const US_PER_S = 1e6;

/** Sequence numbers over time, a colour for each sender; below, the loss and the longest gap of each second. */
export function rtpPicture(plot: RtpPlot): Markup {
  const { endpoint, endUs, points, senders, startUs } = plot;
  const picture = new Picture(WIDTH, SEQUENCE + 2 * LOSS + 3 * GAP + 10);
  const spanUs = Math.max(1, endUs - startUs);
  const x = (timeUs: number) => LEFT + ((timeUs - startUs) / spanUs) * (WIDTH - LEFT - RIGHT);
  const numbers = points.map(({ sequence }) => sequence);
  const low = numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = numbers.reduce((a, b) => Math.max(a, b), low + 1);
  const y = (sequence: number) => 10 + SEQUENCE - ((sequence - low) / (high - low)) * SEQUENCE;
  picture.line(LEFT, 10, LEFT, 10 + SEQUENCE, "axis");
  picture.line(LEFT, 10 + SEQUENCE, WIDTH - RIGHT, 10 + SEQUENCE, "axis");
  picture.text(LEFT - 6, 20, String(high), "time", "end");
  picture.text(LEFT - 6, 10 + SEQUENCE, String(low), "time", "end");
  picture.text(LEFT + 6, 22, "sequence number", "time");
  for (const at of senders.keys()) {
    const own = points.filter(({ sender }) => sender === at);
    picture.dots(
      own.map((point) => [x(point.timeUs), y(point.sequence)] as const),
      `sender${at}`,
    );
  }
  loss(picture, plot, x);
  gaps(picture, plot, x);
  const named = senders.map(({ packets, source }) => `${source} ${packets} packets`).join(", ");
  return picture.done(`Sequence numbers and loss of media to ${endpoint}: ${named}`);
}

function loss(picture: Picture, { endUs, senders, startUs }: RtpPlot, x: (us: number) => number) {
  const bottom = 10 + SEQUENCE + GAP + LOSS;
  const seconds = Math.max(...senders.map((sender) => sender.seconds.length), 1);
  const shares = Array.from({ length: seconds }, (_, at) => {
    const bins = senders.map((sender) => sender.seconds[at]);
    const lost = bins.reduce((sum, bin) => sum + (bin?.lost ?? 0), 0);
    const received = bins.reduce((sum, bin) => sum + (bin?.received ?? 0), 0);
    return lost === 0 ? 0 : lost / (lost + received);
  });
  picture.line(LEFT, bottom - LOSS, LEFT, bottom, "axis");
  picture.line(LEFT, bottom, x(endUs), bottom, "axis");
  picture.text(LEFT - 6, bottom - LOSS + 10, "100 %", "time", "end");
  picture.text(LEFT - 6, bottom, "0", "time", "end");
  picture.text(LEFT + 6, bottom - LOSS + 10, "packets lost in each second", "time");
  for (const [at, share] of shares.entries()) {
    const from = x(startUs + at * US_PER_S);
    const to = Math.min(x(startUs + (at + 1) * US_PER_S), x(endUs));
    picture.box(from, bottom - share * LOSS, Math.max(1, to - from - 1), share * LOSS, "loss");
  }
}

/** What a listener hears as jitter, without a clock rate that the capture may not tell. */
function gaps(picture: Picture, { endUs, senders, startUs }: RtpPlot, x: (us: number) => number) {
  const bottom = 10 + SEQUENCE + 2 * (GAP + LOSS);
  const all = senders.flatMap((sender) => sender.seconds.map(({ gapUs }) => gapUs));
  const mostUs = all.reduce((a, b) => Math.max(a, b), 1);
  picture.line(LEFT, bottom - LOSS, LEFT, bottom, "axis");
  picture.line(LEFT, bottom, x(endUs), bottom, "axis");
  picture.text(LEFT - 6, bottom - LOSS + 10, `${(mostUs / 1_000).toFixed(0)} ms`, "time", "end");
  picture.text(LEFT - 6, bottom, "0", "time", "end");
  picture.text(
    LEFT + 6,
    bottom - LOSS - 6,
    "longest time between two packets in each second",
    "time",
  );
  for (const [at, sender] of senders.entries()) {
    const points = sender.seconds.map(({ gapUs, received }, second) => ({
      x: Math.min(x(startUs + (second + 0.5) * US_PER_S), x(endUs)),
      y: bottom - (gapUs / mostUs) * LOSS,
      received,
    }));
    picture.dots(
      points.filter(({ received }) => received > 0).map((point) => [point.x, point.y] as const),
      `sender${at}`,
    );
  }
  picture.text(LEFT, bottom + 16, "0 s", "time", "middle");
  picture.text(
    x(endUs),
    bottom + 16,
    `${((endUs - startUs) / US_PER_S).toFixed(1)} s`,
    "time",
    "end",
  );
}
