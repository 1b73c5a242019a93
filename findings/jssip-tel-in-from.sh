#!/usr/bin/env bash
# JsSIP 3.13.8 (npm): an INVITE whose From or To is a telephone number (<tel:+12015550100>) is dropped without an answer; its parser gives
# undefined for the whole message. RFC 3261 25.1 takes any absolute URI in From, To and Contact, 8.1.1.2 names tel in To, and
# RFC 3966 is about it. Its grammar has tel only for the Request-URI.
#
# Seen: parseMessage gives a message for <sip:...> in From and To, and for the Request-URI tel:+12015550100; undefined for tel or urn in
# From or in To. Of the user in <sip:alice:secret@...>, "secret" is a part, which 19.1.1 keeps apart as the password.
#
# What it cost us: its grammar is the judge of odd messages here, and named From as the fault where that was sound. Such URIs are kept from it
# now, and in the comparison of all fields RFC 4475 3.3.4 is an exception.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --no-save --prefix . jssip@3.13.8 >/dev/null

cat >reader.cjs <<'JAVASCRIPT'
const { parseMessage } = require("./node_modules/jssip/lib/Parser.js");

function read({ uri = "sip:bob@example.org", from = "sip:alice@example.org", to = "sip:bob@example.org" }) {
  const lines = [`INVITE ${uri} SIP/2.0`, "Via: SIP/2.0/WS a.invalid;branch=z9hG4bK1", "Max-Forwards: 70", `From: <${from}>;tag=1`,
    `To: <${to}>`, "Call-ID: 1", "CSeq: 1 INVITE", "Contact: <sip:alice@a.invalid>", "Content-Length: 0", "", ""];
  const message = parseMessage(lines.join("\r\n"), null);
  return message === undefined ? "undefined" : `INVITE from ${message.from.uri.user}`;
}

const CASES = [
  ["sip", {}, "INVITE from alice"],
  ["tel in the Request-URI", { uri: "tel:+12015550100" }, "INVITE from alice"],
  ["tel in From", { from: "tel:+12015550100" }, "undefined"],
  ["tel in To", { to: "tel:+12015550100" }, "undefined"],
  ["urn in To", { to: "urn:service:sos" }, "undefined"],
  ["password in From", { from: "sip:alice:secret@example.org" }, "INVITE from alice:secret"],
];
console.log(`jssip ${require("./node_modules/jssip/package.json").version}`);
for (const [what, parts, expected] of CASES) {
  const seen = read(parts);
  console.log(what.padEnd(24), seen);
  if (seen === expected) continue;
  console.log(`  expected: ${expected}`);
  process.exitCode = 1;
}
JAVASCRIPT
node reader.cjs
