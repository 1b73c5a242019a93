#!/usr/bin/env bash
# sdp-transform 3.0.0 (npm): a media line whose port has a count, as in "m=video 49170/2 RTP/AVP 31", loses everything: no type, no port, no
# protocol, no formats, and no error. RFC 8866 5.14 has this form, with just this example, for layered streams; 9 has it in the grammar.
#
# Seen: the section is there, as { rtp: [], fmtp: [] }; its attributes are read. write() makes "m=undefined NaN undefined " of it, which no
# reader takes. Of two c= lines of one section, which 5.7 allows for the same case, the first is lost.
#
# What it cost us: it was to be the second reader that our sections are held against. It is none for these.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --no-save --prefix . sdp-transform@3.0.0 >/dev/null

cat >reader.cjs <<'JAVASCRIPT'
const { parse, write } = require("./node_modules/sdp-transform");

const SESSION = ["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"];
const lines = (...section) => [...SESSION, ...section, ""].join("\r\n");
const mediaLine = (text) => write(parse(text)).split("\r\n").find((line) => line.startsWith("m="));
const layered = lines("m=audio 49170 RTP/AVP 0", "c=IN IP4 233.252.0.1/127", "c=IN IP4 233.252.0.2/127");

const CASES = [
  ["49170", JSON.stringify(mediaLine(lines("m=video 49170 RTP/AVP 31"))), '"m=video 49170 RTP/AVP 31"'],
  ["49170/2, read", JSON.stringify(parse(lines("m=video 49170/2 RTP/AVP 31")).media), '[{"rtp":[],"fmtp":[]}]'],
  ["49170/2, written", JSON.stringify(mediaLine(lines("m=video 49170/2 RTP/AVP 31"))), '"m=undefined NaN undefined "'],
  ["two c= lines", parse(layered).media[0].connection.ip, "233.252.0.2/127"],
];
console.log(`sdp-transform ${require("./node_modules/sdp-transform/package.json").version}`);
for (const [what, seen, expected] of CASES) {
  console.log(what.padEnd(18), seen);
  if (seen === expected) continue;
  console.log(`  expected: ${expected}`);
  process.exitCode = 1;
}
JAVASCRIPT
node reader.cjs
