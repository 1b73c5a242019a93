#!/usr/bin/env bash
# gopacket 1.7.7 (Go, pcapgo): of pcapng files whose clock counts in powers of two the fraction of a second comes out wrong, or not at all; one that
# counts whole seconds is dated 1970. The pcapng specification (if_tsresol, with the top bit set: "negative power of 2"; else of 10) has all of these.
#
# Seen, of a packet a quarter of a second after 22:13:20: 2^-20 gives .249823232, since a tick is cut to 953 ns; 2^-31 and 2^-32, the unit
# of NTP, give .268435456; 10^0 gives 00:28:20 of 1970. 10^-3 to 10^-10 are right.
#
# What it cost us: a second opinion on times. Our reader rounds once, at the end.
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
	"bytes"
	"encoding/binary"
	"fmt"
	"math/big"
	"os"

	"github.com/gopacket/gopacket/pcapgo"
)

func block(kind uint32, body []byte) []byte {
	size := uint32(12 + len(body))
	out := binary.LittleEndian.AppendUint32(nil, kind)
	out = binary.LittleEndian.AppendUint32(out, size)
	out = append(out, body...)
	return binary.LittleEndian.AppendUint32(out, size)
}

func words(values ...uint32) []byte {
	var out []byte
	for _, value := range values {
		out = binary.LittleEndian.AppendUint32(out, value)
	}
	return out
}

// A file with one packet at 1,700,000,000.25 s, whose clock has this many ticks a second.
func file(resolution byte, ticks *big.Int) []byte {
	at := new(big.Int).Mul(big.NewInt(1_700_000_000*4+1), ticks)
	at.Div(at, big.NewInt(4))
	section := append(words(0x1a2b3c4d), 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255)
	option := []byte{9, 0, 1, 0, resolution, 0, 0, 0, 0, 0, 0, 0}
	link := append(words(1, 0), option...)
	out := append(block(0x0a0d0d0a, section), block(1, link)...)
	packet := words(0, uint32(at.Uint64()>>32), uint32(at.Uint64()), 16, 16)
	return append(out, block(6, append(packet, make([]byte, 16)...))...)
}

func main() {
	failed := false
	cases := []struct {
		unit       string
		resolution byte
		base, exp  int64
		expected   string
	}{
		{"10^-3", 3, 10, 3, "2023-11-14 22:13:20.250000000"},
		{"10^-6", 6, 10, 6, "2023-11-14 22:13:20.250000000"},
		{"10^-9", 9, 10, 9, "2023-11-14 22:13:20.250000000"},
		{"10^-10", 10, 10, 10, "2023-11-14 22:13:20.250000000"},
		{"2^-20", 0x80 | 20, 2, 20, "2023-11-14 22:13:20.249823232"},
		{"2^-31", 0x80 | 31, 2, 31, "2023-11-14 22:13:20.268435456"},
		{"2^-32", 0x80 | 32, 2, 32, "2023-11-14 22:13:20.268435456"},
		{"10^0", 0, 10, 0, "1970-01-01 00:28:20.000000000"},
	}
	for _, c := range cases {
		ticks := new(big.Int).Exp(big.NewInt(c.base), big.NewInt(c.exp), nil)
		seen := ""
		reader, err := pcapgo.NewNgReader(bytes.NewReader(file(c.resolution, ticks)), pcapgo.DefaultNgReaderOptions)
		if err == nil {
			_, info, readErr := reader.ReadPacketData()
			seen, err = info.Timestamp.UTC().Format("2006-01-02 15:04:05.000000000"), readErr
		}
		if err != nil {
			seen = err.Error()
		}
		fmt.Printf("%-7s %s\n", c.unit, seen)
		if seen != c.expected {
			fmt.Println("  expected:", c.expected)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}
GO
go get github.com/gopacket/gopacket/pcapgo@v1.7.7 2>/dev/null
go build -o reader .
go list -m github.com/gopacket/gopacket
./reader
