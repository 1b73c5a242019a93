#!/usr/bin/env bash
# pjsip 2.15.1 (PyPI pjsua2-python 2.15.1.post1): the dialog of a request is found by its two tags alone. A BYE with these tags
# and another Call-ID gets 200 and ends the call. RFC 3261 12 makes the Call-ID a part of what identifies a dialog, 15.1.2 has
# 481 for a BYE that matches none, and 8.1.1.4 compares Call-IDs byte by byte.
#
# Seen: Call-ID "second" in the BYE of the call "first": "200 OK" and the state DISCONNECTED; the same with "FIRST". One wrong
# tag: 481, and the call stays up.
#
# What it cost us: a BYE under a Call-ID that nobody has seen was taken for one of a call before the sensor's time. It is judged now
# as one of the call whose tags it has.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "pjsua2-python==2.15.1.post1"

# A phone that answers each call and prints what becomes of it.
cat >phone.py <<'PYTHON'
import sys
import pjsua2 as pj

endpoint = pj.Endpoint()
endpoint.libCreate()
config = pj.EpConfig()
config.logConfig.level = config.logConfig.consoleLevel = 0
config.uaConfig.threadCnt = 0
config.uaConfig.mainThreadOnly = True
endpoint.libInit(config)
endpoint.audDevManager().setNullDev()
transport = pj.TransportConfig()
transport.port = int(sys.argv[1])
transport.boundAddress = "127.0.0.1"
endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
endpoint.libStart()
calls = []

class Call(pj.Call):
    def onCallState(self, _):
        print("state", self.getInfo().stateText, flush=True)

class Account(pj.Account):
    def onIncomingCall(self, incoming):
        call = Call(self, incoming.callId)
        calls.append(call)
        answer = pj.CallOpParam()
        answer.statusCode = 200
        call.answer(answer)

account_config = pj.AccountConfig()
account_config.idUri = f"sip:bob@127.0.0.1:{sys.argv[1]}"
account = Account()
account.create(account_config)
print("version", endpoint.libVersion().full, flush=True)
while True:
    endpoint.libHandleEvents(20)
PYTHON

cat >caller.py <<'PYTHON'
import re, socket, subprocess, sys, threading, time

free = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
free.bind(("127.0.0.1", 0))
port = free.getsockname()[1]
free.close()
phone = subprocess.Popen([sys.executable, "phone.py", str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
lines = []
threading.Thread(target=lambda: lines.extend(iter(phone.stdout.readline, "")), daemon=True).start()
caller = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
caller.bind(("127.0.0.1", 0))
caller.settimeout(5)
own = f"127.0.0.1:{caller.getsockname()[1]}"
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"
branches = iter(range(1000))

def send(method, number, call_id, from_tag, to_tag, body=""):
    kind = "Content-Type: application/sdp\r\n" if body else ""
    caller.sendto((f"{method} sip:bob@127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{next(branches)}\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:alice@{own}>;tag={from_tag}\r\nTo: <sip:bob@127.0.0.1:{port}>{to_tag}\r\nCall-ID: {call_id}\r\n"
        f"CSeq: {number} {method}\r\nContact: <sip:alice@{own}>\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}").encode(), ("127.0.0.1", port))

def final():
    while True:
        answer = caller.recv(4000).decode()
        if not answer.startswith("SIP/2.0 1"):
            return answer

def bye(call_id, from_tag="alice"):
    """One call "first", and a BYE: the answer to that, and the call's state then."""
    lines.clear()
    send("INVITE", 1, "first", "alice", "", SDP)
    to_tag = re.search(r"\nTo:[^\r]*(;tag=[^\r;]*)", final())[1]
    send("ACK", 1, "first", "alice", to_tag)
    time.sleep(0.3)
    send("BYE", 2, call_id, from_tag, to_tag)
    status = final()[8:11]
    time.sleep(0.3)
    state = lines[-1].split()[1]
    if state != "DISCONNECTED":
        send("BYE", 3, "first", "alice", to_tag)
        final()
    return f"{status} {state}"

failed = False
try:
    while not any(line.startswith("version") for line in lines):
        time.sleep(0.1)
    print(*(line.strip() for line in lines if line.startswith("version")))
    for what, seen, expected in (("own Call-ID", bye("first"), "200 DISCONNECTED"), ("another Call-ID", bye("second"), "200 DISCONNECTED"),
            ("in capitals", bye("FIRST"), "200 DISCONNECTED"), ("another From tag", bye("first", "mallory"), "481 CONFIRMED")):
        print(f"{what:18} {seen}")
        if seen != expected:
            print(f"  expected: {expected}")
            failed = True
finally:
    phone.kill()
sys.exit(failed)
PYTHON
timeout 60 python/bin/python caller.py
