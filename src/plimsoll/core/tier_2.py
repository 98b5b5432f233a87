"""Why a process passes tier 2 by, and what to do about it. Pure."""

from typing import Final

_PASSED_BY: Final = ("not in use: ", "the server fails: ")  # what stands before the cause
# What Valkey or its driver says of a fault, in small letters, and what to do about it; the first that is found.
_TIER_2: Final = (
    (("another database's",), "give the caches of two databases two names, as Cache('shop') and Cache('shop-test')"),
    (("still to be told",), "wait some seconds: tier 2 is used again when the server has been told what was changed"),
    (("not followed",), "see below why these processes follow no changes"),
    (("username-password", "noauth", "authentication", "wrongpass"), "see user and password in the URL of tier 2"),
    (("noperm", "no permissions"), "let the user of tier 2 run the commands that its error names (ACL SETUSER)"),
    (("certificate", "ssl", "tls"), "see that the URL says valkeys:// where the server has TLS, and names its CA"),
    (("in time", "connection was free"), "see whether the Valkey server is busy, or the way to it slow"),
    (("cluster", "slots"), "see that the cluster is whole, and that the URL says cluster=true only if it is one"),
)
_TIER_2_AT_ALL: Final = "see that the Valkey server runs and can be reached"


def cause_of(trouble: str) -> str:
    """Of what a process tells of tier 2, without what is said beside it anyway."""
    for front in _PASSED_BY:
        trouble = trouble.removeprefix(front)
    return trouble.rstrip(".")


def tier_2_remedy(cause: str) -> str:
    low = cause.lower()
    return next((remedy for words, remedy in _TIER_2 if any(word in low for word in words)), _TIER_2_AT_ALL)
