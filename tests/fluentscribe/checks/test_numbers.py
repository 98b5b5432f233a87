"""Numbers in the signs of every language, and addresses."""

import pytest

from tests.fluentscribe.checks.asking import findings, marked, types


@pytest.mark.parametrize(
    ("source", "target", "language"),
    [
        ("It costs 1,000.50 euros.", "Es kostet 1.000,50 Euro.", "de"),
        ("It costs 1,000.50 euros.", "Il coûte 1\u202f000,5 euros.", "fr"),
        ("It costs 1,000.50 francs.", "Es kostet 1’000.50 Franken.", "de-CH"),
        ("It costs 12345 euros.", "Es kostet 12 345 Euro.", "de"),
        ("It costs 1,00,000 rupees.", "Es kostet 100.000 Rupien.", "de"),
        ("The 250 rows are new.", "၂၅၀ တန်းသည် အသစ်ဖြစ်သည်။", "my"),
        ("The 250 rows are new.", "الصفوف ٢٥٠ جديدة.", "ar"),
        ("The 2.5 rows are new.", "الصفوف ٢٫٥ جديدة.", "ar"),
        ("The 250 rows are new.", "२५० पंक्तियाँ नई हैं।", "hi"),
        ("From 5-10 to 20", "Von 5–10 bis 20", "de"),
        ("Due 12/31/2025 at 3:30 PM.", "Fällig am 31.12.2025 um 15:30 Uhr.", "de"),
        ("It takes 2 days.", "Es dauert zwei Tage.", "de"),
        ("It takes two days.", "Es dauert 2 Tage.", "de"),
        ("The 1st of May", "Der erste Mai", "de"),
        ("It takes 2 days.", "ใช้เวลาสองวัน", "th"),
        ("In March it ended.", "3月に終わりました。", "ja"),
        ("We have 2 million users.", "利用者は200万人です。", "ja"),
        ("Version 1.2.3 is out.", "Version 1.2.3 ist da.", "de"),
        ("Use MP3 or %1$s or {0}.", "Nutzen Sie {0} oder %1$s oder MP3.", "de"),
        ("The 20th century", "El siglo XX", "es"),
        ("Up to 10 characters", "最大10文字", "ja"),
    ],
)
def test_numbers_that_mean_the_same_are_no_mistake(source: str, target: str, language: str) -> None:
    assert types(source, target, language) & {"number", "number-format"} == set()


@pytest.mark.parametrize(
    ("source", "target", "parts"),
    [
        ("It costs 1.5 euros.", "Es kostet 15 Euro.", ["15"]),
        ("It costs 250 euros.", "Es kostet Geld.", ["Es kostet Geld."]),
        ("It costs money now.", "Es kostet 250 Euro.", ["250"]),
        ("The 42 rows are new.", "Die 24 Zeilen sind neu.", ["24"]),
        ("From 250 to 300 rows.", "Von 205 Zeilen.", ["205", "Von 205 Zeilen."]),
        ("It takes 3 days.", "Es dauert zwei Tage.", ["Es dauert zwei Tage."]),
        ("Due 12/31/2025.", "Fällig am 31.12.2024.", ["2024"]),
    ],
)
def test_other_numbers_are_found(source: str, target: str, parts: list[str]) -> None:
    assert marked("number", source, target) == parts


def test_thousands_that_the_language_reads_as_fractions_are_found() -> None:
    assert marked("number-format", "It costs 1,000 euros.", "Es kostet 1,000 Euro.") == ["1,000"]
    assert marked("number-format", "Es kostet 1.000,50 Euro.", "It costs 1.000,50 euros.", "de>en") == ["1.000,50"]
    assert marked("number-format", "It costs 1,000 euros.", "1,000ユーロです。", "ja") == []
    assert [f.dimension for f in findings("It costs 1,000 euros.", "Es kostet 1,000 Euro.")] == ["locale"]


@pytest.mark.parametrize(
    ("source", "target", "parts"),
    [
        ("See https://example.com/a.", "Siehe https://example.com/a.", []),
        ("See https://example.com/en/a.", "Siehe https://example.com/de/a.", []),
        ("See “https://example.com”.", "https://example.com」を参照。", []),
        ("Write to me@example.com.", "Schreiben Sie an ich@example.com.", ["ich@example.com"]),
        ("See https://example.com/a.", "Siehe https://example.com/b.", ["https://example.com/b"]),
        ("See www.example.com now.", "Siehe unsere Seite.", ["Siehe unsere Seite."]),
    ],
)
def test_addresses_are_those_of_the_source(source: str, target: str, parts: list[str]) -> None:
    assert marked("address", source, target) == parts
