#!/usr/bin/env bash
# pjsip 2.15.1 (PyPI pjsua2-python 2.15.1.post1): when a call is held, and again when it is resumed, an RTCP BYE says that its source has left,
# and then media goes on from that same source: same SSRC, at the same ports. By RFC 3550 6.6 a BYE means that a source is no longer active, and
# by 6.1 it should be the last packet sent with an SSRC.
#
# Seen: one call, held and resumed by re-INVITEs: one SSRC in all RTP, several BYE for it while the call is up, and a second of RTP after those.
#
# What it cost us: a source that sends on after its BYE is what a forged BYE looks like. It proves nothing at these phones.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "pjsua2-python==2.15.1.post1"

# Answers, sends a tone, holds after one second, resumes after two, hangs up after three.
cat >phone.py <<'PYTHON'
import sys, time
import pjsua2 as pj

endpoint = pj.Endpoint()
endpoint.libCreate()
config = pj.EpConfig()
config.logConfig.level = config.logConfig.consoleLevel = 0
config.uaConfig.threadCnt = 0
config.uaConfig.mainThreadOnly = True
config.medConfig.noVad = True
endpoint.libInit(config)
endpoint.audDevManager().setNullDev()
transport = pj.TransportConfig()
transport.port = int(sys.argv[1])
transport.boundAddress = "127.0.0.1"
endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
endpoint.libStart()
print("version", endpoint.libVersion().full, flush=True)
tones = pj.ToneGenerator()
tones.createToneGenerator()
tone = pj.ToneDesc()
tone.freq1, tone.freq2, tone.on_msec, tone.off_msec = 440, 0, 1000, 0
vector = pj.ToneDescVector()
vector.append(tone)
tones.play(vector, True)
calls = []

class Call(pj.Call):
    def onCallMediaState(self, _):
        info = self.getInfo()
        for n, media in enumerate(info.media):
            if media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                tones.startTransmit(self.getAudioMedia(n))

class Account(pj.Account):
    def onIncomingCall(self, incoming):
        call = Call(self, incoming.callId)
        calls.append((time.monotonic(), call))
        answer = pj.CallOpParam()
        answer.statusCode = 200
        call.answer(answer)

account_config = pj.AccountConfig()
account_config.idUri = f"sip:bob@127.0.0.1:{sys.argv[1]}"
account_config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
account = Account()
account.create(account_config)

def resume(call):
    again = pj.CallOpParam(True)
    again.opt.flag = pj.PJSUA_CALL_UNHOLD
    call.reinvite(again)

steps = [(1, lambda call: call.setHold(pj.CallOpParam(True))), (2, resume), (3, lambda call: call.hangup(pj.CallOpParam()))]
while True:
    endpoint.libHandleEvents(20)
    if calls and steps and time.monotonic() - calls[0][0] > steps[0][0]:
        steps.pop(0)[1](calls[0][1])
PYTHON

cat >caller.py <<'PYTHON'
import re, select, socket, subprocess, sys, time

def udp(port=0):
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.bind(("127.0.0.1", port))
    return end

def pair():
    """Sockets of an even port for RTP and of the next one for RTCP."""
    while True:
        media = udp()
        port = media.getsockname()[1]
        try:
            if port % 2 == 0:
                return media, udp(port + 1)
        except OSError:
            pass
        media.close()

free = udp()
port = free.getsockname()[1]
free.close()
phone = subprocess.Popen([sys.executable, "phone.py", str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
while not (line := phone.stdout.readline()).startswith("version"):
    pass
print(line.strip())
caller, (media, reports) = udp(), pair()
own = f"127.0.0.1:{caller.getsockname()[1]}"

def sdp(direction="sendrecv"):
    return (f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {media.getsockname()[1]} RTP/AVP 0\r\n"
        f"a=rtpmap:0 PCMU/8000\r\na={direction}\r\n")

def send(start, fields, body=""):
    kind = f"Contact: <sip:alice@{own}>\r\nContent-Type: application/sdp\r\n" if body else ""
    caller.sendto((f"{start}\r\n{fields}\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}").encode(), ("127.0.0.1", port))

def request(method, to_tag):
    fields = (f"Via: SIP/2.0/UDP {own};branch=z9hG4bK{method}\r\nMax-Forwards: 70\r\nFrom: <sip:alice@{own}>;tag=a\r\n"
        f"To: <sip:bob@127.0.0.1:{port}>{to_tag}\r\nCall-ID: held\r\nCSeq: 1 {method}")
    send(f"{method} sip:bob@127.0.0.1:{port} SIP/2.0", fields, sdp() if method == "INVITE" else "")

# RTP packets are noted by how many BYE came before them.
ssrcs, events, packets, is_up = set(), [], [], True
request("INVITE", "")
deadline = time.monotonic() + 15
try:
    while is_up and time.monotonic() < deadline:
        # RTCP first: where both wait, the report is not taken for a later one than it is.
        ready, _, _ = select.select([caller, media, reports], [], [], 1)
        if reports in ready:
            packet, at = reports.recv(2000), 0
            while at + 8 <= len(packet):
                if packet[at + 1] == 203:
                    events.append(f"BYE {packet[at + 4 : at + 8].hex()}")
                at += 4 + 4 * int.from_bytes(packet[at + 2 : at + 4], "big")
        if media in ready:
            ssrc = media.recv(2000)[8:12].hex()
            ssrcs.add(ssrc)
            packets.append(len(events))
        if caller in ready:
            text = caller.recv(8000).decode()
            if text.startswith("SIP/2.0 200"):
                request("ACK", re.search(r"\nTo:[^\r]*(;tag=[^\r;]*)", text)[1])
            elif text.startswith(("INVITE", "BYE")):
                fields = "\r\n".join(line for line in text.split("\r\n") if re.match("(Via|From|To|Call-ID|CSeq):", line))
                send("SIP/2.0 200 OK", fields, sdp("recvonly" if "a=sendonly" in text else "sendrecv") if text.startswith("INVITE") else "")
                is_up = text.startswith("INVITE")
finally:
    phone.kill()
ssrc = next(iter(ssrcs), "none")
before, after = sum(n == 0 for n in packets), sum(n >= 2 for n in packets)
print(f"{len(ssrcs)} SSRC, {before} packets, {events.count(f'BYE {ssrc}')} BYE of it, {after} packets after the first two")
if len(ssrcs) != 1 or is_up or set(events) != {f"BYE {ssrc}"} or before < 20 or after < 20:
    print("  expected: one SSRC, some 50 packets before any BYE, and some 50 after two of them")
    sys.exit(1)
PYTHON
timeout 60 python/bin/python caller.py
