#!/usr/bin/env bash
# rtp.js 0.15.5 (npm): of the packets that a receiver's report counts as lost only the lower 12 bits are read, so the count is never above 4095 and
# never negative. RFC 3550 6.4.1 gives it 24 bits with a sign: it stays for the whole session, and duplicates make it negative.
#
# Seen, of reports with 4095, 4096, 100000 and -1 lost: 4095, 0, 1696 and 4095. setTotalLost(100000) writes 100000, as the bytes show, and
# getTotalLost gives 1696 of the same packet. The fraction beside it is read right.
#
# What it cost us: of a stream with 4096 losses such a receiver says that none was lost: what ends report of their streams is no measure
# for what a sensor counts.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --no-save --prefix . rtp.js@0.15.5 >/dev/null

cat >reader.cjs <<'JAVASCRIPT'
const { CompoundPacket } = require("./node_modules/rtp.js").packets;

/** One receiver's report (RFC 3550 6.4.2) about one source, with this loss; 0x40 is a quarter. */
function reportOf(lost) {
  const bytes = Buffer.alloc(32);
  bytes.set([0x81, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 0x40]);
  bytes.writeIntBE(lost, 13, 3);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return new CompoundPacket(view).getPackets()[0].getReports()[0];
}

function written(lost) {
  const report = reportOf(0);
  report.setTotalLost(lost);
  const bytes = Buffer.alloc(24);
  report.serialize(bytes.buffer, bytes.byteOffset);
  return `${bytes.readIntBE(5, 3)} in its bytes, ${report.getTotalLost()} read`;
}

const CASES = [
  ...[[0, 0], [4095, 4095], [4096, 0], [100000, 1696], [-1, 4095], [-4096, 0]].map(([lost, expected]) => {
    const report = reportOf(lost);
    return [`${lost}, read`, `${report.getTotalLost()}, fraction ${report.getFractionLost()}`, `${expected}, fraction 64`];
  }),
  ["100000, written", written(100000), "100000 in its bytes, 1696 read"],
];
console.log(`rtp.js ${require("./node_modules/rtp.js/package.json").version}`);
for (const [what, seen, expected] of CASES) {
  console.log(what.padEnd(18), seen);
  if (seen === expected) continue;
  console.log(`  expected: ${expected}`);
  process.exitCode = 1;
}
JAVASCRIPT
node reader.cjs
