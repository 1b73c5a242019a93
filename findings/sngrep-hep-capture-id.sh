#!/usr/bin/env bash
# sngrep 1.6.0 (Debian 12, 1.6.0-1): the capture id that it sends in HEP 3 stands in the wrong half of its four bytes. By the HEP 3
# specification chunk 12 is an unsigned number of 32 bits in network byte order; sngrep turns it as one of 16 bits and writes four.
#
# Seen: with "set eep.send.id 77" the chunk holds 00 4d 00 00, which is 5046272. The port chunks of the same packet are right.
#
# What it cost us: the agent's number in alerts was not the one that its operator had set. Our reader takes an id whose lower half is
# empty for its upper half, and so cannot tell agent 77 of sngrep from agent 5046272 of another.
set -euo pipefail

version="1.6.0-1"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .

apt-get download -qq "sngrep=$version" 2>/dev/null
for archive in ./*.deb; do dpkg -x "$archive" tree; done

cat >reader.py <<'PYTHON'
import socket, struct, subprocess, sys

collector = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
collector.bind(("127.0.0.1", 0))
collector.settimeout(15)
with open("sngreprc", "w") as file:
    file.write("set eep.send on\nset eep.send.address 127.0.0.1\n"
        f"set eep.send.port {collector.getsockname()[1]}\nset eep.send.id 77\n")

# One OPTIONS in a capture for it to send on.
sip = (b"OPTIONS sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:alice@192.0.2.1>;tag=1\r\n"
    b"To: <sip:bob@192.0.2.2>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
udp = struct.pack(">HHHH", 5071, 5060, 8 + len(sip), 0) + sip
frame = bytes(12) + b"\x08\x00" + struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + bytes((192, 0, 2, 1, 192, 0, 2, 2)) + udp
with open("one.pcap", "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + struct.pack("<IIII", 1_700_000_000, 0, len(frame), len(frame)) + frame)

sngrep = subprocess.Popen(["tree/usr/bin/sngrep", "-f", "sngreprc", "-I", "one.pcap", "-N", "-q"], stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
try:
    packet = collector.recv(4000)
finally:
    sngrep.kill()

chunks, at = {}, 6
while at < len(packet):
    vendor, kind, length = struct.unpack_from(">HHH", packet, at)
    chunks[kind] = packet[at + 6 : at + length]
    at += length
seen = (packet[:4].decode(), int.from_bytes(chunks[7], "big"), int.from_bytes(chunks[8], "big"), chunks[12].hex(" "))
print(f"{seen[0]}, ports {seen[1]} and {seen[2]}, capture id {seen[3]}: {int.from_bytes(chunks[12], 'big')}")
expected = ("HEP3", 5071, 5060, "00 4d 00 00")
if seen != expected:
    print("  expected:", *expected)
    sys.exit(1)
PYTHON
tree/usr/bin/sngrep --version | head -n 1
timeout 30 python3 reader.py
