#!/usr/bin/env bash
# tshark 4.0.17 (Debian 12, 4.0.17-0+deb12u3): blanks where SIP's grammar has them hide fields. RFC 3261 7.3.1 gives "any number of
# whitespace" on both sides of the colon, 25.1 lets blanks stand around "=" and "/" (EQUAL, SLASH), 20.42 has them in its example of Via, and
# RFC 4475 3.1.1.1 puts them all into a message that is to be taken as it stands.
#
# Seen, of INVITEs that mean the same: "Call-ID : x" has no Call-ID and is an "Unrecognised SIP header (call-id )"; ";tag = f1" has no tag;
# "SIP / 2.0 / UDP 192.0.2.1 ; branch = b" has no branch, and a second, empty address. Without the blanks all are there.
#
# What it cost us: tags, branches and Call-IDs of such messages cannot be held against tshark, which is asked for all others. They are
# held against a second grammar.
set -euo pipefail

version="4.0.17-0+deb12u3"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .

# What lies under these libraries is the system's.
for package in tshark libwireshark16 libwireshark-data libwiretap13 libwsutil14; do
  apt-get download -qq "$package=$version" 2>/dev/null
done
for archive in ./*.deb; do dpkg -x "$archive" tree; done
LD_LIBRARY_PATH="$(echo "$folder"/tree/usr/lib/*-linux-gnu)"
export LD_LIBRARY_PATH WIRESHARK_DATA_DIR="$folder/tree/usr/share/wireshark" HOME="$folder"

# One INVITE in a capture, with what it is given in the place of these fields.
invite() {
  python3 - "$@" <<'PYTHON'
import struct, sys

fields = {"Via": "Via: SIP/2.0/UDP 192.0.2.1;branch=b", "From": "From: <sip:alice@example.org>;tag=f1", "Call-ID": "Call-ID: x"}
fields |= {name: text for name, text in (pair.split("=>") for pair in sys.argv[1:])}
sip = "\r\n".join(("INVITE sip:bob@example.org SIP/2.0", *fields.values(), "To: <sip:bob@example.org>", "CSeq: 1 INVITE", "Max-Forwards: 70",
    "Contact: <sip:alice@192.0.2.1>", "Content-Length: 0", "", "")).encode()
udp = struct.pack(">HHHH", 5060, 5060, 8 + len(sip), 0) + sip
frame = bytes(12) + b"\x08\x00" + struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + bytes((192, 0, 2, 1, 192, 0, 2, 2)) + udp
with open("one.pcap", "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + struct.pack("<IIII", 1_700_000_000, 0, len(frame), len(frame)) + frame)
PYTHON
}

status=0
# What tshark reads of it: Call-ID, tag, branch, address, and what it says of the message.
expect() {
  local what="$1" expected="$2" got
  shift 2
  invite "$@"
  got="$(tree/usr/bin/tshark -r one.pcap -T fields -E separator='|' -e sip.Call-ID -e sip.from.tag -e sip.Via.branch \
    -e sip.Via.sent-by.address -e _ws.expert.message 2>/dev/null)"
  printf '%-22s %s\n' "$what" "$got"
  [[ $got == "$expected" ]] || { echo "  expected: $expected"; status=1; }
}

tree/usr/bin/tshark --version 2>/dev/null | head -n 1
expect 'no blanks' 'x|f1|b|192.0.2.1|'
expect 'before the colon' '|f1|b|192.0.2.1|Unrecognised SIP header (call-id )' 'Call-ID=>Call-ID : x'
expect 'around = of the tag' 'x||b|192.0.2.1|' 'From=>From: <sip:alice@example.org>;tag = f1'
expect 'in Via' 'x|f1||192.0.2.1,|' 'Via=>Via: SIP / 2.0 / UDP 192.0.2.1 ; branch = b'
exit "$status"
