#!/usr/bin/env bash
# scapy 2.8.0 (PyPI): in the second section of a pcapng file, packets are read with the interfaces of the first. By the pcapng specification
# interface numbers start again at zero in each section; files that were appended to each other, or written on by a capture that was started
# anew, are made so. if_tsoffset, seconds to be added to each time, is not heeded either.
#
# Seen, of one second, 1,700,000,000.25: a first section in microseconds and a second in nanoseconds: the second packet is of the year 55840; a
# section of Ethernet and one of IP (link type 101): its packet is taken for Ethernet, with no IP in it; if_tsoffset: 1970.
# With both interfaces in one section all is right.
#
# What it cost us: scenes that are put together from several captures cannot be checked with it.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "scapy==2.8.0"

cat >reader.py <<'PYTHON'
import io, logging, struct, sys
logging.getLogger("scapy").setLevel(logging.ERROR)
import scapy
from scapy.layers.inet import IP
from scapy.utils import PcapNgReader

SECOND = 1_700_000_000

def block(kind, body):
    size = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + size + body + size

def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)

def link(kind=1, *options):
    return block(1, struct.pack("<HHI", kind, 0, 65535) + b"".join(options) + (option(0, b"") if options else b""))

def packet(interface, ticks, data):
    return block(6, struct.pack("<IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data)) + data)

SECTION = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
ip = bytes(IP(src="192.0.2.1", dst="192.0.2.2")) + bytes(14)
frame = bytes(12) + b"\x08\x00" + ip
nano = option(9, b"\x09")
micro_packet = packet(0, SECOND * 10**6 + 250_000, frame)
CASES = [
    ("one section", SECTION + link() + link(1, nano) + micro_packet + packet(1, SECOND * 10**9 + 250_000_000, frame),
        [(SECOND + 0.25, True), (SECOND + 0.25, True)]),
    ("two sections, two clocks", SECTION + link() + micro_packet + SECTION + link(1, nano) + packet(0, SECOND * 10**9 + 250_000_000, frame),
        [(SECOND + 0.25, True), (SECOND * 1000 + 250.0, True)]),
    ("two sections, two links", SECTION + link() + micro_packet + SECTION + link(101) + packet(0, SECOND * 10**6 + 250_000, ip + bytes(2)),
        [(SECOND + 0.25, True), (SECOND + 0.25, False)]),
    ("if_tsoffset", SECTION + link(1, option(14, struct.pack("<q", SECOND - 100))) + packet(0, 100 * 10**6 + 250_000, frame),
        [(100.25, True)]),
]
print("scapy", scapy.VERSION)
failed = False
for what, data, expected in CASES:
    seen = [(float(p.time), IP in p) for p in PcapNgReader(io.BytesIO(data))]
    print(f"{what:25}", *(f"{time:.2f} {'IP' if is_ip else 'no IP'};" for time, is_ip in seen))
    if seen != expected:
        print("  expected:", expected)
        failed = True
sys.exit(failed)
PYTHON
python/bin/python reader.py
