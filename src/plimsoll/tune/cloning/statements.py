"""SQL that prepares a server for a copy: its database, its roles, its settings. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from plimsoll.core.identifiers import quote_identifier
from plimsoll.tune.cloning.origin import Locale, Role

PORTABLE: Final = "C.UTF-8"

_C_LIKE: Final = re.compile(r"(?i)^(c|posix|c\.utf-?8|pg_unicode_fast)$")
_LANGUAGE: Final = re.compile(r"^([A-Za-z]{2,3})(?:_([A-Za-z]{2}))?(?:\.|@|$)")


def create_database(name: str, locale: Locale, version: int) -> list[str]:
    """Ways to make it, the exact one first. One that sorts by code point but is not named C comes before C: as where
    text has a language, `LIKE 'a%'` then has no use for an ordinary index."""
    ways = [_exact(locale, version)]
    if tag := _tag(locale):
        ways.append(f"ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE {_text(tag)} LOCALE 'C'")
    if not _is_plain(locale):
        ways.append(f"ENCODING 'UTF8' {_provider(version, 'libc')}LC_COLLATE '{PORTABLE}' LC_CTYPE '{PORTABLE}'")
    ways.append(f"ENCODING 'UTF8' {_provider(version, 'libc')}LC_COLLATE 'C' LC_CTYPE 'C'")
    return [f"CREATE DATABASE {quote_identifier(name)} TEMPLATE template0 {way}" for way in ways]


def _exact(locale: Locale, version: int) -> str:
    names = f"ENCODING {_text(locale.encoding)} LC_COLLATE {_text(locale.collate)} LC_CTYPE {_text(locale.ctype)}"
    if locale.provider == "i":
        rules = f" ICU_RULES {_text(locale.rules)}" if locale.rules else ""
        return f"{names} LOCALE_PROVIDER icu ICU_LOCALE {_text(locale.locale or '')}{rules}"
    if locale.provider == "b":
        return f"{names} LOCALE_PROVIDER builtin BUILTIN_LOCALE {_text(locale.locale or '')}"
    return f"{names} {_provider(version, 'libc')}".rstrip()


def _provider(version: int, name: str) -> str:
    return f"LOCALE_PROVIDER {name} " if version >= 150_000 else ""


def _is_plain(locale: Locale) -> bool:
    return locale.provider != "i" and _C_LIKE.match(locale.collate) is not None


def _tag(locale: Locale) -> str:
    """ICU's name of what the system calls en_US.UTF-8."""
    found = None if _is_plain(locale) or locale.provider != "c" else _LANGUAGE.match(locale.collate)
    return "" if found is None else "-".join(filter(None, found.groups()))


def locale_note(locale: Locale, ways: Sequence[str], way: int) -> str:
    """What a copy made in another way than the exact one cannot show; empty for that."""
    if way == 0:
        return ""
    named = locale.locale if locale.provider != "c" and locale.locale else locale.collate
    lost = f"the copy's server does not have the locale {named}: there"
    if "LOCALE_PROVIDER icu" in ways[way]:
        return f"{lost} text is sorted by ICU's rules for {_tag(locale)}"
    if way == len(ways) - 1 and not _is_plain(locale):
        return f"{lost} text is sorted by code point, and LIKE 'a%' finds by indexes that it cannot use at the source"
    return f"{lost} text is sorted by code point, which is faster"


def create_roles(roles: Iterable[Role], there: frozenset[str], *, trusted: bool) -> list[tuple[str, str]]:
    """(name, SQL) for those that are not there yet, none of which can log in. On a server of ours they are what they
    are at the source; elsewhere (not `trusted`) none is given powers beyond what the dump grants."""
    return [(one.name, _create_role(one, trusted)) for one in roles if _to_make(one.name, there)]


def _to_make(name: str, there: frozenset[str]) -> bool:
    return name not in there and not name.startswith("pg_")


def _create_role(role: Role, trusted: bool) -> str:
    powers = [word for word, has in (("SUPERUSER", role.superuser), ("BYPASSRLS", role.bypasses)) if has and trusted]
    inherits = "INHERIT" if role.inherits else "NOINHERIT"
    return " ".join(["CREATE ROLE", quote_identifier(role.name), "NOLOGIN", inherits, *powers])


def memberships(roles: Sequence[Role], made: frozenset[str], there: frozenset[str]) -> list[str]:
    """Of the roles that were made, in those that are there."""
    return [
        f"GRANT {quote_identifier(group)} TO {quote_identifier(one.name)}"
        for one in roles
        if one.name in made
        for group in one.member_of
        if group in made | there
    ]


def settings_to_give(source: Mapping[str, str], copy: Mapping[str, str], settable: frozenset[str]) -> dict[str, str]:
    """Those that differ and that the copy's server knows and lets us set; an application's own are set everywhere."""
    return {
        name: value
        for name, value in sorted(source.items())
        if not _NEVER.match(name) and ("." in name or name in settable) and copy.get(name) != value
    }


# Time limits would end builds; the others say who a session is, or are about logs.
_NEVER: Final = re.compile(
    r".*timeout.*|role|session_authorization|log_.*|client_.*|default_transaction_read_only|lc_messages"
    r"|session_replication_role|.*preload_libraries|application_name|plan_filter\..*|pgaudit\..*"
)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
