"""Sentences of software with their German translations, and the mistakes that translators make in them: pure."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

MISTAKES_SHARE = 0.25  # of the units of a file

# `{n}` is a number above 12, which must stay; `%s` is a placeholder of the program's.
PAIRS = (
    ("Save the file before you close this window.", "Speichern Sie die Datei, bevor Sie dieses Fenster schließen."),
    ("The report has {n} pages and was sent to %s.", "Der Bericht hat {n} Seiten und wurde an %s gesendet."),
    ("Your password must have at least {n} characters.", "Ihr Kennwort muss mindestens {n} Zeichen haben."),
    ("Do you want to delete %s for ever?", "Möchten Sie %s für immer löschen?"),
    ("The invoice of {n} March was paid in time.", "Die Rechnung vom {n}. März wurde rechtzeitig bezahlt."),
    ("Press the button on the left side to begin again.", "Drücken Sie links auf die Taste, um neu zu beginnen."),
    ("%s shared a folder with you.", "%s hat einen Ordner mit Ihnen geteilt."),
    ("The connection was lost after {n} seconds.", "Die Verbindung wurde nach {n} Sekunden unterbrochen."),
    ("Choose a language for your messages.", "Wählen Sie eine Sprache für Ihre Nachrichten."),
    ("Only administrators may change these settings.", "Nur Administratoren dürfen diese Einstellungen ändern."),
    ("We keep your documents for {n} days.", "Wir bewahren Ihre Dokumente {n} Tage lang auf."),
    ("Enter the address to which we send the parcel.", "Geben Sie die Adresse ein, an die wir das Paket senden."),
    ("The pump stops when the water is above {n} cm.", "Die Pumpe hält an, wenn das Wasser höher als {n} cm ist."),
    ("Remove the cover and clean the filter with a soft cloth.",
     "Nehmen Sie den Deckel ab und reinigen Sie den Filter mit einem weichen Tuch."),
    ("There are {n} new comments on your article.", "Zu Ihrem Artikel gibt es {n} neue Kommentare."),
    ("Sign in with the account of your organization.", "Melden Sie sich mit dem Konto Ihrer Organisation an."),
    ("This version cannot read files that are larger than {n} MB.",
     "Diese Version kann keine Dateien lesen, die größer als {n} MB sind."),
    ("The patient should take the tablets before the meal.", "Der Patient soll die Tabletten vor dem Essen einnehmen."),
    ("Both parties may end this agreement within {n} days.",
     "Beide Parteien können diesen Vertrag innerhalb von {n} Tagen beenden."),
    ("Ask %s for a new invitation.", "Bitten Sie %s um eine neue Einladung."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """A source and its translation; `mistake` names what is wrong with it, "" where nothing is."""

    source: str
    target: str
    mistake: str = ""


def _other_number(pair: Pair) -> str:
    number = next((word for word in pair.source.split() if word.isdigit()), "")
    return pair.target.replace(number, str(int(number) + 90), 1) if number else pair.target


MISTAKES: dict[str, Callable[[Pair], str]] = {
    "untranslated": lambda pair: "",
    "same-as-source": lambda pair: pair.source,
    "number": _other_number,
    "placeholder": lambda pair: pair.target.replace("%s", "", 1),
    "repeated-word": lambda pair: f"{pair.target.split(' ', 1)[0]} {pair.target}",
    "space": lambda pair: pair.target.replace(" ", "  ", 1),
    "punctuation": lambda pair: pair.target.rstrip(".?"),
    "case": lambda pair: pair.target[:1].lower() + pair.target[1:],
}


def pairs(random: Random, units: int, mistakes: float = MISTAKES_SHARE) -> list[Pair]:
    """So many pairs, a share of them with a mistake."""
    made = (_pair(random) for _ in range(units))
    return [_mistaken(random, pair) if random.random() < mistakes else pair for pair in made]


def _pair(random: Random) -> Pair:
    """With a number of its own; the day of a month among them would not do, so none is above 31 or below 13."""
    source, target = random.choice(PAIRS)
    number = str(random.randint(13, 31))
    return Pair(source.replace("{n}", number), target.replace("{n}", number))


def _mistaken(random: Random, pair: Pair) -> Pair:
    """The pair with a mistake that is possible in it."""
    possible = {name: wrong for name, make in MISTAKES.items() if (wrong := make(pair)) != pair.target}
    name = random.choice(sorted(possible))
    return Pair(pair.source, possible[name], name)
