import { expect, it } from "vitest";
import { accountText } from "../../../../src/track/accounts/account-keys.ts";
import {
  PackedText,
  TextPacker,
  unpackedText,
} from "../../../../src/track/call-records/packed-texts.ts";

const WHICH = Object.values(PackedText);

it("gives back each text as it was, of bytes and of strings", () => {
  const packer = new TextPacker();
  const bytes = Buffer.from("Call-ID: \xff\x00a@b", "latin1");
  packer.begin();
  packer.add(bytes, { start: 9, end: bytes.length }, 256);
  packer.addText("201@10.0.0.1", 128);
  packer.addText("", 128);
  packer.add(bytes, { start: 4, end: 4 }, 128);
  packer.add(bytes, { start: 8, end: 2 }, 128);
  packer.addText("0049301234567", 128);
  packer.addText("sip:201@192.0.2.1", 128);
  const packed = packer.text();
  expect(WHICH.map((which) => unpackedText(packed, which))).toEqual([
    ...["\xff\x00a@b", "201@10.0.0.1", "", "", "", "0049301234567", "sip:201@192.0.2.1"],
  ]);
});

it("cuts each at its limit, and the next call's texts are its own", () => {
  const packer = new TextPacker();
  packer.begin();
  packer.add(Buffer.alloc(70_000, "c"), { start: 0, end: 70_000 }, 256);
  for (let i = 0; i < 6; i++) packer.addText("t".repeat(70_000), 128);
  const long = packer.text();
  expect(WHICH.map((which) => unpackedText(long, which).length)).toEqual([
    ...[256, 128, 128, 128, 128, 128, 128],
  ]);
  packer.begin();
  packer.addText("a", 256);
  const short = packer.text();
  expect(WHICH.map((which) => unpackedText(short, which))).toEqual(["a", "", "", "", "", "", ""]);
  expect(unpackedText("", PackedText.DIALLED)).toBe("");
});

it("writes an account as user@server, up to the user's own domain", () => {
  const accountOf = (written: string, server: string): string => {
    const packer = new TextPacker();
    packer.begin();
    packer.addText("", 128);
    const bytes = Buffer.from(written, "latin1");
    packer.addAccount(bytes, { start: 0, end: bytes.length }, server, 128);
    return unpackedText(packer.text(), PackedText.ACCOUNT);
  };
  for (const server of ["10.0.0.1", "2001:db8::1"]) {
    for (const user of ["201", "201@realm", "@realm", "", "é\0", "u".repeat(120), "u".repeat(300)])
      expect(accountOf(user, server)).toBe(accountText(user, server).slice(0, 128));
  }
});
