#!/usr/bin/env bash
# sippy 2.5.0 (PyPI): a From or To whose tag is written "TAG=" has no tag, and a Via whose branch is written "Branch=" no branch. Names of parameters
# are case-insensitive (RFC 3261 7.3.1).
#
# Seen: getTag() and getBranch() are None for "TAG", "tAg" and "Branch", where "tag" and "branch" give values; header names and the
# compact forms are read in any case.
#
# What it cost us: a request inside a call looks like a new one to such a server, which answers a call twice or refuses to hang up: what a
# server says to a BYE with "TAG" is no proof that the tags were wrong.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "sippy==2.5.0"

cat >reader.py <<'PYTHON'
import sys
from importlib.metadata import version
from sippy.SipRequest import SipRequest

def read(tag="tag", branch="branch", name="From"):
    request = SipRequest("\r\n".join(("BYE sip:bob@192.0.2.2 SIP/2.0", f"Via: SIP/2.0/UDP 192.0.2.1;{branch}=z9hG4bK1", "Max-Forwards: 70",
        f"{name}: <sip:alice@example.org>;{tag}=a", f"To: <sip:bob@example.org>;{tag}=b", "Call-ID: 1", "CSeq: 2 BYE", "Content-Length: 0", "", "")))
    return (request.getHFBody("from").getTag(), request.getHFBody("to").getTag(), request.getHFBody("via").getBranch())

failed = False
print("sippy", version("sippy"))
for what, fields, expected in (("as usual", {}, ("a", "b", "z9hG4bK1")), ("From in another case", {"name": "FROM"}, ("a", "b", "z9hG4bK1")),
        ("compact From", {"name": "f"}, ("a", "b", "z9hG4bK1")), ("TAG", {"tag": "TAG"}, (None, None, "z9hG4bK1")),
        ("tAg", {"tag": "tAg"}, (None, None, "z9hG4bK1")), ("Branch", {"branch": "Branch"}, ("a", "b", None))):
    seen = read(**fields)
    print(f"{what:22}", *seen)
    if seen != expected:
        print("  expected:", *expected)
        failed = True
sys.exit(failed)
PYTHON
python/bin/python reader.py
