"""A file made ready: its head for each coding, and its bodies if they are small, so that a hit looks nothing up."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from plimsoll.core.eviction.policy import Entry
from plimsoll.edge.http.dates import format_date
from plimsoll.edge.http.message import Field
from plimsoll.edge.static.coding import IDENTITY, SUFFIXES
from plimsoll.edge.static.mime import may_run_scripts, type_of
from plimsoll.edge.static.opening import DIGEST_BYTES, Folder, State, digest_of
from plimsoll.edge.static.policy import Policy
from plimsoll.edge.static.variants import SOURCE_BYTES_MAX, may_have_variants, variant_name

SMALL_BYTES_MAX: Final = 256 * 1024  # what is larger is read from the disk, piece by piece, for each request
ENTRY_BYTES: Final = 1_500  # beside its forms: names, states, places in tables
FORM_BYTES: Final = 1_000  # of each beside its body: three of them and the entry measure 3,600
# Builds that are to be reproducible give all files one time, near 1970 or 1980: such a date tells two contents apart
# no more than none does, and would have a browser keep the old one.
NO_DATE_BEFORE_S: Final = 631_152_000  # 1990
RACY_NS: Final = 2_000_000_000  # a file as young as this may change again without that its times tell


@dataclass(slots=True)
class Form:
    """One representation: coded or not. `name` and `state` are of the file that has its bytes; `body` is None where
    that is large."""

    etag: bytes
    size: int
    body: bytes | None
    name: str
    state: State
    head: list[Field]


class Prepared(Entry):
    """`forms` has IDENTITY always. `good_until_s` is of the clock of who holds it: until then it is taken as it is."""

    __slots__ = ("forms", "good_until_s", "modified_s", "name", "racy", "state")

    def __init__(self, key: str, name: str, state: State, forms: Mapping[str, Form], modified_s: float | None) -> None:
        super().__init__(key, ENTRY_BYTES + sum(FORM_BYTES + len(form.body or b"") for form in forms.values()))
        self.name = name
        self.state = state
        self.forms = forms
        self.modified_s = modified_s
        self.racy = False
        self.good_until_s = 0.0


def prepare(folder: Folder, key: str, name: str, policy: Policy, now_s: float) -> Prepared | None:
    """None if there is no such file. `now_s` is since 1970. Raises OSError and FileChanged as `Folder.read`."""
    file = folder.read(name, SMALL_BYTES_MAX)
    if file is None:
        return None
    state = file.state
    if file.body is not None:
        digest = digest_of(file.body)
    elif state.size <= SOURCE_BYTES_MAX:
        digest = folder.digest(name, state)
    else:
        digest = _by_state(name, state)
    modified_s = min(state.modified_ns // 1_000_000_000, int(now_s))  # RFC 9110, 8.8.2.1: none that is to come
    dated = modified_s if modified_s >= NO_DATE_BEFORE_S else None
    variants = _variants(folder, digest) if may_have_variants(state.size) else {}
    common = _common(name, policy, dated, varies=bool(variants))
    forms = {IDENTITY: _form(digest, IDENTITY, state.size, file.body, name, state, common)}
    for coding, (variant_state, body) in variants.items():
        variant = variant_name(digest, coding)
        forms[coding] = _form(digest, coding, variant_state.size, body, variant, variant_state, common)
    prepared = Prepared(key, name, state, forms, dated)
    prepared.racy = now_s * 1e9 - state.changed_ns < RACY_NS
    return prepared


def _by_state(name: str, state: State) -> str:
    """For what is too large to be read for its validator: other with every writing, and on every machine."""
    return hashlib.blake2b(repr((name, state)).encode(), digest_size=DIGEST_BYTES).hexdigest()


def _variants(folder: Folder, digest: str) -> dict[str, tuple[State, bytes | None]]:
    """Those that are of this content, and smaller than it; the smallest first."""
    found = {}
    for coding in SUFFIXES:
        file = folder.read(variant_name(digest, coding), SMALL_BYTES_MAX)
        if file is not None and file.state.size:
            found[coding] = (file.state, file.body)
    return dict(sorted(found.items(), key=lambda one: one[1][0].size))


def _common(name: str, policy: Policy, modified_s: float | None, *, varies: bool) -> list[Field]:
    fields = [
        (b"content-type", type_of(name).encode()),
        (b"cache-control", policy.cache_control(name).encode()),
        (b"accept-ranges", b"bytes"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if may_run_scripts(name):
        fields.append((b"content-security-policy", b"sandbox"))
    if modified_s is not None:
        fields.append((b"last-modified", format_date(modified_s)))
    if varies:
        fields.append((b"vary", b"accept-encoding"))
    return fields


def _form(
    digest: str, coding: str, size: int, body: bytes | None, name: str, state: State, common: list[Field]
) -> Form:
    etag = f'"{digest}-{coding}"' if coding else f'"{digest}"'
    head = [*common, (b"content-length", b"%d" % size), (b"etag", etag.encode())]
    if coding:
        head.append((b"content-encoding", coding.encode()))
    return Form(etag.encode(), size, body, name, state, head)
