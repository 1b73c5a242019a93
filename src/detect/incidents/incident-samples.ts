import type { MatchContext } from "../match-context.ts";

const SAMPLES_MAX = 5;
const TEXT_MAX = 256;
/** Matches looked at for samples: a flood in one call would be read for nothing. */
const LOOKS_MAX = 100;
/** Distinct values that one incident counts, and all together: beyond it their number stops growing. */
export const DISTINCT_MAX = 4_096;
const DISTINCT_TOTAL_MAX = 262_144;

/** The first few calls, accounts and destinations of an incident. */
export class IncidentSamples {
  readonly callIds: string[] = [];
  readonly accounts: string[] = [];
  readonly destIps: string[] = [];
  #looks = 0;

  look({ packet, subject, names, dstHost }: MatchContext): void {
    if (packet !== null) names.remember(packet.dstHost, packet.view, packet.dstAddressStart);
    remember(this.callIds, subject.callId);
    remember(this.accounts, subject.account);
    remember(this.destIps, names.text(dstHost));
  }

  /** As `look`, for one of very many matches. */
  glance(context: MatchContext): void {
    if (this.#looks >= LOOKS_MAX) return;
    this.#looks++;
    this.look(context);
  }
}

function remember(samples: string[], text: string): void {
  if (text === "" || samples.length >= SAMPLES_MAX) return;
  const short = text.length <= TEXT_MAX ? text : copyOfStart(text);
  if (!samples.includes(short)) samples.push(short);
}

/** A slice would keep the whole text in memory. */
function copyOfStart(text: string): string {
  return Buffer.from(text.slice(0, TEXT_MAX), "utf16le").toString("utf16le");
}

/** How many distinct values all incidents together remember. */
export interface DistinctBudget {
  used: number;
}

/** Distinct values of a rule's `unique_on` field, exact up to the limits. */
export class DistinctValues {
  /** A limit was reached: there may be more than `count`. */
  isCut = false;
  readonly #values = new Set<number>();
  readonly #budget: DistinctBudget;

  constructor(budget: DistinctBudget) {
    this.#budget = budget;
  }

  get count(): number {
    return this.#values.size;
  }

  add(value: number): void {
    if (this.isCut && this.#values.size >= DISTINCT_MAX) return;
    if (this.#values.has(value)) return;
    if (this.#values.size >= DISTINCT_MAX || this.#budget.used >= DISTINCT_TOTAL_MAX) {
      this.isCut = true;
      return;
    }
    this.#values.add(value);
    this.#budget.used++;
  }

  /** Gives back what it has used. */
  release(): void {
    this.#budget.used -= this.#values.size;
    this.#values.clear();
  }
}
