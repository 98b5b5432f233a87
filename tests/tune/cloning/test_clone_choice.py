"""Which server a copy is made on, and which extensions it may do without."""

from dataclasses import dataclass, replace

import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.tune.cloning.binaries import choose_server
from plimsoll.tune.cloning.origin import Locale, Needing, Origin
from plimsoll.tune.cloning.preparing import LeftOut, lacking_words, left_out, other_version, outward

ORIGIN = Origin(
    database="shop",
    role="app",
    superuser=False,
    version=160_004,
    version_words="16.4",
    locale=Locale("UTF8", "C", "C"),
    roles=(),
    extensions=("pg_cron", "vector"),
    needing=(Needing("vector", "column embedding of table docs", 3),),
    settings={},
    search_path="public",
    shared_buffers=0,
    wal_level="replica",
)


@dataclass(frozen=True)
class Server:
    """An installation that was found."""

    major: int
    has: frozenset[str] = frozenset()

    def extensions(self) -> frozenset[str]:
        return self.has


def test_the_sources_own_version_is_preferred_then_the_next() -> None:
    old, same, next_one, new = Server(15), Server(16), Server(17), Server(18)
    assert choose_server([new, old, next_one, same], 16, frozenset(), "shop") == same
    assert choose_server([new, old, next_one], 16, frozenset(), "shop") == next_one


def test_an_extension_that_is_needed_counts_for_more_than_the_version() -> None:
    able = Server(18, frozenset({"vector"}))
    assert choose_server([Server(16), able], 16, frozenset({"vector"}), "shop") == able


def test_an_older_server_never_does() -> None:
    with pytest.raises(RefusedError) as refused:
        choose_server([Server(15)], 16, frozenset(), "shop")
    assert "version: 15" in refused.value.why
    assert "--clone-on" in refused.value.remedy


def test_an_extension_that_nothing_depends_on_is_left_out_and_told() -> None:
    found = left_out(ORIGIN, frozenset({"vector"}), "here")
    assert found.names == {"pg_cron"}
    assert "pg_cron" in found.notes[0]
    assert left_out(ORIGIN, frozenset({"vector", "pg_cron"}), "here").notes == ()


def test_one_that_something_depends_on_is_refused_with_what_depends_on_it() -> None:
    with pytest.raises(RefusedError) as refused:
        left_out(ORIGIN, frozenset(), "here")
    assert refused.value.why == "vector, for column embedding of table docs and 2 more"
    assert "--clone-on" in refused.value.remedy


def test_for_functions_of_everyday_extensions_others_stand_in() -> None:
    origin = replace(ORIGIN, extensions=("uuid-ossp",), needing=(Needing("uuid-ossp", "default of column id", 1),))
    found = left_out(origin, frozenset(), "here")
    assert not found.names
    assert found.stood_in == {"uuid-ossp"}
    assert "uuid-ossp" in found.notes[0]


def test_extensions_that_reach_out_of_the_database_are_told() -> None:
    origin = replace(ORIGIN, extensions=("dblink", "http", "vector"))
    assert outward(origin, frozenset({"http"})) == ["functions of dblink reach other systems from the copy, too"]
    assert outward(ORIGIN, frozenset()) == []


def test_what_a_dump_leaves_behind_is_told() -> None:
    assert lacking_words(ORIGIN, LeftOut(frozenset())) == []
    much = replace(ORIGIN, large_objects=True, event_triggers=True, foreign_tables=True)
    assert len(lacking_words(much, LeftOut(frozenset()))) == 3


def test_another_major_version_of_the_copys_server_is_told() -> None:
    assert other_version(ORIGIN, "16.9", 16) == []
    (told,) = other_version(ORIGIN, "18.6 (Debian)", 18)
    assert told.startswith("the copy is on PostgreSQL 18.6 (Debian), the database on 16.4: plans may differ")
