"""The database, the roles and the settings of a copy, as SQL."""

from plimsoll.tune.cloning.origin import Locale, Role, schemas_needed
from plimsoll.tune.cloning.statements import (
    create_database,
    create_roles,
    locale_note,
    memberships,
    settings_to_give,
)

ENGLISH = Locale("UTF8", "en_US.UTF-8", "en_US.UTF-8")
PLAIN = Locale("UTF8", "C", "C")


def test_the_sources_own_locale_is_tried_first_and_what_plans_like_a_language_before_c() -> None:
    exact, icu, portable, c = create_database("shop", ENGLISH, 180_000)
    assert "LC_COLLATE 'en_US.UTF-8'" in exact
    assert "ICU_LOCALE 'en-US'" in icu
    assert "LC_COLLATE 'C.UTF-8'" in portable
    assert "LC_COLLATE 'C' " in c
    assert all(way.startswith('CREATE DATABASE "shop" TEMPLATE template0 ') for way in (exact, icu, portable, c))


def test_a_copy_of_what_sorts_by_code_point_does_so_too() -> None:
    assert len(create_database("shop", PLAIN, 180_000)) == 2
    assert "which is faster" in locale_note(PLAIN, create_database("shop", PLAIN, 180_000), 1)


def test_a_locale_of_icu_and_one_of_the_servers_own_are_kept() -> None:
    icu = create_database("shop", Locale("UTF8", "C", "C", "i", "und", "&a < g"), 180_000)
    assert "LOCALE_PROVIDER icu ICU_LOCALE 'und' ICU_RULES '&a < g'" in icu[0]
    assert "C.UTF-8" in icu[1]
    assert "BUILTIN_LOCALE 'C.UTF-8'" in create_database("shop", Locale("UTF8", "C", "C", "b", "C.UTF-8"), 180_000)[0]


def test_a_server_that_knows_no_providers_is_told_of_none() -> None:
    assert not [way for way in create_database("shop", PLAIN, 140_000) if "PROVIDER" in way]


def test_another_order_of_text_is_told_and_that_like_uses_indexes_louder() -> None:
    ways = create_database("shop", ENGLISH, 180_000)
    notes = [locale_note(ENGLISH, ways, way) for way in range(4)]
    assert notes[0] == ""
    assert notes[1].endswith("text is sorted by ICU's rules for en-US")
    assert notes[2].endswith("text is sorted by code point, which is faster")
    assert "LIKE" in notes[3]


OWNER = Role("Owner", superuser=True, bypasses=True)
MEMBER = Role("app", inherits=False, member_of=("Owner", "pg_read_all_data", "gone"))


def test_roles_cannot_log_in_and_keep_what_row_security_asks_for() -> None:
    assert create_roles([OWNER, MEMBER], frozenset(), trusted=True) == [
        ("Owner", 'CREATE ROLE "Owner" NOLOGIN INHERIT SUPERUSER BYPASSRLS'),
        ("app", 'CREATE ROLE "app" NOLOGIN NOINHERIT'),
    ]


def test_on_a_server_of_others_no_role_is_given_powers_and_none_is_made_twice() -> None:
    assert create_roles([OWNER, MEMBER], frozenset({"app"}), trusted=False) == [
        ("Owner", 'CREATE ROLE "Owner" NOLOGIN INHERIT')
    ]


def test_memberships_are_kept_of_the_roles_that_were_made() -> None:
    found = memberships([OWNER, MEMBER], frozenset({"app"}), frozenset({"Owner", "pg_read_all_data"}))
    assert found == ['GRANT "Owner" TO "app"', 'GRANT "pg_read_all_data" TO "app"']


def test_settings_that_differ_are_given_and_limits_never() -> None:
    source = {"work_mem": "64MB", "jit": "on", "statement_timeout": "5s", "app.tenant": "3", "new_in_19": "on"}
    settable = frozenset({"work_mem", "jit", "statement_timeout"})
    given = settings_to_give(source, {"work_mem": "4MB", "jit": "on", "statement_timeout": "0"}, settable)
    assert given == {"app.tenant": "3", "work_mem": "64MB"}


def test_schemas_come_with_what_they_need_and_what_that_needs() -> None:
    needs = [("app", "types"), ("types", "base"), ("other", "app"), ("base", "types")]
    assert schemas_needed(["app"], needs) == ("app", "types", "base")
