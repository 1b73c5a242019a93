import { expect, test } from "vitest";
import { fingerprintOf } from "../../../../src/track/content/fingerprint.ts";
import { MessageKeys } from "../../../../src/track/transactions/message-keys.ts";
import { decoded, INVITE } from "../../decode/sip/sip-text.ts";

function ofTag(tag: string) {
  const message = decoded(INVITE.replace("tag=t1", `tag=${tag}`));
  const keys = new MessageKeys();
  keys.decode(message, message.method);
  return fingerprintOf(message, keys);
}

function hexOf(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}

test("SIPVicious writes what it tries and a random number of 32 bits in hex; passwords are masked", () => {
  expect(ofTag(hexOf("100\x012873640221"))).toMatchObject({ tool: "SIPVicious", reveals: "100" });
  expect(ofTag(hexOf("1\x01100000"))).toMatchObject({ reveals: "1" });
  expect(ofTag(hexOf("100:1234\x01987654321"))).toMatchObject({ reveals: "100:***" });
});

test("a telephone's tag of decimal digits may read as text, a separator and a digit, and is no tool's", () => {
  for (const tag of ["3254270134", "7150300138", "325427013432", "32542701343536"]) {
    expect(ofTag(tag), tag).toBeNull();
  }
});
