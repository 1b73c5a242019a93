#!/usr/bin/env bash
# sip 0.0.6 (npm): of a Via whose sent-by is an IPv6 reference (RFC 3261 25.1: "[2001:db8::1]") only "[2001" is left: no port, and no parameter,
# the branch among them. Its answers send that back, and by 17.1.3 a client matches answers by the branch. An IPv6 address in "received" is cut
# as well, and what stands behind it is lost; a SIP URI with such a host is none to it.
#
# Seen: of "SIP/2.0/UDP [2001:db8::1]:5070;branch=z9hG4bK1" makeResponse and stringify write "Via: SIP/2.0/UDP [2001"; of
# "192.0.2.1;received=2001:db8::2;branch=z9hG4bK1" all behind "received=2001" is gone; parseUri gives undefined for "sip:a@[2001:db8::1]:5060".
#
# What it cost us: nothing; to a sensor such an answer is one that nobody asked for.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --no-save --prefix . sip@0.0.6 >/dev/null

cat >reader.cjs <<'JAVASCRIPT'
const sip = require("./node_modules/sip/sip.js");

function answeredVia(via) {
  const request = sip.parse(["OPTIONS sip:bob@example.org SIP/2.0", `Via: SIP/2.0/UDP ${via}`, "From: <sip:alice@example.org>;tag=1",
    "To: <sip:bob@example.org>", "Call-ID: 1", "CSeq: 1 OPTIONS", "Content-Length: 0", "", ""].join("\r\n"));
  const lines = sip.stringify(sip.makeResponse(request, 200, "OK")).split("\r\n");
  return lines.find((line) => line.startsWith("Via: ")).slice("Via: SIP/2.0/UDP ".length);
}

const RECEIVED = "192.0.2.1;received=2001:db8::2;branch=z9hG4bK1";
const CASES = [
  [RECEIVED, answeredVia(RECEIVED), "192.0.2.1;received=2001"],
  ["example.org;branch=z9hG4bK1", answeredVia("example.org;branch=z9hG4bK1"), "example.org;branch=z9hG4bK1"],
  ["[2001:db8::1]:5070;branch=z9hG4bK1", answeredVia("[2001:db8::1]:5070;branch=z9hG4bK1"), "[2001"],
  ["[2001:db8::1];branch=z9hG4bK1", answeredVia("[2001:db8::1];branch=z9hG4bK1"), "[2001"],
  ["sip:a@192.0.2.1:5060", String(sip.parseUri("sip:a@192.0.2.1:5060")?.host), "192.0.2.1"],
  ["sip:a@[2001:db8::1]:5060", String(sip.parseUri("sip:a@[2001:db8::1]:5060")?.host), "undefined"],
];
console.log(`sip ${require("./node_modules/sip/package.json").version}`);
for (const [what, seen, expected] of CASES) {
  console.log(what.padEnd(52), seen);
  if (seen === expected) continue;
  console.log(`  expected: ${expected}`);
  process.exitCode = 1;
}
JAVASCRIPT
node reader.cjs
