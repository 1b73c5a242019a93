#!/usr/bin/env bash
# pion/sdp 3.0.20 (Go): a session description with a fax section (m=image, RFC 6466) is refused as a whole, and so is one whose
# section names a protocol that it does not know. RFC 8866 5.14 has both as open lists, and RFC 3264 6 answers what is not known with port
# zero, which needs a reader that gets so far. A second e= or p= line, which RFC 8866 9 allows any number of, ends it too.
#
# Seen: "invalid value `image`" for audio and fax in one offer, as gateways send it; "invalid numeric value `X/NEW`" for a new protocol;
# "syntax error" for two e= lines and for two p= lines. audio, video, text, message and application are read, with one e= line.
#
# What it cost us: offers of fax gateways cannot be held against it.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export GOFLAGS=-modcacherw GOPATH="$folder/go"

cat >go.mod <<'GO'
module reader

go 1.24
GO
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/pion/sdp/v3"
)

const begin = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
const session = begin + "c=IN IP4 192.0.2.1\r\nt=0 0\r\n"

func main() {
	failed := false
	for _, c := range []struct{ what, text, expected string }{
		{"audio and video", session + "m=audio 4000 RTP/AVP 0\r\nm=video 4002 RTP/AVP 31\r\n", "2 sections"},
		{"audio and fax", session + "m=audio 4000 RTP/AVP 0\r\nm=image 4002 udptl t38\r\n", "invalid value `image`"},
		{"a new protocol", session + "m=audio 4000 RTP/AVP 0\r\nm=audio 4002 X/NEW 0\r\n", "invalid numeric value `X/NEW`"},
		{"one e= line", begin + "e=a@example.org\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n", "0 sections"},
		{"two e= lines", begin + "e=a@example.org\r\ne=b@example.org\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n", "syntax error"},
		{"two p= lines", begin + "p=+1 617 555-0123\r\np=+1 617 555-0124\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n", "syntax error"},
	} {
		var read sdp.SessionDescription
		seen := ""
		if err := read.Unmarshal([]byte(c.text)); err != nil {
			seen = err.Error()
		} else {
			seen = fmt.Sprintf("%d sections", len(read.MediaDescriptions))
		}
		fmt.Printf("%-16s %s\n", c.what, seen)
		if !strings.Contains(seen, c.expected) {
			fmt.Println("  expected:", c.expected)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}
GO
go get github.com/pion/sdp/v3@v3.0.20 2>/dev/null
go build -o reader .
go list -m github.com/pion/sdp/v3
./reader
