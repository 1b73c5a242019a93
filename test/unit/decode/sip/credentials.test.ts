import { describe, expect, test } from "vitest";
import { CredentialsView } from "../../../../src/decode/sip/credentials.ts";
import { SipMessageView } from "../../../../src/decode/sip/message.ts";
import { decodeText, messageOf } from "./sip-text.ts";

const digest = (realm: string, response = "00ff") =>
  `Digest username="bob", realm="${realm}", nonce="n, 1", uri="sip:a", response="${response}"`;

function viewOf(headers: readonly string[], view = new CredentialsView()) {
  const message = new SipMessageView();
  decodeText(messageOf(headers), message);
  const isChallenge = headers.some((header) => /authenticate/i.test(header));
  const count = isChallenge ? view.decodeChallenges(message) : view.decode(message);
  expect(count).toBe(view.count);
  return {
    view,
    realms: Array.from({ length: count }, (_, i) => message.text(view.at(i).realm)),
    responses: Array.from({ length: count }, (_, i) => message.text(view.at(i).response)),
    headers: [...view.headers.subarray(0, count)],
  };
}

describe("several credentials (RFC 3261 22.4)", () => {
  test("of all headers, and joined by comma in one (7.3.1)", () => {
    const { realms, headers } = viewOf([
      `Proxy-Authorization: ${digest("p")}`,
      `Authorization: ${digest("a")}, ${digest("b")},\r\n ${digest("c")}`,
      `Authorization: ${digest("d")}`,
    ]);
    expect(realms).toEqual(["a", "b", "c", "d", "p"]);
    expect(headers).toEqual([1, 1, 1, 2, 0]);
  });

  test("what has no response or is no digest is none", () => {
    const { realms } = viewOf([
      'Authorization: Digest realm="x", nonce="n"',
      'Authorization: Basic dXNlcjpw==, Digest realm="a", response="1", Bearer abc=',
      'Authorization: Digest realm="b", response=""',
    ]);
    expect(realms).toEqual(["a"]);
  });

  test("schemes inside quotes are text; blanks around = are no scheme", () => {
    const { realms, responses } = viewOf([
      'Authorization: digest realm = "a, Digest realm=x" , opaque="\\", Digest realm=y", response= 5 Digest realm=b,response=6',
    ]);
    expect(realms).toEqual(["a, Digest realm=x", "b"]);
    expect(responses).toEqual(["5", "6"]);
  });

  test("many strangers' realms before it do not hide the one that counts", () => {
    const joined = Array.from({ length: 200 }, (_, i) => `Digest realm="r${i}",response=1`);
    const { realms } = viewOf([`Authorization: ${joined.join(",")}, ${digest("last")}`]);
    expect(realms[200]).toBe("last");
  });

  test.each([
    'Digest realm="open',
    "Digest",
    "Digest =,,=,= ,",
    '"Digest realm=a',
    "Digest \\",
    " , ,Digest realm=a,response=1",
  ])("%j ends", (value) => {
    expect(viewOf([`Authorization: ${value}`]).view.count).toBeLessThan(2);
  });
});

test("challenges of a response (RFC 3261 22.2, 22.3)", () => {
  const { realms } = viewOf([
    'WWW-Authenticate: Digest realm="a", nonce="n", algorithm=SHA-256, Digest realm="a", nonce="m"',
    'Proxy-Authenticate: Digest nonce="n",qop="auth,auth-int",realm="b c"',
  ]);
  expect(realms).toEqual(["a", "a", "b c"]);
});

test("a view keeps nothing of the message before", () => {
  const view = new CredentialsView();
  viewOf([`Authorization: ${digest("a")}, ${digest("b")}`], view);
  expect(viewOf(["Authorization: Basic x"], view).realms).toEqual([]);
  expect(view.count).toBe(0);
});

describe("digests of a head that is too long to be read whole", () => {
  const decoys = Array.from({ length: 300 }, (_, i) => digest(`r${i}`)).join(", ");

  function cut(headers: readonly string[], realm: string) {
    const message = new SipMessageView();
    decodeText(messageOf(headers), message);
    const view = new CredentialsView();
    const count = view.decode(message);
    const index = view.findCut(message, (start, end) => message.text({ start, end }) === realm);
    const found = index < 0 ? "" : message.text(view.at(index).response);
    return { count, index, found };
  }

  test("are found wherever they stand, by a realm that is asked for", () => {
    const { count, index, found } = cut(
      [`Authorization: ${decoys}, ${digest("asked", "ab")}`],
      "asked",
    );
    expect(count).toBeLessThan(200);
    expect([index, found]).toEqual([count, "ab"]);
    const behind = [`Authorization: ${decoys}`, `Proxy-Authorization: x, ${digest("asked", "cd")}`];
    expect(cut(behind, "asked").found).toBe("cd");
    const folded = `Authorization: ${decoys},\r\n DIGEST ReAlM = asked ,\r\n\tresponse="ef"`;
    expect(cut([folded], "asked").found).toBe("ef");
  });

  test("a realm in quotes, of another header, or without a response is none", () => {
    const quoted = `Authorization: ${decoys}, Digest opaque="Digest realm=asked, \\" realm=asked", response="1"`;
    expect(cut([quoted], "asked").found).toBe("");
    expect(cut([`Authorization: ${decoys}`, `Subject: ${digest("asked")}`], "asked").found).toBe(
      "",
    );
    const bare = `Authorization: ${decoys}, Digest realm="asked", nonce="1", ${digest("asked", "2")}`;
    expect(cut([bare], "asked").found).toBe("2");
  });

  test("are looked for in one pass", () => {
    let asked = 0;
    const message = new SipMessageView();
    const many = 'Authorization: Digest realm="x", '.padEnd(60_000, "Digest realm=y,response=1,");
    decodeText(messageOf([many]), message);
    const view = new CredentialsView();
    view.decode(message);
    view.findCut(message, () => {
      asked++;
      return false;
    });
    expect(asked).toBeLessThan(60_000 / 26 + 2);
  });
});
