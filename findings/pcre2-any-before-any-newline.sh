#!/usr/bin/env bash
# PCRE2 10.42 (Debian 12, 10.42-1+deb12u2): ".*\R" finds nothing in "ab" and a carriage return, although "." takes
# the carriage return (the default newline is LF) and \R matches one (pcre2pattern(3), "Newline sequences").
#
# Seen: "No match" for /.*\R/ and for /\N+\R/, while /[^\n]*\R/, which means the same, matches "ab" and the carriage
# return, and so does /.*\R/ with the modifier no_auto_possess. Auto-possessification takes "anything but LF" and "\R" for
# disjoint and lets the repetition give nothing back.
#
# What it cost us: sipsentry's own engine is held against pcre2test over generated expressions, and differed here. The
# comparison runs with no_auto_possess since.
set -euo pipefail

version="10.42-1+deb12u2"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .

for package in pcre2-utils libpcre2-8-0 libpcre2-16-0 libpcre2-32-0 libpcre2-posix3; do
  apt-get download -qq "$package=$version" 2>/dev/null
done
for archive in ./*.deb; do dpkg -x "$archive" tree; done
LD_LIBRARY_PATH="$(echo "$folder"/tree/usr/lib/*-linux-gnu)"
export LD_LIBRARY_PATH

# One line for each expression: what pcre2test finds in "ab" and a carriage return.
found() {
  printf '%s\n    ab\\r\n\n' "$1" | tree/usr/bin/pcre2test -q | sed -n '3p'
}

status=0
expect() {
  local seen
  seen="$(found "$1")"
  printf '%-28s %s\n' "$1" "$seen"
  [[ $seen == "$2" ]] || { echo "  expected: $2"; status=1; }
}

tree/usr/bin/pcre2test -C | head -n 1
expect '/.*\R/' 'No match'
expect '/\N+\R/' 'No match'
expect '/[^\n]*\R/' ' 0: ab\x0d'
expect '/.*\R/no_auto_possess' ' 0: ab\x0d'
exit "$status"
