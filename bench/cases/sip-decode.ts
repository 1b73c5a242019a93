import { createRequire } from "node:module";
import type { Span } from "../../src/base/ascii.ts";
import { AddressView } from "../../src/decode/sip/address.ts";
import { DigestView } from "../../src/decode/sip/digest.ts";
import { HeaderId } from "../../src/decode/sip/headers.ts";
import { SipMessageView } from "../../src/decode/sip/message.ts";
import { ViaView } from "../../src/decode/sip/via.ts";
import type { Corpus } from "../corpus.ts";
import { type Figure, measure } from "../measure.ts";

/** jssip's message parser: one grammar call for the start line and for each header it knows. */
interface JssipParser {
  parseMessage(data: string, ua: null): object | undefined;
}

const GRAMMAR_MESSAGES = 1_000;

/** Scan of all fields against jssip's grammar, on the messages of the corpus that the grammar takes. */
export function benchSipDecode({ messages: all, origin }: Corpus): Figure[] {
  const parser = createRequire(import.meta.url)("jssip/lib/Parser") as JssipParser;
  const messages = all.filter((bytes) => isTaken(parser, bytes));
  const meanBytes = messages.reduce((sum, { length }) => sum + length, 0) / messages.length;
  const texts = messages.map((bytes) => bytes.toString("latin1"));
  const scan = new Scan();
  const count = 200_000;
  const located = measure((n) => scan.locate(messages, n), { count });
  const apart = measure((n) => scan.takeApart(messages, n), { count });
  let taken = 0;
  const grammar = measure(
    (n) => {
      for (let i = 0; i < n; i++) {
        if (parser.parseMessage(texts[(i * 37) % texts.length] as string, null)) taken++;
      }
    },
    { count: GRAMMAR_MESSAGES, rounds: 3 },
  );
  if (taken === 0 || scan.found === 0) throw new Error("the SIP cases decoded nothing");
  const shown = (text: string) => `${text}; ${messages.length} of ${origin}`;
  return [
    {
      name: "SIP scan: start line and all headers located",
      value: located.perSecond,
      unit: "messages/s",
      target: 2e6,
      byCpu: located.perCpuSecond,
      heapBytes: located.heapBytes,
      note: shown(`${Math.round(meanBytes)} bytes mean`),
    },
    {
      name: "SIP scan, and From, To, Contact, Via, digest taken apart",
      value: apart.perSecond,
      unit: "messages/s",
      byCpu: apart.perCpuSecond,
      heapBytes: apart.heapBytes,
    },
    {
      name: "jssip's grammar",
      value: grammar.perSecond,
      unit: "messages/s",
      byCpu: grammar.perCpuSecond,
    },
    {
      name: "SIP scan against jssip's grammar",
      value: grammar.nsEach / located.nsEach,
      unit: "times",
      target: 50,
      note: `${Math.round(grammar.nsEach / apart.nsEach)} times with all taken apart`,
    },
  ];
}

function isTaken(parser: JssipParser, bytes: Buffer): boolean {
  try {
    return parser.parseMessage(bytes.toString("latin1"), null) !== undefined;
  } catch {
    return false;
  }
}

class Scan {
  found = 0;
  readonly #view = new SipMessageView();
  readonly #from = new AddressView();
  readonly #to = new AddressView();
  readonly #contact = new AddressView();
  readonly #via = new ViaView();
  readonly #digest = new DigestView();
  readonly #span: Span = { start: 0, end: 0 };

  locate(messages: readonly Buffer[], count: number): void {
    const view = this.#view;
    for (let i = 0, at = 0; i < count; i++) {
      const bytes = messages[at] as Buffer;
      if (++at === messages.length) at = 0;
      if (view.decode(bytes, 0, bytes.length, false)) this.found++;
    }
  }

  takeApart(messages: readonly Buffer[], count: number): void {
    const view = this.#view;
    for (let i = 0, at = 0; i < count; i++) {
      const bytes = messages[at] as Buffer;
      if (++at === messages.length) at = 0;
      if (!view.decode(bytes, 0, bytes.length, false)) continue;
      this.#address(HeaderId.FROM, this.#from);
      this.#address(HeaderId.TO, this.#to);
      this.#address(HeaderId.CONTACT, this.#contact);
      this.#via.decode(view);
      const span = this.#span;
      if (view.value(HeaderId.AUTHORIZATION, span)) {
        this.#digest.decode(bytes, span.start, span.end);
      }
      if (this.#via.branch.end > this.#via.branch.start) this.found++;
    }
  }

  #address(header: number, address: AddressView): void {
    const span = this.#span;
    if (this.#view.value(header, span)) address.decode(this.#view.bytes, span.start, span.end);
  }
}
