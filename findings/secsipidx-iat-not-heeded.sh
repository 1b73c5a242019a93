#!/usr/bin/env bash
# secsipidx 1.2.0 (Debian 12, 1.2.0-2+b4): -iat, "timestamp when the token was created", is heeded with -sign and not with
# -sign-full, which differs in the parameters behind the token.
#
# Seen: "-iat 1800000000" gives a token of that second with -sign, and one of now with -sign-full.
#
# What it cost us: a test that signs headers for a scene of another day finds them stale. It signs now, and sets the scene's
# clock by that.
set -euo pipefail

version="1.2.0-2+b4"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .

apt-get download -qq "secsipidx=$version" 2>/dev/null
for archive in ./*.deb; do dpkg -x "$archive" tree; done
# Made for this run; secsipidx reads PKCS #8.
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out key.pem 2>/dev/null

# The claim iat of a token that was asked to be of that second.
iat() {
  local claims
  claims="$(tree/usr/bin/secsipidx "$1" -fprvkey key.pem -attest A -x5u https://certs.example/c.pem \
    -orig-tn 493012345601 -dest-tn 493012345602 -iat 1800000000 | cut -d . -f 2)"
  # Base64url without padding (RFC 7515 2).
  python3 -c 'import base64, json, sys; t = sys.argv[1]; print(json.loads(base64.urlsafe_b64decode(t + "=" * (-len(t) % 4)))["iat"])' "$claims"
}

status=0
tree/usr/bin/secsipidx -version || true
given="$(iat -sign)"
before="$(date +%s)"
now="$(iat -sign-full)"
after="$(date +%s)"
printf '%-12s -iat 1800000000: iat %s\n' -sign "$given" -sign-full "$now"
[[ $given == 1800000000 ]] || { echo "  expected: 1800000000"; status=1; }
((now >= before && now <= after)) || { echo "  expected: the time of the clock, $before"; status=1; }
exit "$status"
