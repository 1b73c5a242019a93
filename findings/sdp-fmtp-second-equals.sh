#!/usr/bin/env bash
# sdp 3.2.2 (npm): the value of a format parameter ends at its first "=". Parameter sets of H.264 are base64 with "=" at the end of each
# (RFC 6184 8.1: sprop-parameter-sets, separated by commas), so all behind the first padded one is lost, and a decoder gets no picture
# parameter set. What has no "=", as the events of RFC 4733 (2.4.1: "0-15,66"), is lost as well.
#
# Seen: of "sprop-parameter-sets=Z0IACpZTBYmI,aMljiA==" the padding goes; of "Z0IAKeKQFA==,aM48gA==" only the first set stays; fmtp of
# telephone-event "0-15,66" is {}; a parameter without value (RFC 8866 6.15 leaves the format to each codec) is not there.
# writeFmtp gives back what is left of them.
#
# What it cost us: nothing yet. It is the reader of many browser shims, and what they send on is not what they got.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --no-save --prefix . sdp@3.2.2 >/dev/null

cat >reader.cjs <<'JAVASCRIPT'
const sdp = require("./node_modules/sdp");
const read = (parameters) => JSON.stringify(sdp.parseFmtp(`a=fmtp:96 ${parameters}`));

const CASES = [
  ["sprop-parameter-sets=Z0IACpZTBYmI,aMljiA", '{"sprop-parameter-sets":"Z0IACpZTBYmI,aMljiA"}'],
  ["sprop-parameter-sets=Z0IACpZTBYmI,aMljiA==", '{"sprop-parameter-sets":"Z0IACpZTBYmI,aMljiA"}'],
  ["sprop-parameter-sets=Z0IAKeKQFA==,aM48gA==", '{"sprop-parameter-sets":"Z0IAKeKQFA"}'],
  ["0-15,66", "{}"],
  ["mode=20;interleaving", '{"mode":"20"}'],
];
console.log(`sdp ${require("./node_modules/sdp/package.json").version}`);
for (const [parameters, expected] of CASES) {
  const seen = read(parameters);
  console.log(parameters.padEnd(44), seen);
  if (seen === expected) continue;
  console.log(`  expected: ${expected}`);
  process.exitCode = 1;
}
JAVASCRIPT
node reader.cjs
