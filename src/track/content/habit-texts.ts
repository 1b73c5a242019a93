import type { Span } from "../../base/ascii.ts";
import { HeaderId } from "../../decode/sip/headers.ts";
import type { SipMessageView } from "../../decode/sip/message.ts";
import { Feature } from "./habit-features.ts";

const SHOWN_MAX = 120;
const SDP_SHOWN_MAX = 400;

/** A form of a message for people: what stands there. Allocates: for alerts only. */
export function featureText(feature: number, message: SipMessageView): string {
  return textOf(feature, message).slice(0, SHOWN_MAX);
}

function textOf(feature: number, message: SipMessageView): string {
  switch (feature) {
    case Feature.ORDER:
    case Feature.SPELLING:
    case Feature.HEADERS:
      return names(message).join(" ");
    case Feature.BLANKS:
    case Feature.SHAPE:
      return blanks(message);
    case Feature.VIA:
    case Feature.BRANCH:
    case Feature.BRANCH_LENGTH:
      return message.headerText(HeaderId.VIA);
    case Feature.CALL_ID:
    case Feature.CALL_ID_LENGTH:
    case Feature.CALL_ID_HOST:
      return message.headerText(HeaderId.CALL_ID);
    case Feature.TAG:
    case Feature.TAG_LENGTH:
      return tagOf(message.headerText(message.isRequest ? HeaderId.FROM : HeaderId.TO));
    case Feature.MAX_FORWARDS:
      return message.headerText(HeaderId.MAX_FORWARDS);
    case Feature.CSEQ:
      return message.headerText(HeaderId.CSEQ);
    case Feature.VALUES:
      return `${message.headerText(HeaderId.EXPIRES)} ${message.headerText(HeaderId.SESSION_EXPIRES)}`;
    case Feature.ABILITIES:
      return names(message)
        .map((name, i) =>
          /^(allow|accept|supported|k$|u$)/i.test(name) ? `${name}: ${value(message, i)}` : "",
        )
        .join(" ")
        .trim();
    case Feature.CONTACT:
      return message.headerText(HeaderId.CONTACT);
    case Feature.OPAQUE:
      if (!message.isRequest) return message.text(message.reason);
      return `${message.headerText(HeaderId.FROM)} ${message.headerText(HeaderId.SUBJECT)}`;
    case Feature.REASON:
      return message.text(message.reason);
    case Feature.SOFTWARE:
      return message.headerText(message.isRequest ? HeaderId.USER_AGENT : HeaderId.SERVER);
    default:
      return offer(feature, message);
  }
}

function names({ bytes, headerCount, nameSpans }: SipMessageView): string[] {
  return Array.from({ length: headerCount }, (_, i) =>
    bytes.toString("latin1", nameSpans[2 * i], nameSpans[2 * i + 1]),
  );
}

function value({ bytes, valueSpans }: SipMessageView, header: number): string {
  return bytes.toString("latin1", valueSpans[2 * header], valueSpans[2 * header + 1]);
}

/** Names with what stands before and behind their values: blanks as "_", tabs as "t". */
function blanks(message: SipMessageView): string {
  const { bytes, headerCount, nameSpans, valueSpans } = message;
  const shown = (start: number, end: number) =>
    bytes
      .toString("latin1", start, Math.min(end, start + 16))
      .replace(/[ \r\n]/g, (char) => (char === " " ? "_" : ""))
      .replaceAll("\t", "t")
      .replace(":", "");
  return names(message)
    .map((name, i) => {
      const next = i + 1 < headerCount ? nameSpans[2 * i + 2] : message.headersEnd;
      const before = shown(nameSpans[2 * i + 1] as number, valueSpans[2 * i] as number);
      const behind = shown(valueSpans[2 * i + 1] as number, next as number);
      return `${name}:${before}...${behind}`;
    })
    .join(" ");
}

function tagOf(value: string): string {
  return /;tag=([^;]*)/i.exec(value)?.[1] ?? "";
}

function offer(feature: number, message: SipMessageView): string {
  const { bodyEnd, bodyStart } = message;
  const body: Span = { start: bodyStart, end: Math.min(bodyEnd, bodyStart + SDP_SHOWN_MAX * 5) };
  const lines = message.text(body).split("\n");
  const wanted = WANTED_LINES[feature] ?? /^/;
  return lines
    .filter((line) => wanted.test(line))
    .map((line) => (feature === Feature.LINES ? line.slice(0, 12).trim() : line.trimEnd()))
    .join(" ");
}

const WANTED_LINES: Readonly<Record<number, RegExp>> = {
  [Feature.LINES]: /^a=(rtpmap|fmtp)/,
  [Feature.CODECS]: /^m=/,
  [Feature.SESSION]: /^[sitbuepo]=/,
  [Feature.CODEC_VALUES]: /^a=(rtpmap|fmtp)/,
  [Feature.ORIGIN_LENGTH]: /^o=/,
};
