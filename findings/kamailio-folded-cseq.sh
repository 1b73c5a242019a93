#!/usr/bin/env bash
# Kamailio 5.6.3 (Debian 12, 5.6.3-2): a CSeq that is folded between number and method is no CSeq, and the request is dropped without
# an answer. RFC 3261 7.3.1 lets a header field go on in the next line after a blank, 25.1 writes CSeq as number LWS method,
# and RFC 4475 3.1.1.1 has just this CSeq in a message that has to be taken. Kamailio unfolds other fields.
#
# Seen: OPTIONS with "CSeq: 1", CRLF, " OPTIONS": no answer, and "parse_cseq(): no method found" in the log; folded behind the colon,
# or with To, From, Via, Call-ID folded: 200.
#
# What it cost us: a request that a server never answers was taken for one that it never got. Our reader unfolds every field, so what it
# reads and what the server heeds differ here.
set -euo pipefail

version="5.6.3-2"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# Without its scripts: only the program and its modules. What lies under it is the system's.
apt-get download -qq "kamailio=$version" 2>/dev/null
for archive in ./*.deb; do dpkg -x "$archive" tree; done
modules="$(echo "$folder"/tree/usr/lib/*-linux-gnu/kamailio/modules)"

cat >kamailio.cfg <<'CONFIG'
debug=1
log_stderror=yes
children=1
disable_tcp=yes
loadmodule "sl.so"
loadmodule "pv.so"
request_route {
  sl_send_reply("200", "OK");
}
CONFIG

cat >asker.py <<'PYTHON'
import re, socket, subprocess, sys, time

free = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
free.bind(("127.0.0.1", 0))
port = free.getsockname()[1]
free.close()
log = open("log", "w")
server = subprocess.Popen(["tree/usr/sbin/kamailio", "-f", "kamailio.cfg", "-L", sys.argv[1], "-l", f"udp:127.0.0.1:{port}", "-DD", "-E",
    "-m", "16", "-M", "4", "-Y", "."], stdout=log, stderr=log)
asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.bind(("127.0.0.1", 0))
own = f"127.0.0.1:{asker.getsockname()[1]}"

def asked(n, timeout=1.0, **folded):
    fields = {"Via": f"SIP/2.0/UDP {own};branch=z9hG4bK{n}", "From": "<sip:alice@example.org>;tag=1", "To": "<sip:bob@example.org>",
        "Call_ID": f"call-{n}", "CSeq": "1 OPTIONS", "Max_Forwards": "70", "Content_Length": "0"} | folded
    text = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    asker.settimeout(timeout)
    asker.sendto(f"OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\n{text}\r\n".encode(), ("127.0.0.1", port))
    try:
        return asker.recv(4000).decode()[8:11]
    except (TimeoutError, ConnectionRefusedError):
        return "none"

failed = False
try:
    for _ in range(50):
        if asked(0, 0.2) == "200":
            break
        time.sleep(0.2)
    for n, (what, folded, expected) in enumerate((
            ("not folded", {}, "200"),
            ("CSeq, number and method", {"CSeq": "1\r\n OPTIONS"}, "none"),
            ("CSeq, behind the colon", {"CSeq": "\r\n 1 OPTIONS"}, "200"),
            ("To", {"To": '"Bob"\r\n <sip:bob@example.org>'}, "200"),
            ("From", {"From": "<sip:alice@example.org>\r\n ;tag=1"}, "200"),
            ("Via", {"Via": f"SIP/2.0/UDP\r\n {own};branch=z9hG4bKvia"}, "200"),
            ("Call-ID", {"Call_ID": "\r\n folded"}, "200")), 1):
        seen = asked(n, **folded)
        print(f"{what:26} {seen}")
        if seen != expected:
            print(f"  expected: {expected}")
            failed = True
finally:
    server.terminate()
    server.wait(10)
said = re.search(r"parse_cseq\(\): (no method found)", open("log").read())
print("log:", said[1] if said else "nothing about it")
sys.exit(failed or said is None)
PYTHON
tree/usr/sbin/kamailio -v | head -n 1
timeout 60 python3 asker.py "$modules"
