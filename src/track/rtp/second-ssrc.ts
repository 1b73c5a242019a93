import { KeyMap } from "../../base/key-map.ts";
import { NoiseBudget } from "./rtp-aside.ts";
import { Turns } from "./turns.ts";

/** Directed flows with a second SSRC that are followed at once. */
const FLOWS_MAX = 8192;

/** SSRCs of one directed flow that are told apart. */
export const SSRCS_MAX = 150;
/** Room for those of an ordinary one. */
const SSRCS_FEW = 8;

/** What runs beside the first SSRC of one directed flow. */
export class SecondSsrc {
  /** SSRCs by another way than the first one's packets, and those by the same way. */
  readonly byOtherWay = new Turns(true);
  readonly byOwnWay = new Turns();
  /** By the other way there was more than telephone events and comfort noise. */
  hasForeignVoice = false;
  /** Comfort noise by the other way. */
  readonly noise = new NoiseBudget();
  /** Kept whole: with classes of a hash whoever writes the SSRCs would choose their number. Grows to 1 KiB. */
  #ssrcs = new Int32Array(SSRCS_FEW);
  #distinct = 0;

  /** A packet of the first SSRC. */
  own(nowUs: number): void {
    this.byOtherWay.own(nowUs);
    this.byOwnWay.own(nowUs);
  }

  /** Counts an SSRC beside the first one. */
  note(ssrc: number): void {
    const count = this.#distinct;
    for (let at = 0; at < count; at++) if (this.#ssrcs[at] === ssrc) return;
    if (count === SSRCS_MAX) return;
    if (count === this.#ssrcs.length) {
      const few = this.#ssrcs;
      this.#ssrcs = new Int32Array(2 * count);
      this.#ssrcs.set(few);
    }
    this.#ssrcs[count] = ssrc;
    this.#distinct = count + 1;
  }

  /** Distinct SSRCs so far, `SSRCS_MAX` for more. */
  get distinct(): number {
    return this.#distinct;
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
