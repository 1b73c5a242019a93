"""Runs a command under a seccomp filter, as systemd does for SystemCallFilter and RestrictAddressFamilies.

filtered.py SYSCALL,... FAMILY,... COMMAND...: all other system calls fail with EPERM, sockets of other families with
EAFNOSUPPORT. Needs Debian's python3-seccomp.
"""

import errno
import os
import socket
import sys

import seccomp

syscalls, families, command = sys.argv[1].split(","), sys.argv[2].split(","), sys.argv[3:]
allowed = [getattr(socket, name) for name in families]
rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
for name in syscalls:
    if name == "socket":
        continue
    try:
        rules.add_rule(seccomp.ALLOW, name)
    except (RuntimeError, ValueError):
        # Not a system call of this machine.
        pass
for family in range(socket.AF_MAX if hasattr(socket, "AF_MAX") else 46):
    action = seccomp.ALLOW if family in allowed else seccomp.ERRNO(errno.EAFNOSUPPORT)
    rules.add_rule(action, "socket", seccomp.Arg(0, seccomp.EQ, family))
rules.load()
os.execvp(command[0], command)
