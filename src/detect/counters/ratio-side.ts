import { SIP_METHOD_NAMES, SipMethod } from "../../decode/sip/methods.ts";
import type { DetectionEvent } from "../../track/facts/event.ts";
import { EVENT_ROWS, EventKind } from "../../track/facts/event-kind.ts";
import { eventKinds } from "../keywords/keywords-state.ts";
import { RuleError } from "../rules/load-message.ts";
import { words } from "../rules/option-pairs.ts";
import type { Token } from "../rules/rule-lexer.ts";

/** Methods that begin no transaction to count: `sip.request` leaves them out. */
const UNCOUNTED: ReadonlySet<string> = new Set(["ACK", "CANCEL"]);

/** One side of `ratio:` or `baseline:`: status codes, methods and facts, any of which counts. */
export class RatioSide {
  readonly text: string;
  readonly #statuses = new Uint8Array(700);
  readonly #methods: ReadonlySet<string>;
  /** The same by number. */
  readonly #methodIds: Uint8Array;
  readonly #facts = new Uint8Array(EVENT_ROWS.length);
  readonly #hasStatuses: boolean;

  constructor(
    text: string,
    statuses: readonly number[],
    methods: readonly string[],
    facts: readonly number[],
  ) {
    this.text = text;
    for (const status of statuses) this.#statuses[status] = 1;
    for (const fact of facts) this.#facts[fact] = 1;
    this.#methods = new Set(methods);
    this.#methodIds = Uint8Array.from(SIP_METHOD_NAMES, (name) => Number(this.#methods.has(name)));
    this.#hasStatuses = statuses.length > 0;
  }

  /** A status and a method of this side, for samples; 0 and "" without one. */
  get sampleStatus(): number {
    return Math.max(0, this.#statuses.indexOf(1));
  }

  get sampleMethod(): string {
    const [method = ""] = this.#methods;
    return method;
  }

  /** Kinds of the events that can count. */
  get kinds(): number[] {
    const kinds = EVENT_ROWS.flatMap((_, kind) => (this.#facts[kind] === 1 ? [kind] : []));
    if (this.#hasStatuses) kinds.push(EventKind.SIP_RESPONSE);
    if (this.#methods.size > 0) kinds.push(EventKind.SIP_REQUEST);
    return kinds;
  }

  /** Requests of that method count. */
  countsRequest(method: string): boolean {
    return this.#facts[EventKind.SIP_REQUEST] === 1 || this.#methods.has(method);
  }

  counts(event: DetectionEvent): boolean {
    const { kind } = event;
    if (this.#facts[kind] === 1) return true;
    if (kind === EventKind.SIP_RESPONSE) return this.#statuses[event.value] === 1;
    return kind === EventKind.SIP_REQUEST && this.#countsMethodOf(event);
  }

  #countsMethodOf({ method, subject }: DetectionEvent): boolean {
    return method === SipMethod.OTHER
      ? this.#methods.has(subject.method)
      : this.#methodIds[method] === 1;
  }
}

/** A side as a rule writes it: `404 4xx REGISTER sip.auth_failed`. Throws RuleError with the place of what is none. */
export function parseSide(side: Token): RatioSide {
  const statuses: number[] = [];
  const methods: string[] = [];
  const facts: number[] = [];
  const tokens = words(side);
  if (tokens.length === 0) throw new RuleError("a side is empty", side.at);
  for (const token of tokens) {
    const { text } = token;
    if (/^[2-6]\d\d$/.test(text)) statuses.push(Number(text));
    else if (/^[2-6]xx$/i.test(text)) {
      const hundred = Number(text[0]) * 100;
      for (let status = hundred; status < hundred + 100; status++) statuses.push(status);
    } else if (text.includes(".")) facts.push(...eventKinds(token));
    else if (UNCOUNTED.has(text)) throw new RuleError(`no fact tells of each ${text}`, token.at);
    else if (SIP_METHOD_NAMES.includes(text) && text !== "OTHER") methods.push(text);
    else throw new RuleError(`"${text}" is no final status (404, 4xx), method or fact`, token.at);
  }
  return new RatioSide(side.text, statuses, methods, facts);
}
