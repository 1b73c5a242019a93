#!/usr/bin/env bash
# diago 0.42.1 (with sipgo 1.7.2, Go): when an INVITE is forked and two phones answer, the second 200 is acknowledged with the ACK
# of the first: its To tag, its Request-URI, its branch. RFC 3261 13.2.2.4 asks for an ACK to each 2xx, and each is a dialog of its
# own (12.1.2), whose tag and Contact that ACK has to bear.
#
# Seen: two 200 with the tags "one" and "two" half a second apart: two equal ACKs of tag "one" to <sip:one@...>, none of "two",
# which is not ended by a BYE either.
#
# What it cost us: an answered call that gets no ACK and no BYE of its own looked like a caller who lets phones ring on; it is healthy
# where another leg of the same INVITE was acknowledged.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export GOFLAGS=-modcacherw GOPATH="$folder/go"

cat >go.mod <<'GO'
module caller

go 1.23
GO
cat >main.go <<'GO'
package main

import (
	"context"
	"os"
	"time"

	"github.com/emiago/diago"
	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	agent, err := sipgo.NewUA()
	check(err)
	phone := diago.NewDiago(agent, diago.WithTransport(diago.Transport{Transport: "udp", BindHost: "127.0.0.1", BindPort: 0}))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var callee sip.Uri
	check(sip.ParseUri(os.Args[1], &callee))
	call, _, err := phone.Invite(ctx, callee, diago.InviteOptions{})
	check(err)
	time.Sleep(3 * time.Second)
	check(call.Hangup(ctx))
}
GO
go get github.com/emiago/diago@v0.42.1 github.com/emiago/sipgo@v1.7.2 2>/dev/null
go build -o caller .
go list -m github.com/emiago/diago github.com/emiago/sipgo

cat >callees.py <<'PYTHON'
"""Answers an INVITE as two phones behind one proxy would, and prints what each of them is sent."""
import re, socket, subprocess, sys, time

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
server.settimeout(15)
port = server.getsockname()[1]
caller = subprocess.Popen(["./caller", f"sip:bob@127.0.0.1:{port}"], stderr=subprocess.DEVNULL)
seen = []

def answer(request, address, tag, sdp=""):
    lines = [line for line in request.split("\r\n\r\n")[0].split("\r\n") if re.match("(Via|From|To|Call-ID|CSeq):", line)]
    lines = [line + (f";tag={tag}" if tag and line.startswith("To:") else "") for line in lines]
    kind = f"Contact: <sip:{tag}@127.0.0.1:{port}>\r\nContent-Type: application/sdp\r\n" if sdp else ""
    server.sendto(("SIP/2.0 200 OK\r\n" + "\r\n".join(lines) + f"\r\n{kind}Content-Length: {len(sdp)}\r\n\r\n{sdp}").encode(), address)

try:
    while not any(what.startswith("BYE") for what in seen):
        request, address = server.recvfrom(8000)
        request = request.decode()
        method, uri = request.split(" ")[:2]
        if method == "INVITE":
            for n, tag in enumerate(("one", "two")):
                answer(request, address, tag, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                    f"m=audio {20100 + 2 * n} RTP/AVP 0\r\n")
                time.sleep(0.5)
            continue
        tag = re.search(r"\nTo:.*;tag=([^;\r]*)", request)[1]
        seen.append(f"{method} to {uri[4:7]}, tag {tag}")
        if method == "BYE":
            answer(request, address, "")
finally:
    caller.kill()
expected = ["ACK to one, tag one", "ACK to one, tag one", "BYE to one, tag one"]
print("\n".join(seen))
if seen != expected:
    print("expected:", *expected, sep="\n  ")
    sys.exit(1)
PYTHON
timeout 60 python3 callees.py
