"""Recorded hosts inside values, such as the address to come back to after a login: they become constants too. Pure."""

import re
from collections.abc import Sequence

SITE, SITE_HOST, OTHER = "SITE_URL", "SITE_HOST", "OTHER_HOST"


def host_patterns(chosen: Sequence[str], others: Sequence[str]) -> list[tuple[str, str]]:
    """Patterns of what names a host, each with the constant to be said instead; longer names first.

    A mail address is no host's name. A name of one word, such as `localhost`, is one only behind `//` or with its port.
    """
    found = [(rf"https?://{_name(host)}", SITE) for host in sorted(chosen, key=len, reverse=True)]
    names = {**dict.fromkeys(chosen, SITE_HOST), **{host: _other(at) for at, host in enumerate(others)}}
    for host in sorted(names, key=len, reverse=True):
        is_word = "." not in host and ":" not in host
        before = r"(?:(?<=//)|(?<=%2[Ff]))" if is_word else r"(?:(?<![\w@-])|(?<=%2[Ff]))"
        found.append((before + _name(host), names[host]))
    return found


def _name(host: str) -> str:
    return rf"(?i:{re.escape(host)})(?![\w-])"


def _other(at: int) -> str:
    return f"{OTHER}_{at + 1}" if at else OTHER


def host_constants(used: set[str]) -> list[str]:
    """The lines that define those constants that a scenario uses."""
    used = {name for name in used if name in (SITE, SITE_HOST) or name.startswith(OTHER)}
    if not used:
        return []
    lines = ["# The site's own address where requests speak of it; they are sent to --url in any case."]
    if used & {SITE, SITE_HOST}:
        lines.append(f'{SITE} = os.environ.get("{SITE}", "http://127.0.0.1:8000")')
    if SITE_HOST in used:
        lines.append(f'{SITE_HOST} = {SITE}.partition("://")[2]')
    others = sorted((name for name in used if name.startswith(OTHER)), key=lambda name: (len(name), name))
    return lines + [f'{name} = os.environ.get("{name}", "{name.lower().replace("_", "-")}.example")' for name in others]
