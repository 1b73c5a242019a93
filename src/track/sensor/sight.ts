/** A fault of the sensor's sight is current for so long after it showed last. */
const CURRENT_US = 600_000_000;

/** Faults of the sensor's own sight that are told apart. */
export type SightFault = "tables" | "unread" | "drops";

interface Note {
  readonly text: string;
  readonly untilUs: number;
}

/** What the sensor does not see or had to forget of late, for who asks whether it is ready. */
export class Sight {
  readonly #notes = new Map<SightFault, Note>();

  /** `text`: one line, as the fact has it. */
  note(fault: SightFault, text: string, nowUs: number): void {
    this.#notes.set(fault, { text, untilUs: nowUs + CURRENT_US });
  }

  /** Faults that are current, a line each. */
  faults(nowUs: number): string[] {
    return [...this.#notes.values()]
      .filter(({ untilUs }) => untilUs > nowUs)
      .map(({ text }) => text);
  }
}
