"""Who holds something for a while: a process, named so that others on its machine can see whether it is gone."""

from __future__ import annotations

import os
import secrets
import socket


def holder_name() -> str:
    """A new name of this process: machine, process, and something that no other has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def gone(holder: str) -> bool:
    """Whether a holder was a process of this machine that is no more; one that cannot be known about is not."""
    host, _, rest = holder.partition(":")
    number = rest.partition(":")[0]
    if host != socket.gethostname() or not number.isdigit() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
