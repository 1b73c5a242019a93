#!/usr/bin/env bash
# baresip 1.0.0 (Debian 12, 1.0.0-4+b3, with libre 1.1.0): a request whose Via has a blank beside the colon of its port is dropped without
# an answer. RFC 3261 25.1 writes sent-by as host [ COLON port ], and COLON takes blanks on both sides; 20.42 has "first.example.com: 4000"
# among its examples. Blanks around the slashes of the same header are taken.
#
# Seen: OPTIONS with "Via: SIP/2.0/UDP 127.0.0.1: port" and with "127.0.0.1 :port": no answer; "SIP / 2.0 / UDP 127.0.0.1:port": 200.
#
# What it cost us: a sound request that nobody answers is no sign that the phone is down, or that there is none.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# What lies under these libraries is the system's.
apt-get download -qq "baresip-core=1.0.0-4+b3" "libre0=1.1.0-1+b2" "librem0=0.6.0-4" 2>/dev/null
for archive in ./*.deb; do dpkg -x "$archive" tree; done
LD_LIBRARY_PATH="$(echo "$folder"/tree/usr/lib/*-linux-gnu)"
export LD_LIBRARY_PATH

cat >asker.py <<'PYTHON'
import os, socket, subprocess, sys, time

def udp():
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.bind(("127.0.0.1", 0))
    return end

free = udp()
port = free.getsockname()[1]
free.close()
os.mkdir("home")
for name, text in {"config": f"sip_listen 127.0.0.1:{port}\nmodule_path {os.getcwd()}/tree/usr/lib/baresip/modules\nmodule g711.so\n"
        "module_app account.so\n", "accounts": f"<sip:bob@127.0.0.1:{port}>;regint=0\n", "contacts": ""}.items():
    with open(f"home/{name}", "w") as file:
        file.write(text)
log = open("log", "w+")
phone = subprocess.Popen(["tree/usr/bin/baresip", "-f", "home"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
asker = udp()
own = asker.getsockname()[1]

def asked(n, via, timeout=1.0):
    asker.settimeout(timeout)
    asker.sendto((f"OPTIONS sip:bob@127.0.0.1:{port} SIP/2.0\r\nVia: {via};branch=z9hG4bK{n}\r\nFrom: <sip:alice@example.org>;tag=1\r\n"
        f"To: <sip:bob@127.0.0.1:{port}>\r\nCall-ID: {n}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode(),
        ("127.0.0.1", port))
    try:
        return asker.recv(4000).decode()[8:11]
    except (TimeoutError, ConnectionRefusedError):
        return "none"

failed = False
try:
    for _ in range(50):
        if asked("first", f"SIP/2.0/UDP 127.0.0.1:{own}", 0.2) != "none":
            break
        time.sleep(0.2)
    for what, via, expected in (("no blanks", f"SIP/2.0/UDP 127.0.0.1:{own}", "200"), ("before the port", f"SIP/2.0/UDP 127.0.0.1: {own}", "none"),
            ("before the colon", f"SIP/2.0/UDP 127.0.0.1 :{own}", "none"), ("beside the slashes", f"SIP / 2.0 / UDP 127.0.0.1:{own}", "200")):
        seen = asked(what.replace(" ", "-"), via)
        print(f"{what:20} {seen}")
        if seen != expected:
            print(f"  expected: {expected}")
            failed = True
finally:
    phone.kill()
    phone.wait()
if failed:
    log.seek(0)
    print(log.read(), file=sys.stderr)
sys.exit(failed)
PYTHON
timeout 60 python3 asker.py
