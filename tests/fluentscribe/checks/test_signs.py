"""Brackets, quotation marks, spaces, final and inverted punctuation, capitals, line breaks."""

import pytest

from tests.fluentscribe.checks.asking import marked, types

SIGNS = {"bracket", "quote", "quote-style", "space", "punctuation", "inverted-mark", "case", "newline", "repeated-word"}


@pytest.mark.parametrize(
    ("source", "target", "language"),
    [
        ("Close (all of) it.", "Schließen（alles）.", "de"),
        ("a) first", "a) erstens", "de"),
        ("Click “Save” now.", "Jetzt „Speichern“ klicken.", "de"),
        ("Click “Save” now.", "Cliquez sur « Enregistrer ».", "fr"),
        ("Click “Save” now.", "「保存」をクリックします。", "ja"),
        ('Click "Save" now.', "Klicken Sie 'Speichern' an.", "de"),
        ("Don't do it.", "N'y touchez pas, c'est l'autre.", "fr"),
        ('Use the 5" screen.', 'Den 5"-Bildschirm nutzen.', "de"),
        ("Enter an email.", 'נא להזין דוא"ל.', "he"),
        ("Are you sure?", "Êtes-vous sûr\u00a0?", "fr"),
        ("Are you sure?", "Είστε σίγουροι;", "el"),
        ("Are you sure?", "هل أنت متأكد؟", "ar"),
        ("Are you sure?", "¿Está seguro?", "es"),
        ("It is done.", "完了しました。", "ja"),
        ("It is done.", "ပြီးပါပြီ။", "my"),
        ("It is done.", "यह हो गया।", "hi"),
        ("It is done.", "เสร็จแล้ว", "th"),
        ("Loading...", "Wird geladen…", "de"),
        ("Name: ", "名前：", "ja"),
        ("Aug.", "août", "fr"),
        ("Paper, pens, etc.", "Papier und Stifte", "de"),
        ("file name of it", "Dateiname davon", "de"),
        ("iPhone users like it.", "Benutzer von iPhones mögen es.", "de"),
        ("The file is there.", "php.ini ist da.", "de"),
        ("Monday", "lundi", "fr"),
        ("She had had it.", "Sie sagte, dass die die Zeitung hat.", "de"),
        ("Did you see it?", "Vous vous en souvenez ?", "fr"),
        ("Bye bye now.", "Adiós adiós ya.", "es"),
        ("The words are here.", "Kata kata ada di sini.", "id"),
        ("It is 10 10 now.", "Es ist 10 10 jetzt.", "de"),
    ],
)
def test_signs_as_their_language_has_them_are_no_mistake(source: str, target: str, language: str) -> None:
    assert types(source, target, language) & SIGNS == set()


@pytest.mark.parametrize(
    ("type", "source", "target", "language", "parts"),
    [
        ("bracket", "Close (all of) it.", "Schließen (alles.", "de", ["("]),
        ("bracket", "Close [all of] it.", "Schließen alles].", "de", ["]"]),
        ("quote", "Click “Save” now.", "Jetzt „Speichern klicken.", "de", ["„"]),
        ("quote", "Click “Save” now.", "Jetzt Speichern klicken.", "de", ["Jetzt Speichern klicken."]),
        ("quote-style", "Click “Save” now.", "Jetzt “Speichern” klicken.", "de", ["“"]),
        ("repeated-word", "It is there.", "Es ist ist da.", "de", ["ist ist"]),
        ("repeated-word", "It is there.", "Dice que que está.", "es", ["que que"]),
        ("repeated-word", "Read the file.", "ファイルをを読む。", "ja", ["をを"]),
        ("space", "It is there.", "Es ist da. ", "de", [" "]),
        ("space", "It is there.", " Es ist da.", "de", [" "]),
        ("space", "Name: ", "Name:", "de", [""]),
        ("space", "It is there.", "Es  ist da.", "de", ["  "]),
        ("space", "It is there, now.", "Es ist da , jetzt.", "de", [" "]),
        ("space", "It is there, now.", "Es ist da,jetzt.", "de", [","]),
        ("space", "Is it there?", "Ist es da ?", "de", [" "]),
        ("punctuation", "It is there.", "Es ist da", "de", [""]),
        ("punctuation", "It is there", "Es ist da.", "de", ["."]),
        ("punctuation", "Is it there?", "Ist es da.", "de", ["."]),
        ("punctuation", "It is done.", "ပြီးပါပြီ၊", "my", ["၊"]),
        ("inverted-mark", "Is it there?", "Está ahí?", "es", ["?"]),
        ("inverted-mark", "It is there!", "Está ahí!", "es", ["!"]),
        ("case", "The file is there.", "le fichier est là.", "fr", ["le"]),
        ("case", "the file is there.", "Le fichier est là.", "fr", ["Le"]),
        ("newline", "One\nTwo", "Eins Zwei", "de", ["Eins Zwei"]),
        ("newline", "One\\nTwo", "Eins Zwei", "de", ["Eins Zwei"]),
    ],
)
def test_signs_that_are_wrong_are_found(type: str, source: str, target: str, language: str, parts: list[str]) -> None:
    assert marked(type, source, target, language) == parts
