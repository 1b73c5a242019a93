import { expect, test } from "vitest";
import { DigestView } from "../../../../src/decode/sip/digest.ts";

const NAMES = ["username", "realm", "nonce", "uri", "response", "nc", "cnonce", "stale"] as const;

function digestOf(text: string, view = new DigestView()): Record<string, string> | null {
  const bytes = Buffer.from(`"${text}"`, "latin1");
  if (!view.decode(bytes, 1, 1 + text.length)) return null;
  return Object.fromEntries(
    NAMES.map((name) => [name, bytes.toString("latin1", view[name].start, view[name].end)]),
  );
}

test("quoted and plain parameters, without their quotes (RFC 3261 25.1)", () => {
  expect(
    digestOf(
      'Digest username="bob", realm="a, b",nonce="n=1", uri="sip:h", response="0f",nc=00000001, cnonce="c", stale=TRUE, opaque="", algorithm=MD5',
    ),
  ).toEqual({
    username: "bob",
    realm: "a, b",
    nonce: "n=1",
    uri: "sip:h",
    response: "0f",
    nc: "00000001",
    cnonce: "c",
    stale: "TRUE",
  });
});

test.each([
  ['DIGEST Username = "x"', "x"],
  ['Digest username="a\\"b"', 'a\\"b'],
  ["Digest username=plain", "plain"],
  ['Digest\r\n\tusername="folded"', "folded"],
  ['Digest username="open', "open"],
  ['Digest username="end\\', "end\\"],
  ["Digest username=", ""],
  ["Digest username", ""],
  ["Digest ,,,=,username=z", "z"],
])("%j names %j", (text, username) => {
  expect(digestOf(text)?.username).toBe(username);
});

test("other schemes are not taken apart", () => {
  expect(digestOf('Basic username="x"')).toBeNull();
  expect(digestOf("")).toBeNull();
});

test("a view keeps nothing of the value before", () => {
  const reused = new DigestView();
  digestOf('Digest username="bob", realm="r", nonce="n", stale=true', reused);
  expect(digestOf('Digest realm="s"', reused)).toEqual(digestOf('Digest realm="s"'));
});
