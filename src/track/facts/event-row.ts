/** A fact as rules know it. */
export interface EventRow {
  /** `app-layer-event` value in rules. */
  readonly name: string;
  /** What it says, what it carries, and why it can be believed. `rules explain` prints it. */
  readonly about: string;
  /** Meaning and unit of `event_value`; absent when the event carries no number. */
  readonly value?: string;
}
