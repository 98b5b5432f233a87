"""Where a message goes: apprise's URLs, of kinds that send something somewhere and do nothing else."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final
from urllib.parse import unquote

from plimsoll.core.errors import UsageError
from plimsoll.settings.masking import MASK, Secret, mask

ADDRESSES_MAX: Final = 20  # of one message

# Kinds that reach people or their systems over the network, s at the end: with TLS. Left out are those that act on this
# machine (syslog, desktop messages) or read more settings from elsewhere. "https" is what Slack, Discord and
# others give out themselves: apprise knows them by their hosts and takes no other.
KINDS: Final = frozenset(
    {"json", "jsons", "xml", "xmls", "form", "forms", "https", "apprise", "apprises", "mailto", "mailtos"}
    | {"slack", "discord", "workflow", "workflows", "mmost", "mmosts", "rocket", "rockets", "matrix", "matrixs"}
    | {"zulip", "gchat", "webex", "wxteams", "tgram", "signal", "signals", "nctalk", "nctalks", "ntfy", "ntfys"}
    | {"gotify", "gotifys", "pover", "pbul", "pagerduty", "opsgenie", "victorops", "splunk", "signl4", "squadcast"}
    | {"ilert", "incidentio", "betterstack", "pagertree", "mailgun", "sendgrid", "postmark", "ses", "sns", "twilio"}
)
_KIND: Final = re.compile(r"([A-Za-z0-9]+)://\S*")
_VARIABLE: Final = re.compile(r"[A-Za-z_]\w*")
_TOKEN_LENGTH: Final = 4  # shorter parts of an address would be found in ordinary words


@dataclass(frozen=True, slots=True)
class Address:
    """One place. `kind` is the URL's scheme, and all that may be shown of it."""

    kind: str
    url: Secret

    @property
    def shown(self) -> str:
        """The address for people: "slack://****"."""
        return f"{self.kind}://{MASK}"

    def hide(self, text: str) -> str:
        """A text without any part of this address but its kind: foreign errors quote what they were given."""
        rest = self.url.reveal().partition("://")[2]
        parts = {part for part in re.split(r"[/:@?&=,;+\s]", rest) if len(part) >= _TOKEN_LENGTH}
        for part in sorted(parts | {unquote(part) for part in parts}, key=len, reverse=True):
            text = text.replace(part, MASK)
        return mask(text)


def read_addresses(stated: Iterable[Secret], environ: Mapping[str, str]) -> tuple[list[Address], list[str]]:
    """The addresses that texts state or that variables hold (`env:NAME`, parted by blanks), and what was amiss.

    Raises UsageError for a text that is no address; a variable's mistake is returned, as it may be mended elsewhere.
    """
    found: list[Address] = []
    problems: list[str] = []
    for text in stated:
        name = _variable(text.reveal())
        if name is None:
            found.append(_address(text.reveal(), where="notify"))
            continue
        for read in _words_of(name, environ):
            if isinstance(read, UsageError):
                problems.append(str(read))
            else:
                found.append(read)
    if len(found) > ADDRESSES_MAX:
        problems.append(f"of {len(found)} addresses only the first {ADDRESSES_MAX} are used")
    return found[:ADDRESSES_MAX], problems


def variables_of(stated: Iterable[Secret]) -> list[str]:
    """The names of the variables that hold addresses."""
    return [name for text in stated if (name := _variable(text.reveal())) is not None]


def _variable(text: str) -> str | None:
    if not text.strip().startswith("env:"):
        return None
    name = text.strip().removeprefix("env:").strip()
    if not _VARIABLE.fullmatch(name):
        raise UsageError("wrong notify", why="env: is followed by the name of a variable", remedy='"env:TEAM_CHAT"')
    return name


def _words_of(name: str, environ: Mapping[str, str]) -> Iterator[Address | UsageError]:
    """Each address of a variable by itself: one that is wrong keeps nobody else from being told."""
    try:
        words = _words(name, environ)
    except UsageError as error:
        yield error
        return
    for word in words:
        try:
            yield _address(word, where=f"variable {name}")
        except UsageError as error:
            yield error


def _words(name: str, environ: Mapping[str, str]) -> Sequence[str]:
    words = environ.get(name, "").split()
    if not words:
        raise UsageError(f"variable {name} holds no address", why="it is empty" if name in environ else "it is not set")
    return words


def _address(text: str, *, where: str) -> Address:
    """Raises UsageError, which shows no more of the text than its kind."""
    match = _KIND.fullmatch(text.strip())
    if match is None:
        raise UsageError(
            "this is not an address to notify", where=where, why="it is not kind://...", remedy="see apprise's URLs"
        )
    kind = match[1].lower()
    if kind not in KINDS:
        nearest = get_close_matches(kind, KINDS, n=1)
        remedy = f"did you mean {nearest[0]}://?" if nearest else "use one of the kinds in docs/guides/schedule.md"
        raise UsageError(f"{kind}:// is not a kind of address that may be notified", where=where, remedy=remedy)
    return Address(kind, Secret(text.strip()))
