/**
 * The E-model (ITU-T G.107, 06/2015) with its default values but for what a capture can tell: codec, packet loss
 * and delay. One number for how a listener would judge the stream.
 */

/** Equipment impairment and robustness against loss of a codec (ITU-T G.113 Appendix I). */
interface CodecQuality {
  /** Ie: what the codec costs without any loss. */
  readonly impairment: number;
  /** Bpl: the higher, the better it conceals lost packets. */
  readonly robustness: number;
}

/** With packet loss concealment, as every phone of the last twenty years has it (G.711 Appendix I). */
const G711: CodecQuality = { impairment: 0, robustness: 25.1 };

/**
 * Codecs by their name in SDP (RFC 3551, IANA), capitals. Wideband codecs are judged on the scale of narrowband, where
 * nothing is better than G.711: a call is not said to be worse than it sounds, and not better than a telephone can be.
 */
const CODECS: Readonly<Record<string, CodecQuality>> = {
  PCMU: G711,
  PCMA: G711,
  G722: G711,
  OPUS: { impairment: 0, robustness: 20 },
  "AMR-WB": { impairment: 0, robustness: 10 },
  L16: G711,
  G729: { impairment: 11, robustness: 19 },
  G729A: { impairment: 11, robustness: 19 },
  G723: { impairment: 15, robustness: 16.1 },
  GSM: { impairment: 20, robustness: 10 },
  "GSM-EFR": { impairment: 5, robustness: 10 },
  AMR: { impairment: 5, robustness: 10 },
  "G726-32": { impairment: 7, robustness: 10 },
  "G726-24": { impairment: 25, robustness: 10 },
  G721: { impairment: 7, robustness: 10 },
  G728: { impairment: 7, robustness: 17 },
  ILBC: { impairment: 11, robustness: 32 },
  SPEEX: { impairment: 11, robustness: 20 },
};

/** What is known of a stream. */
export interface StreamQuality {
  /** Name as in SDP, any case. */
  readonly codec: string;
  /** Share of packets that did not come, 0 to 100. */
  readonly lossPercent: number;
  /** How much longer runs of lost packets are than by chance (BurstR): 1 by chance. */
  readonly burstRatio: number;
  /** Mouth to ear, one way. */
  readonly delayMs: number;
}

/** Ro - Is - Idle of the defaults (G.107 table 2): the rating of a call without loss and delay. */
const RATING_BEST = 93.2;
/** Advantage factor 0, a wired network; Ie,eff is bounded by what is left below 95 (G.107 7-29). */
const IMPAIRMENT_MAX = 95;
/** TELR and RLR of the defaults, dB. */
const TELR = 65;
/** Ro - 1.5 x RLR relation of 7-22 for the defaults: Roe = -1.5 (No - RLR). */
const ROE = -1.5 * (-61.18 - 2);

/** Mean opinion score, 1 to 4.41, two decimals; null for a codec of which no impairment is known (video, T.38). */
export function meanOpinionScore(stream: StreamQuality): number | null {
  const codec = CODECS[stream.codec.toUpperCase()];
  if (codec === undefined) return null;
  const rating = ratingOf(codec, stream);
  return Math.round(scoreOf(rating) * 100) / 100;
}

/** R = Ro - Is - Id - Ie,eff + A (G.107 7-1). */
function ratingOf(
  codec: CodecQuality,
  { lossPercent, burstRatio, delayMs }: StreamQuality,
): number {
  const loss = Math.min(100, Math.max(0, lossPercent));
  const { impairment, robustness } = codec;
  const spread = loss / Math.max(1, burstRatio) + robustness;
  const equipment = impairment + ((IMPAIRMENT_MAX - impairment) * loss) / spread;
  return RATING_BEST - talkerEcho(delayMs) - absoluteDelay(delayMs) - equipment;
}

/** Idd, from 100 ms on (G.107 7-27). */
function absoluteDelay(delayMs: number): number {
  if (delayMs <= 100) return 0;
  const x = Math.log2(delayMs / 100);
  return 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
}

/** Idte: the speaker's own voice comes back, later the longer the way (G.107 7-20 to 7-24). */
function talkerEcho(delayMs: number): number {
  const t = Math.max(0, delayMs);
  const terv = TELR - 40 * Math.log10((1 + t / 10) / (1 + t / 150)) + 6 * Math.exp(-0.3 * t * t);
  const re = 80 + 2.5 * (terv - 14);
  const half = (ROE - re) / 2;
  return (half + Math.sqrt(half * half + 100) - 1) * (1 - Math.exp(-t));
}

/** From the rating to the score (G.107 Annex B). */
function scoreOf(rating: number): number {
  if (rating <= 0) return 1;
  if (rating >= 100) return 4.5;
  // The polynomial dips below one for the lowest ratings.
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}
