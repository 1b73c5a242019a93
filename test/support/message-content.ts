import type { SipMessageView } from "../../src/decode/sip/message.ts";

/** What a view has found in its message, wherever that lies in its bytes. */
export function contentOf(view: SipMessageView): object {
  const { bytes, headerCount, nameSpans, valueSpans } = view;
  const textAt = (spans: Int32Array, i: number) =>
    bytes.toString("latin1", spans[2 * i], spans[2 * i + 1]);
  return {
    startLine: view.text(view.startLine),
    headers: Array.from({ length: headerCount }, (_, i) => [
      textAt(nameSpans, i),
      textAt(valueSpans, i),
    ]),
    body: bytes.toString("latin1", view.bodyStart, view.bodyEnd),
    anomalies: view.anomalies,
  };
}
