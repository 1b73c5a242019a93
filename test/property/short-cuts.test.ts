import fc from "fast-check";
import { expect, test } from "vitest";
import { AddressView } from "../../src/decode/sip/address.ts";
import { HEADER_ID_COUNT } from "../../src/decode/sip/headers.ts";
import { SipMessageView } from "../../src/decode/sip/message.ts";
import { ViaView, viaCount } from "../../src/decode/sip/via.ts";
import { PCAPS } from "../support/bundled-captures.ts";
import { SHARED_CAPTURES, sharedCapturesMissing } from "../support/shared-captures.ts";
import { eachSipMessage } from "../support/sip-corpus.ts";
import { mutated } from "./sip-mutations.ts";

const short = { message: new SipMessageView(), via: new ViaView(), address: new AddressView() };
const general = { message: new SipMessageView(), via: new ViaView(), address: new AddressView() };

/** Which way found it may differ, and so may what is beyond the headers that are in use. */
const LEFT_OUT: ReadonlySet<string> = new Set(["bytes", "isAlone", "isPlain"]);
const ROWS: Readonly<Record<string, number>> = { headerIds: 1, nameSpans: 2, valueSpans: 2 };

/** Numbers, flags and spans of a view that the two ways found differently, as text; of rows of headers only those in use. */
function differences<View extends object>(one: View, other: View, headers = 0): string {
  let text = "";
  for (const name of Object.keys(one) as (keyof View & string)[]) {
    if (LEFT_OUT.has(name)) continue;
    const width = ROWS[name];
    const isSame =
      width === undefined
        ? isAlike(one[name], other[name])
        : isAlikeTo(one[name] as Int32Array, other[name] as Int32Array, width * headers);
    if (!isSame) text += `${name}: ${JSON.stringify([one[name], other[name]])}\n`;
  }
  return text;
}

function isAlike(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || one === null) return one === other;
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>];
  return Object.keys(a).every((name) => isAlike(a[name], b[name]));
}

function isAlikeTo(one: Int32Array, other: Int32Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** A call of `expect` for each of a million views took longer than what it compares. */
function expectSame<View extends object>(one: View, other: View, headers = 0): void {
  const text = differences(one, other, headers);
  if (text !== "") expect(text).toBe("");
}

function compare(bytes: Buffer): void {
  const { message } = short;
  const isSip = message.decode(bytes, 0, bytes.length, false);
  expect(general.message.decodeAny(bytes, 0, bytes.length, false)).toBe(isSip);
  if (!isSip) return;
  expect(message.headerCount).toBe(general.message.headerCount);
  expectSame(message, general.message, message.headerCount);
  for (let id = 0; id < HEADER_ID_COUNT; id++) {
    if (message.indexOf(id) !== general.message.indexOf(id)) expect(id).toBe("found alike");
  }
  expect(short.via.decode(message)).toBe(general.via.decodeAny(message));
  expectSame(short.via, general.via);
  expect(viaCount(message, short.via)).toBe(viaCount(message));
  for (let i = 0; i < message.headerCount; i++) {
    const start = message.valueSpans[2 * i] as number;
    const end = message.valueSpans[2 * i + 1] as number;
    const hasUri = short.address.decode(bytes, start, end);
    expect(general.address.decodeAny(bytes, start, end)).toBe(hasUri);
    expectSame(short.address, general.address);
  }
  const { start, end } = message.uri;
  const hasUri = short.address.decodeUri(bytes, start, end);
  expect(general.address.decodeAnyUri(bytes, start, end)).toBe(hasUri);
  expectSame(short.address, general.address);
}

test("short cuts find what the general way finds in real messages", async () => {
  // The bundled ones are there always, the shared ones for the developers.
  const folders = sharedCapturesMissing === "" ? [PCAPS, SHARED_CAPTURES] : [PCAPS];
  let messages = 0;
  await eachSipMessage(({ bytes, start, end }) => {
    // Captures of floods have many of a kind.
    if (messages++ % 5 === 0) compare(bytes.subarray(start, end));
  }, folders);
  expect(messages).toBeGreaterThan(10_000);
});

test("short cuts find what the general way finds in mutated messages", () => {
  fc.assert(
    fc.property(mutated, (message) => compare(message)),
    { numRuns: 2_000 },
  );
});

test("short cuts find what the general way finds in a Via without a transport", () => {
  for (const via of ["SIP/2.0/ 10.0.0.1:5060;branch=z9hG4bKx", "SIP/2.0/ UDP host;branch=x"]) {
    const rest = "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n\r\n";
    compare(Buffer.from(`INVITE sip:a@b SIP/2.0\r\nVia: ${via}\r\n${rest}`, "latin1"));
  }
});

test("short cuts find what the general way finds in addresses and Vias of odd pieces", () => {
  const piece = fc.constantFrom(
    ...'<>"@:;,?[]= *\t\\\r'.split(""),
    ..."sip: sips: SIP: tel: tag Tag= ;tag= tag=x user host.example 10.0.0.1:5060".split(" "),
    ..."SIP/2.0/UDP SIP/2.0/ ;branch= ;Branch=z9hG4bKx branch ;rport :99999 [::1] %41".split(" "),
  );
  const value = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(value, value, value, (from, via, uri) => {
      const head = `INVITE sip:${uri} SIP/2.0\r\nVia: ${via}\r\nFrom: ${from}\r\n`;
      compare(
        Buffer.from(`${head}To: <sip:a@b>;tag=1\r\nm:<sip:${uri}>;${from}\r\n\r\n`, "latin1"),
      );
    }),
    { numRuns: 5_000 },
  );
});
