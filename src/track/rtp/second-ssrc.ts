import { KeyMap } from "../../base/key-map.ts";
import { NoiseBudget } from "./rtp-aside.ts";
import { Turns } from "./turns.ts";

/** Directed flows with a second SSRC that are followed at once. */
const FLOWS_MAX = 8192;

/** What runs beside the first SSRC of one directed flow. */
export class SecondSsrc {
  /** SSRCs by another way than the first one's packets, and those by the same way. */
  readonly byOtherWay = new Turns(true);
  readonly byOwnWay = new Turns();
  /** By the other way there was more than telephone events and comfort noise. */
  hasForeignVoice = false;
  /** Comfort noise by the other way. */
  readonly noise = new NoiseBudget();
  #bitsLow = 0;
  #bitsHigh = 0;

  /** A packet of the first SSRC. */
  own(nowUs: number): void {
    this.byOtherWay.own(nowUs);
    this.byOwnWay.own(nowUs);
  }

  /** Counts an SSRC beside the first one. */
  note(ssrc: number): void {
    const hash = Math.imul(ssrc ^ (ssrc >>> 16), 0x45d9f3b);
    const bit = 1 << ((hash >>> 20) & 31);
    if ((hash & 0x10000) === 0) this.#bitsLow |= bit;
    else this.#bitsHigh |= bit;
  }

  /** Distinct SSRCs so far, by linear counting over 64 bits (Whang 1990): right for a few, "many" above 200. */
  get distinct(): number {
    const empty = 64 - bitCount(this.#bitsLow) - bitCount(this.#bitsHigh);
    return empty === 0 ? 300 : Math.round(-64 * Math.log(empty / 64));
  }
}

/** Directed flows that carry more than one SSRC. */
export class SecondSsrcs {
  readonly #byFlow = new KeyMap<SecondSsrc>(FLOWS_MAX);

  get(directedFlow: number): SecondSsrc | undefined {
    return this.#byFlow.get(directedFlow + 1);
  }

  at(directedFlow: number): SecondSsrc {
    let second = this.#byFlow.get(directedFlow + 1);
    if (second === undefined) {
      second = new SecondSsrc();
      this.#byFlow.set(directedFlow + 1, second);
    }
    return second;
  }

  end(directedFlow: number): void {
    this.#byFlow.delete(directedFlow + 1);
  }
}

function bitCount(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
