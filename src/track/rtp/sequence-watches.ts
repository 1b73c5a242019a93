import { NO_SOURCE, SequenceWatch } from "./sequence-watch.ts";

/** Streams watched at once, two kilobytes each. */
const WATCHES_MAX = 2048;

/** Watches by row of the RTP source; a full pool gives up the one that was quiet longest among a few. */
export class SequenceWatches {
  readonly #bySource = new Map<number, SequenceWatch>();
  readonly #free: SequenceWatch[] = [];
  readonly #all: SequenceWatch[] = [];
  #hand = 0;

  get(source: number): SequenceWatch | undefined {
    return this.#bySource.get(source);
  }

  /** `onEvict` is told the source that is watched no longer. */
  begin(source: number, nowUs: number, onEvict: (source: number) => void): SequenceWatch {
    const watch = this.#free.pop() ?? this.#fresh() ?? this.#evict(onEvict);
    watch.begin(source, nowUs);
    this.#bySource.set(source, watch);
    return watch;
  }

  end(source: number): void {
    const watch = this.#bySource.get(source);
    if (watch === undefined) return;
    this.#bySource.delete(source);
    watch.source = NO_SOURCE;
    this.#free.push(watch);
  }

  #fresh(): SequenceWatch | undefined {
    if (this.#all.length === WATCHES_MAX) return undefined;
    const watch = new SequenceWatch();
    this.#all.push(watch);
    return watch;
  }

  #evict(onEvict: (source: number) => void): SequenceWatch {
    let quietest = this.#all[this.#hand] as SequenceWatch;
    for (let i = 0; i < 8; i++) {
      this.#hand = (this.#hand + 1) % this.#all.length;
      const watch = this.#all[this.#hand] as SequenceWatch;
      if (watch.lastOddUs < quietest.lastOddUs) quietest = watch;
    }
    this.#bySource.delete(quietest.source);
    onEvict(quietest.source);
    return quietest;
  }
}
