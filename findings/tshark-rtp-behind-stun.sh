#!/usr/bin/env bash
# tshark 4.0.17 (Debian 12, 4.0.17-0+deb12u3): RTP between two ports that SDP announced is "Data" in one direction once a STUN
# message has passed between them. RFC 7983 7 tells the two apart by their first byte, and phones with ICE or keep-alives send both
# from the same port; without the STUN messages tshark takes all packets for RTP.
#
# Seen: a call of 50 packets each way: 100 of RTP; the same call with one Binding request each way before: 50 of RTP, 50 "UDP",
# and one stream instead of two in -z rtp,streams. With the port decoded as RTP by hand (-d) it is 100 again.
#
# What it cost us: streams and losses of every capture are held against tshark, and calls of linphone and of ICE differed. Each such
# stream is a listed difference now.
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

python3 - <<'PYTHON'
import struct

PHONE, SERVER = bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))

def frame(to_server, source, destination, data):
    ends = PHONE + SERVER if to_server else SERVER + PHONE
    udp = struct.pack(">HHHH", source, destination, 8 + len(data), 0) + data
    return bytes(12) + b"\x08\x00" + struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + ends + udp

def sip(start, host, port, to_tag):
    sdp = f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
    return (f"{start}\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\nFrom: <sip:alice@example.org>;tag=1\r\n"
        f"To: <sip:bob@example.org>{to_tag}\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:{host}>\r\nContent-Type: application/sdp\r\n"
        f"Content-Length: {len(sdp)}\r\n\r\n{sdp}").encode()

def capture(name, has_stun):
    frames = [frame(True, 5060, 5060, sip("INVITE sip:bob@example.org SIP/2.0", "192.0.2.1", 7078, "")),
        frame(False, 5060, 5060, sip("SIP/2.0 200 OK", "192.0.2.2", 7242, ";tag=2"))]
    if has_stun:
        # A Binding request without attributes (RFC 8489 5).
        request = struct.pack(">HHI", 1, 0, 0x2112A442) + b"transaction."
        frames += [frame(True, 7078, 7242, request), frame(False, 7242, 7078, request)]
    for n in range(50):
        rtp = lambda ssrc: struct.pack(">BBHII", 0x80, 0, n, 160 * n, ssrc) + b"\xff" * 160
        frames += [frame(True, 7078, 7242, rtp(1)), frame(False, 7242, 7078, rtp(2))]
    with open(name, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for n, data in enumerate(frames):
            file.write(struct.pack("<IIII", 1_700_000_000 + n // 100, n % 100 * 10_000, len(data), len(data)) + data)

capture("plain.pcap", False)
capture("stun.pcap", True)
PYTHON

# Packets of RTP, and streams in the statistics.
seen() {
  local packets streams
  packets="$(tree/usr/bin/tshark "$@" -T fields -e _ws.col.Protocol 2>/dev/null | grep -cx RTP || true)"
  streams="$(tree/usr/bin/tshark "$@" -q -z rtp,streams 2>/dev/null | grep -c '192\.0\.2\.' || true)"
  echo "$packets packets, $streams streams"
}

status=0
expect() {
  local what="$1" expected="$2" got
  shift 2
  got="$(seen "$@")"
  printf '%-34s %s\n' "$what" "$got"
  [[ $got == "$expected" ]] || { echo "  expected: $expected"; status=1; }
}

tree/usr/bin/tshark --version 2>/dev/null | head -n 1
expect 'without STUN' '100 packets, 2 streams' -r plain.pcap
expect 'STUN before' '50 packets, 1 streams' -r stun.pcap
expect 'STUN before, decoded by hand' '100 packets, 2 streams' -r stun.pcap -d udp.port==7078,rtp
exit "$status"
