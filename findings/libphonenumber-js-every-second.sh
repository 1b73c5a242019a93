#!/usr/bin/env bash
# libphonenumber-js 1.13.16 (npm): of telephone numbers with a phone-context (RFC 3966 5.1.5) each second one is NOT_A_NUMBER, whatever it is:
# the same text is read, refused, read, refused. The answer depends on how many such numbers the process has read before.
#
# Seen: "tel:2015550123;phone-context=+1" four times: +12015550123, NOT_A_NUMBER, +12015550123, NOT_A_NUMBER; numbers without a context in
# between change nothing. Its expression for the context has the flag g, with which RegExp.prototype.test goes on where the last match
# ended (ECMA-262, RegExpBuiltinExec: lastIndex). Google's own library, which it is a port of, reads all four.
#
# What it cost us: only digits go to it here. With its parameters a number would have a country in one record and none in the next, and the
# same capture would not give the same records twice.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --no-save --prefix . libphonenumber-js@1.13.16 google-libphonenumber@3.2.47 >/dev/null

cat >reader.cjs <<'JAVASCRIPT'
const { parsePhoneNumberWithError } = require("./node_modules/libphonenumber-js/max");
const { PhoneNumberFormat, PhoneNumberUtil } = require("./node_modules/google-libphonenumber");
const google = PhoneNumberUtil.getInstance();

function read(text) {
  try {
    return parsePhoneNumberWithError(text).number;
  } catch (error) {
    return error.message;
  }
}

const WITH = "tel:2015550123;phone-context=+1";
const WITHOUT = "tel:+12015550123";
const CASES = [
  [WITH, "+12015550123"],
  [WITH, "NOT_A_NUMBER"],
  [WITHOUT, "+12015550123"],
  [WITH, "+12015550123"],
  [WITHOUT, "+12015550123"],
  [WITH, "NOT_A_NUMBER"],
];
console.log(`libphonenumber-js ${require("./node_modules/libphonenumber-js/package.json").version}`);
for (const [text, expected] of CASES) {
  const seen = read(text);
  const byGoogle = google.format(google.parse(text), PhoneNumberFormat.E164);
  console.log(text.padEnd(34), seen.padEnd(14), `Google's: ${byGoogle}`);
  if (seen === expected && byGoogle === "+12015550123") continue;
  console.log(`  expected: ${expected}, Google's: +12015550123`);
  process.exitCode = 1;
}
JAVASCRIPT
node reader.cjs
