"""How alerts are made and told, as `[alerts]` states it."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, time
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from plimsoll.core.errors import UsageError
from plimsoll.settings.alert_rules import RULES_MAX, Rule, Severity, default_rules, make_rule
from plimsoll.settings.masking import Secret
from plimsoll.settings.schedules import read_zone
from plimsoll.settings.schema import AlertsTable, QuietTable, WebhookTable

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEBHOOKS_MAX: Final = 20
SECRET_CHARACTERS_MIN: Final = 16
Placing = Callable[[Sequence[str | int]], AbstractContextManager[None]]
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,49}")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From a time of day to another, which may be after midnight; `days` are those on which they begin."""

    start: time
    end: time
    days: Sequence[str]
    zone: ZoneInfo
    let_through: Sequence[Severity] = ("critical",)

    def hold(self, now_s: float) -> bool:
        """Whether a moment lies in them, by the wall clock of the zone: skipped and doubled hours follow it."""
        local = datetime.fromtimestamp(now_s, self.zone)
        today, day_before = DAYS[local.weekday()], DAYS[local.weekday() - 1]
        at = local.time()
        if self.start < self.end:
            return today in self.days and self.start <= at < self.end
        return (today in self.days and at >= self.start) or (day_before in self.days and at < self.end)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where signed messages are posted. Both are texts or `env:NAME`."""

    name: str
    url: Secret
    secret: Secret


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """`rules` holds the built-in ones, too. `remind_s`: what still fires is told again after so long."""

    rules: Mapping[str, Rule] = field(default_factory=default_rules)
    notify: Sequence[Secret] = ()
    webhooks: Sequence[Webhook] = ()
    quiet: QuietHours | None = None
    remind_s: float = 4 * 3600.0


def make_alerts(table: AlertsTable, placing: Placing) -> AlertSettings:
    """What the table states; `placing` says of a mistake where in the file it stands. Raises UsageError."""
    with placing(("alerts", "rules")):
        _refuse_too_many(table)
    rules = dict(default_rules())
    for name, stated in table.rules.items():
        with placing(("alerts", "rules", name)):
            rules[name] = make_rule(name, stated, rules.get(name))
    hooks = []
    for name, hook in table.webhooks.items():
        with placing(("alerts", "webhooks", name)):
            hooks.append(_webhook(name, hook))
    with placing(("alerts", "quiet")):
        quiet = None if table.quiet is None else _quiet(table.quiet)
    return AlertSettings(rules, tuple(map(Secret, table.notify)), hooks, quiet, table.remind)


def _refuse_too_many(table: AlertsTable) -> None:
    if len(table.rules) > RULES_MAX or len(table.webhooks) > WEBHOOKS_MAX:
        raise UsageError("too many", why=f"there may be {RULES_MAX} rules and {WEBHOOKS_MAX} webhooks")


def _quiet(table: QuietTable) -> QuietHours:
    start, end = _time(table.from_time), _time(table.to)
    if start == end:
        raise UsageError(
            "quiet hours without an end", why="from and to are the same", remedy='from = "22:00", to = "07:00"'
        )
    return QuietHours(start, end, table.days or DAYS, read_zone(table.timezone), table.let_through)


def _time(text: str) -> time:
    try:
        return datetime.strptime(text.strip(), "%H:%M").time()  # noqa: DTZ007  # a time of day; its zone stands beside it
    except ValueError:
        raise UsageError(f"this is not a time of day: {text[:20]!r}", remedy='write for example "22:00"') from None


def _webhook(name: str, table: WebhookTable) -> Webhook:
    """What stands in a variable is looked at when it is used."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"a webhook cannot be called {name!r}", why="a name is letters, digits, - and _, at most 50")
    if not table.url.startswith("env:"):
        refuse_target(table.url)
    if not table.secret.startswith("env:"):
        refuse_guessable(table.secret)
    return Webhook(name, Secret(table.url), Secret(table.secret))


def refuse_guessable(secret: str) -> None:
    """Raises UsageError for a secret that is too short to sign with."""
    if len(secret) < SECRET_CHARACTERS_MIN:
        raise UsageError("a secret that can be guessed", why=f"it has less than {SECRET_CHARACTERS_MIN} characters")


def refuse_target(url: str) -> None:
    """Raises UsageError for what signed messages are not sent to. Private addresses are allowed: the owner of the file
    names them. Without TLS nothing leaves this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise _bad_url("it cannot be read") from None
    if parts.scheme not in ("http", "https") or not host or any(letter <= " " for letter in url):
        raise _bad_url("it is not https://host/...")
    if "@" in parts.netloc:
        raise _bad_url("it has a user or a password in it", "sign with the secret, or put a token into the path")
    if parts.scheme == "http" and not _is_loopback(host):
        raise _bad_url("http is for this machine only", "use https")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bad_url(why: str, remedy: str = 'write for example url = "https://hooks.example.org/plimsoll"') -> UsageError:
    return UsageError("wrong URL of a webhook", why=why, remedy=remedy)
