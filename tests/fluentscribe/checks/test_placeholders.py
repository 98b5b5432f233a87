"""Placeholders of programs, ICU messages, and markup in plain text."""

import pytest

from fluentscribe.checks.icu import DEPTH_MAX, Malformed, read
from tests.fluentscribe.checks.asking import findings, marked, types


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Copied %d of %s files.", "Von %2$s Dateien %1$d kopiert."),
        ("%i files were copied.", "%d Dateien wurden kopiert."),
        ("Hello %(name)s, welcome.", "Willkommen, %(name)s."),
        ("Hello %@, welcome.", "Willkommen, %@."),
        ("A multiple of %(step)s", "Ein %(step)sfaches"),
        ("Save 100%discounted", "Zum Sparen 100%discount"),
        ("Hello {name}, welcome.", "Willkommen, { name }."),
        ("Between {} and {} days.", "Zwischen {0} und {1} Tagen."),
        ("Price: {price:,.2f}", "Preis: {price:.2f}"),
        ("Hello {{user}}, welcome.", "Willkommen, {{ user }}."),
        ("Hello ${user}, welcome.", "Willkommen, ${user}."),
        ("You are at 100% of it.", "Sie sind bei 100 % davon."),
        ("Raise by 5% daily.", "Täglich um 5 % steigern."),
        ("One file|{{ n }} files, {{ n }}", "{{ n }} Datei"),
        ("Get https://example.com/%20a", "Hol https://example.com/%20a"),
    ],
)
def test_placeholders_that_mean_the_same_are_no_mistake(source: str, target: str) -> None:
    assert types(source, target) & {"placeholder", "icu"} == set()


@pytest.mark.parametrize(
    ("source", "target", "about"),
    [
        ("Copied %d of %s files.", "Von %s Dateien %d kopiert.", 2),  # both take another's place
        ("Hello %(name)s, welcome.", "Willkommen, %(Name)s.", 1),
        ("Hello {name}, welcome.", "Willkommen.", 1),
        ("Hello, welcome here.", "Willkommen, {name}.", 1),
        ("Hello %@, welcome.", "Willkommen, % @.", 1),
        ("Hello {{ user }}, welcome.", "Willkommen, { user }.", 1),
        ("Hello ${user}, welcome.", "Willkommen, $user.", 1),
        ("Hello %user%, welcome.", "Willkommen, %benutzer%.", 1),
    ],
)
def test_placeholders_that_are_not_those_of_the_source_are_found(source: str, target: str, about: int) -> None:
    assert [f.type for f in findings(source, target)] == ["placeholder"] * about


def test_a_placeholder_in_the_place_of_another_is_one_mistake_told_as_it_is_written() -> None:
    [found] = findings("Hello {name}, welcome.", "Hallo {nam}, willkommen.")
    assert (found.start, found.end, found.message) == (6, 11, "the source has {name} and no {nam}")
    [found] = findings("Copied %s files.", "Dateien kopiert.")
    assert found.message == "%s of the source is missing"


SOURCE = "{n, plural, one {# file} other {# files}} by {user}"


@pytest.mark.parametrize(
    ("target", "language", "said"),
    [
        ("{n, plural, one {# Datei} other {# Dateien}} von {user}", "de", ""),
        ("{n, plural, =1 {eine Datei} other {# Dateien}} von {user}", "de", ""),
        ("{user}の{n, plural, other {#個のファイル}}", "ja", ""),
        ("{n, plural, one {# fichier} other {# fichiers}} de {user}", "fr", ""),
        ("{n, plural, one {# plik} few {# pliki} many {# plików} other {# pliku}} od {user}", "pl", ""),
        ("{n, plural, one {# plik} other {# pliku}} od {user}", "pl", "few, many is missing"),
        ("{n, plural, one {# Datei} few {# Dateien} other {# Dateien}} von {user}", "de", "no plural few"),
        ("{n, plural, one {# Datei}} von {user}", "de", "no case 'other'"),
        ("{n, plural, one {# Datei} other {# Dateien} von {user}", "de", "not closed"),
        ("{n, plural, eins {# Datei} other {# Dateien}} von {user}", "de", "no plural eins"),
        ("{m, plural, one {# Datei} other {# Dateien}} von {user}", "de", "the source has no plural of m"),
        ("{n, select, one {# Datei} other {# Dateien}} von {user}", "de", "in the source a plural"),
        ("{n, plural, one {# Datei} other {# Dateien}}", "de", "{user}"),
        ("# Dateien von {user}", "de", "plural of n is missing"),
    ],
)
def test_icu_messages_have_the_cases_of_their_language(target: str, language: str, said: str) -> None:
    found = [f.message for f in findings(SOURCE, target, language) if f.type == "icu"]
    assert bool(found) == bool(said)
    assert not said or said in found[0]


def test_reading_icu_messages_has_an_end_however_deep_they_are_nested() -> None:
    with pytest.raises(Malformed, match="deep"):
        read("{a, select, other {" * (DEPTH_MAX + 2) + "x" + "}}" * (DEPTH_MAX + 2))
    assert read("it''s '{literal}' {a} {b, number, integer}").names == {"a", "b"}


@pytest.mark.parametrize(
    ("source", "target", "parts"),
    [
        ("Press <b>OK</b>.", "Drücken Sie <b>OK</b>.", []),
        ('See <a href="/en">help</a>.', 'Siehe <a href="/de">Hilfe</a>.', []),
        ("Press <b>OK</b>.", "Drücken Sie <i>OK</i>.", ["Drücken Sie <i>OK</i>."] * 2 + ["<i>", "</i>"]),
        ("Press <b>OK</b>.", "Drücken Sie <b>OK<b>.", ["Drücken Sie <b>OK<b>.", "<b>"]),
        ("a &lt; b is so.", "a < b ist so.", ["a < b ist so."]),
        ("Salt &amp; pepper", "Salz &amp;amp; Pfeffer", ["&amp;amp;"]),
        ("Salt &amp; pepper", "Salz und Pfeffer", []),
    ],
)
def test_markup_in_the_text_is_that_of_the_source(source: str, target: str, parts: list[str]) -> None:
    assert marked("markup", source, target) == parts
