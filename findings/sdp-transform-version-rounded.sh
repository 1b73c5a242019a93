#!/usr/bin/env bash
# sdp-transform 3.0.0 (npm): a session version above 2^53 is read as it stands, and written as another number. RFC 3264 5 has versions begin
# anywhere below 2^62 - 1, RFC 8866 5.2 suggests timestamps, and by RFC 3264 8 a change adds one: the same version says that nothing has changed.
#
# Seen: 9007199254740993 becomes 9007199254740992, which is the version before it; of the session id in front of it, which is as long, all digits
# stay. 4611686018427387901 becomes 4611686018427388000.
#
# What it cost us: nothing, as our reader keeps no version. What has gone through such a gateway may announce a change under the version of
# the offer before, so a version does not tell a moved address from a repeated one.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --no-save --prefix . sdp-transform@3.0.0 >/dev/null

cat >reader.cjs <<'JAVASCRIPT'
const { parse, write } = require("./node_modules/sdp-transform");

function through(id, version) {
  const read = parse(["v=0", `o=- ${id} ${version} IN IP4 192.0.2.1`, "s=-", "t=0 0", ""].join("\r\n"));
  const [, writtenId, written] = write(read).split("\r\n")[1].split(" ");
  return { read: String(read.origin.sessionVersion), written, writtenId };
}

const CASES = [
  ["1", "2", "2"],
  ["9007199254740993", "9007199254740992", "9007199254740992"],
  ["9007199254740993", "9007199254740993", "9007199254740992"],
  ["4611686018427387901", "4611686018427387901", "4611686018427388000"],
];
console.log(`sdp-transform ${require("./node_modules/sdp-transform/package.json").version}`);
for (const [id, version, expected] of CASES) {
  const { read, written, writtenId } = through(id, version);
  console.log(`version ${version}: read ${read}, written ${written}`);
  if (read === version && written === expected && writtenId === id) continue;
  console.log(`  expected: read ${version}, written ${expected}, id ${id}; id was ${writtenId}`);
  process.exitCode = 1;
}
JAVASCRIPT
node reader.cjs
