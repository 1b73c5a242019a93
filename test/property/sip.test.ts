import fc from "fast-check";
import { expect, test } from "vitest";
import type { Span } from "../../src/base/ascii.ts";
import { SdpView } from "../../src/decode/sdp.ts";
import { AddressView } from "../../src/decode/sip/address.ts";
import { DigestView } from "../../src/decode/sip/digest.ts";
import { strictVerdict } from "../../src/decode/sip/grammar.ts";
import { HeaderId } from "../../src/decode/sip/headers.ts";
import { SipMessageView } from "../../src/decode/sip/message.ts";
import { parameter } from "../../src/decode/sip/params.ts";
import { ViaView, viaCount } from "../../src/decode/sip/via.ts";
import { contentOf } from "../support/message-content.ts";
import { mutated } from "./sip-mutations.ts";

const view = new SipMessageView();
const address = new AddressView();
const via = new ViaView();
const digest = new DigestView();
const sdp = new SdpView();
const span: Span = { start: 0, end: 0 };

/** Every span of a view and of what takes its values apart; bytes around the message are traps. */
function spansOf(message: SipMessageView): Span[] {
  const spans: Span[] = [message.startLine, message.methodSpan, message.uri, message.version];
  spans.push(message.statusCodeSpan, message.reason);
  spans.push({ start: message.headersStart, end: message.headersEnd });
  spans.push({ start: message.bodyStart, end: message.bodyEnd });
  const { bytes, nameSpans, valueSpans } = message;
  for (let i = 0; i < message.headerCount; i++) {
    const start = valueSpans[2 * i] ?? -1;
    const end = valueSpans[2 * i + 1] ?? -1;
    spans.push({ start: nameSpans[2 * i] ?? -1, end: nameSpans[2 * i + 1] ?? -1 }, { start, end });
    address.decode(bytes, start, end);
    for (const part of [address.uri, address.user, address.host, address.tag, address.params]) {
      spans.push({ ...part });
    }
    digest.decode(bytes, start, end);
    spans.push({ ...digest.username }, { ...digest.realm }, { ...digest.nonce });
    if (parameter(bytes, start, end, "tag", span)) spans.push({ ...span });
  }
  if (via.decode(message)) spans.push(via.branch, via.host, via.params);
  return spans;
}

test("mutated messages never throw, and every span lies inside the message in order", () => {
  const around = Buffer.from('";tag="@<sip:x>\r\n\r\n');
  fc.assert(
    fc.property(mutated, fc.boolean(), (message, wasCut) => {
      const bytes = Buffer.concat([around, message, around]);
      const start = around.length;
      const end = start + message.length;
      if (!view.decode(bytes, start, end, wasCut)) return;
      // Some hundred calls of `expect` for each message took most of the time.
      const outside = spansOf(view).filter(
        (part) => part.start < start || part.end < part.start || part.end > end,
      );
      expect(outside).toEqual([]);
      expect(viaCount(view)).toBeLessThanOrEqual(message.length);
      sdp.decode(bytes, view.bodyStart, view.bodyEnd);
    }),
    { numRuns: 4000 },
  );
});

test("what is around a message changes nothing of what is decoded", () => {
  fc.assert(
    fc.property(mutated, fc.string({ maxLength: 20 }), (message, around) => {
      const alone = new SipMessageView();
      const isSip = alone.decode(message, 0, message.length, false);
      const border = Buffer.from(around, "latin1");
      const bytes = Buffer.concat([border, message, border]);
      const end = border.length + message.length;
      expect(view.decode(bytes, border.length, end, false)).toBe(isSip);
      if (isSip) expect(contentOf(view)).toEqual(contentOf(alone));
      if (isSip) expect(view.indexOf(HeaderId.VIA)).toBe(alone.indexOf(HeaderId.VIA));
    }),
    { numRuns: 1000 },
  );
});

test("the grammar judge never throws", () => {
  fc.assert(
    fc.property(mutated, (message) => {
      const verdict = strictVerdict(message.toString("latin1"));
      expect(verdict === null || verdict.length < 5000).toBe(true);
    }),
    { numRuns: 500 },
  );
});
