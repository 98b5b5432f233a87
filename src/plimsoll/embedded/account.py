"""Whose account a server runs under, and what that account can reach.

PostgreSQL refuses to run as root, so root lends it an unprivileged account. Reachability is judged by mode bits: a
stricter answer than access control lists may give, never a looser one.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from plimsoll.core.errors import ServiceError

UNPRIVILEGED = ("postgres", "nobody")  # the first that exists


@dataclass(frozen=True)
class Account:
    """A user and group to run as, without any further groups."""

    uid: int
    gid: int
    name: str


def server_account(data_owner: int | None = None) -> Account | None:
    """The account for a server, or None: ourselves, since we are no root. `data_owner` is the uid that has the data."""
    if os.geteuid() != 0:
        return None
    if data_owner:
        return _account_of(data_owner)
    for name in UNPRIVILEGED:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid, name)
    raise ServiceError(
        "PostgreSQL does not run as root and there is no account to lend it",
        why=f"neither {' nor '.join(UNPRIVILEGED)} exists",
        remedy="run as an ordinary user, or create a system user named postgres",
    )


def _account_of(uid: int) -> Account:
    try:
        found = pwd.getpwuid(uid)
    except KeyError:
        return Account(uid, uid, f"uid {uid}")
    return Account(uid, found.pw_gid, found.pw_name)


def barrier(path: Path, account: Account | None) -> Path | None:
    """The first directory on the way to `path` that the account cannot pass, `path` itself if it cannot be read, or
    None when all is open. What does not exist yet is no barrier."""
    if account is None:
        return None
    real = path.resolve()
    for place in (*reversed(real.parents), real):
        try:
            found = place.stat()
        except FileNotFoundError:
            return None
        needed = 0o5 if place == real else 0o1
        if not _allows(found, account, needed):
            return place
    return None


def _allows(found: os.stat_result, account: Account, needed: int) -> bool:
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid == account.uid:
        granted = mode >> 6
    elif found.st_gid == account.gid:
        granted = mode >> 3
    else:
        granted = mode
    return granted & needed == needed
