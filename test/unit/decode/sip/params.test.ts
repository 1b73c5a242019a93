import { describe, expect, test } from "vitest";
import type { Span } from "../../../../src/base/ascii.ts";
import { AddressView } from "../../../../src/decode/sip/address.ts";
import { HeaderId } from "../../../../src/decode/sip/headers.ts";
import { firstValueEnd, parameter } from "../../../../src/decode/sip/params.ts";
import { ViaView, viaCount } from "../../../../src/decode/sip/via.ts";
import { decoded, INVITE, messageOf } from "./sip-text.ts";

function addressOf(text: string, view = new AddressView()) {
  const bytes = Buffer.from(`#${text}#`, "latin1");
  const found = view.decode(bytes, 1, 1 + text.length);
  const part = ({ start, end }: Span) => bytes.toString("latin1", start, end);
  const { uri, user, host, port, tag, params, isStar } = view;
  return {
    found,
    isStar,
    port,
    uri: part(uri),
    user: part(user),
    host: part(host),
    tag: part(tag),
    params: part(params),
  };
}

function parameterOf(text: string, name: string): string | null {
  const bytes = Buffer.from(text, "latin1");
  const out: Span = { start: 0, end: 0 };
  return parameter(bytes, 0, bytes.length, name, out) ? text.slice(out.start, out.end) : null;
}

describe("addresses (RFC 3261 20.10, 25.1)", () => {
  test("display name, URI and tag", () => {
    expect(addressOf('"Anna, <B>" <sip:100:pw@example.org:5070;x=y>;a=b;tag=t1')).toEqual({
      found: true,
      isStar: false,
      uri: "sip:100:pw@example.org:5070;x=y",
      user: "100",
      host: "example.org",
      port: 5070,
      tag: "t1",
      params: ";a=b;tag=t1",
    });
  });

  test("without angle brackets parameters belong to the header (RFC 3261 20.10)", () => {
    const { uri, tag } = addressOf("sip:100@example.org;tag=t1");
    expect([uri, tag]).toEqual(["sip:100@example.org", "t1"]);
  });

  test.each([
    ["<sip:[2001:db8::1]:5070>", "", "[2001:db8::1]", 5070],
    ["<sips:a%40b@h>", "a%40b", "h", 0],
    ["<sip:1@2@h>", "1@2", "h", 0],
    ["<sip:a?b@h>", "a?b", "h", 0],
    ["<sip:h?x=a%40b>", "", "h", 0],
    ["<sip:u@h?x=a@b>", "u", "h", 0],
    ["<sip:u@h:99999>", "u", "h", 0],
    ["<tel:+4930123;phone-context=x>", "+4930123", "", 0],
    ["A B <sip:u@h", "u", "h", 0],
  ])("%s", (text, user, host, port) => {
    expect(addressOf(text)).toMatchObject({ found: true, user, host, port });
  });

  test("Contact: * is a star and no URI (RFC 3261 10.2.2)", () => {
    expect(addressOf(" *")).toMatchObject({ found: true, isStar: true, uri: "", host: "" });
  });

  test("a view keeps nothing of the address before", () => {
    const reused = new AddressView();
    addressOf('"A" <sip:u:p@h:1>;tag=x', reused);
    for (const text of ["*", "", "junk", "<sip:h>"]) {
      expect(addressOf(text, reused)).toEqual(addressOf(text));
    }
  });
});

describe("parameters", () => {
  test.each([
    [";a=b;tag=x;c", "tag", "x"],
    [";TAG=x", "tag", "x"],
    [" ; tag = x ;y", "tag", "x"],
    [";tag\r\n =\r\n x", "tag", "x"],
    [';a=";tag=no";tag=yes', "tag", "yes"],
    [';a="q\\";tag=no";tag=yes', "tag", "yes"],
    [';q="x y"', "q", '"x y"'],
    [";lr;tag=x", "lr", ""],
    [";tag=", "tag", ""],
    [";tagx=1", "tag", null],
    ["tag=1", "tag", null],
    [";", "tag", null],
    ["", "tag", null],
  ])("%j has %s=%j", (text, name, value) => {
    expect(parameterOf(text, name)).toBe(value);
  });

  test("values end at commas outside quotes and angle brackets (RFC 3261 7.3.1)", () => {
    const text = '"a,b" <sip:c,d@h>;x="y,z", <sip:e>';
    const bytes = Buffer.from(text);
    expect(text.slice(0, firstValueEnd(bytes, 0, bytes.length))).toBe('"a,b" <sip:c,d@h>;x="y,z"');
  });
});

describe("Via (RFC 3261 20.42)", () => {
  function viaOf(headers: string[], view = new ViaView()) {
    const message = decoded(messageOf(headers));
    const found = view.decode(message);
    const part = (span: Span) => message.text(span);
    return {
      found,
      branch: part(view.branch),
      host: part(view.host),
      port: view.port,
      hasCookie: view.hasCookie,
    };
  }

  test.each([
    ["SIP/2.0/UDP 10.0.0.9:5062;branch=z9hG4bKx;rport", "z9hG4bKx", "10.0.0.9", 5062, true],
    ["SIP / 2.0 / UDP\t h ; branch = Z9HG4BKx", "Z9HG4BKx", "h", 0, true],
    ["SIP/2.0/UDP [2001:db8::1]:99;branch=1", "1", "[2001:db8::1]", 99, false],
    ["SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b;branch=2", "1", "a", 0, false],
  ])("%s", (value, branch, host, port, hasCookie) => {
    expect(viaOf([`Via: ${value}`])).toEqual({ found: true, branch, host, port, hasCookie });
  });

  test("a view keeps nothing of the message before", () => {
    const reused = new ViaView();
    viaOf(["Via: SIP/2.0/UDP h:5;branch=z9hG4bK1"], reused);
    expect(viaOf(["To: x"], reused)).toMatchObject({
      found: false,
      branch: "",
      host: "",
      port: 0,
      hasCookie: false,
    });
    expect(viaOf(["Via: junk"], reused)).toMatchObject({
      found: false,
      branch: "",
      hasCookie: false,
    });
  });

  test("hops are counted over lines and commas", () => {
    const headers = ['Via: SIP/2.0/UDP a;x="1,2",SIP/2.0/UDP b', "v: SIP/2.0/TCP c"];
    expect(viaCount(decoded(messageOf(headers)))).toBe(3);
    expect(viaCount(decoded(messageOf(["To: x"])))).toBe(0);
  });
});

test("addresses of a whole message", () => {
  const message = decoded(INVITE);
  const span: Span = { start: 0, end: 0 };
  expect(message.value(HeaderId.FROM, span)).toBe(true);
  expect(addressOf(message.text(span))).toMatchObject({ user: "100", tag: "t1" });
});
