"""What is seen only beside other units, with a glossary or a limit, and how findings are recognized again."""

from fluentscribe.checks.findings import FLAGS_MAX, Finding
from fluentscribe.checks.registry import BY_TYPE, CHECKS
from fluentscribe.checks.running import Languages, examine
from fluentscribe.checks.settings import Forbidden, Settings, Term
from fluentscribe.formats.values import Text, Unit
from tests.fluentscribe.checks.asking import findings, types, unit

GERMAN = Languages("en", "de")


def of(pairs: list[tuple[str, str]], languages: Languages = GERMAN) -> list[tuple[int, str]]:
    units = [unit(source, target, seq) for seq, (source, target) in enumerate(pairs, 1)]
    return [(found.seq, found.type) for found in examine(units, languages)]


def test_one_source_translated_in_two_ways_is_found_at_the_second() -> None:
    again = ("Open the file.", "Öffnen Sie die Datei.")
    assert of([again, again, ("Open the file.", "Die Datei öffnen.")]) == [(3, "inconsistent-target")]
    assert of([("Open", "Öffnen"), ("Open", "Offen")]) == []  # a word alone may mean several things


def test_one_translation_of_two_sources_is_found_unless_they_differ_in_spelling_only() -> None:
    target = "Das ist keine gültige Zeit."
    assert of([("No valid date.", target), ("No valid hour.", target)]) == [(2, "inconsistent-source")]
    assert of([("No valid date.", target), ("The no-valid dates.", target)]) == []


def test_a_text_that_is_too_long_or_too_short_is_found() -> None:
    source = "The password that you entered is too weak for this site."
    assert types(source, "Das Passwort ist für diese Seite zu schwach.") == set()
    assert types(source, "Zu schwach.") == {"length-ratio"}
    assert types(source, "Das Passwort ist schwach" + ", wirklich sehr" * 12 + ".") == {"length-ratio"}
    assert types(source, "パスワードが弱すぎます。", "ja") == set()
    assert types("Short one|" + source, "Das Passwort ist für diese Seite zu schwach.") == set()


def test_a_limit_of_the_file_is_kept() -> None:
    limited = [unit("Save it now", "Jetzt speichern", length_max=10)]
    assert [(f.type, f.start, f.end) for f in examine(limited, GERMAN)] == [("length-limit", 10, 15)]


GLOSSARY = Settings(
    terms=(Term("file", ("Datei",)), Term("house", ("Haus",)), Term("PIN", ("Geheimzahl",), case_sensitive=True)),
    forbidden=(Forbidden("Rechner", "Computer"),),
)


def said(source: str, target: str, language: str = "de", settings: Settings = GLOSSARY) -> list[tuple[str, str]]:
    return [(f.type, target[f.start : f.end]) for f in findings(source, target, language, settings)]


def test_terms_are_translated_as_the_glossary_says_in_any_inflection() -> None:
    assert said("Open the files.", "Öffnen Sie die Dateien.") == []
    assert said("The houses are big.", "Die Häuser sind groß.") == []
    assert said("Open the text file.", "Öffnen Sie die Textdatei.") == []
    assert said("Profiles are big.", "Profile sind groß.") == []
    assert said("Pin it here.", "Hier anheften.") == []
    assert said("Open the file.", "Öffnen Sie das Dokument.") == [("glossary", "Öffnen Sie das Dokument.")]
    assert said("The PIN is wrong.", "Der Code ist falsch.") == [("glossary", "Der Code ist falsch.")]


def test_terms_are_found_where_no_spaces_are_written() -> None:
    settings = Settings(terms=(Term("file", ("ファイル",)),), forbidden=(Forbidden("電算機"),))
    assert said("Open the file.", "そのファイルを開きます。", "ja", settings) == []
    assert said("Open the file.", "その電算機を開きます。", "ja", settings) == [
        ("glossary", "その電算機を開きます。"),
        ("forbidden-term", "電算機"),
    ]


def test_terms_may_be_short_or_begin_with_a_sign() -> None:
    settings = Settings(terms=(Term("PC", ("Rechner",)), Term(".NET", (".NET",))), forbidden=(Forbidden("C++"),))
    assert said("Two PCs are on.", "Zwei Rechner sind an.", settings=settings) == []
    assert said("Two PCs run .NET well.", "Zwei Geräte laufen mit C++ gut.", settings=settings) == [
        ("glossary", "Zwei Geräte laufen mit C++ gut."),
        ("glossary", "Zwei Geräte laufen mit C++ gut."),
        ("forbidden-term", "C++"),
    ]


def test_forbidden_terms_are_found() -> None:
    assert said("The computer is on.", "Der Rechner ist an.") == [("forbidden-term", "Rechner")]
    assert said("The calculator is on.", "Der Berechner ist an.") == []


def test_a_project_may_turn_checks_off_and_say_how_bad_a_mistake_is() -> None:
    settings = Settings(off=frozenset({"space"}), severities={"punctuation": "critical"})
    found = findings("It is there.", "Es ist da ", settings=settings)
    assert [(f.type, f.severity) for f in found] == [("punctuation", "critical")]


def test_what_is_not_to_be_translated_is_not_looked_at() -> None:
    locked = Unit(1, "", Text("Do not touch."), Text(""), "initial", locked=True)
    assert list(examine([locked], GERMAN)) == []


def only(found: list[Finding]) -> Finding:
    assert len(found) == 1
    return found[0]


def test_a_finding_is_recognized_wherever_its_text_moves_to() -> None:
    first = only(findings("It is there, now.", "Es ist da , jetzt."))
    elsewhere = [unit("One more.", "Noch eins."), unit("It is there, now.", "Jetzt ist es da , ja.", 2)]
    later = only(list(examine(elsewhere, GERMAN)))
    assert (later.seq, later.fingerprint) == (2, first.fingerprint)
    assert len(first.fingerprint) == 32
    assert only(findings("It is there, so.", "Es ist da , also.")).fingerprint != first.fingerprint


def test_mistakes_of_one_unit_are_told_apart_and_bounded() -> None:
    many = findings("a" + ", b" * 40, "a" + " , b" * 40)
    assert len({f.fingerprint for f in many}) == len(many) == FLAGS_MAX


def test_checks_have_names_of_their_own() -> None:
    assert len(BY_TYPE) == len(CHECKS)
