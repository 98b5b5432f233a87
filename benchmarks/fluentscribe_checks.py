"""Reading a large XLIFF and running all checks on it, beside translate-toolkit, which does the same.

    python benchmarks/fluentscribe_checks.py [--pairs 3] [--units 50000] [--write]

translate-toolkit is under the GPL and no part of this project: it is installed into a throwaway environment, if it
can be.
Both also check the translations of Django, which are well kept: there, flags are what counts.
"""

import gettext
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._tables import Row, finish, options
from benchmarks._throwaway import python_with
from fluentscribe.checks.findings import Finding
from fluentscribe.checks.running import Languages, examine
from fluentscribe.checks.settings import Settings
from fluentscribe.formats.reading import read
from tests.fluentscribe.made_files import write_xliff

UNITS = 50_000
SPEED_MIN = 3.0
SECONDS_MAX = 20.0  # in the worker, with the database
FLAGS_MAX = 40  # per 1,000 units
SAME_KINDS = Settings(off=frozenset({"inconsistent-target", "inconsistent-source", "icu", "length-limit"}))
PEER = Path(__file__).with_name("_toolkit_checks.py")
WELL_KEPT = ("de", "fr", "es", "it", "nl", "pl", "pt_BR", "ru", "sv", "cs", "tr", "ja", "zh_Hans", "ar", "el", "uk")
NO_ISOLATION = ["-I"]  # the throwaway environment must not see our packages

BOUND = ("checked, kinds that both have", "read and checked, kinds that both have")
KINDS = (
    ("read", "parse_s"),
    (BOUND[0], "checks_s"),
    (BOUND[1], "same_s"),
    ("read, and checked with all that each has", "seconds"),
)

HEAD = (
    '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">'
    '<file original="django" source-language="en" target-language="{}" datatype="plaintext"><body>'
)
UNIT = (
    '<trans-unit id="{}" xml:space="preserve"><source>{}</source><target state="translated">{}</target></trans-unit>\n'
)


@dataclass(frozen=True, slots=True)
class Checked:
    """A file read and checked by one of the two; times are the CPU's, so that others on the machine matter less."""

    units: int
    flags: int
    parse_s: float
    checks_s: float  # of the kinds that both have
    more_s: float = 0.0  # for those that only we have

    @property
    def same_s(self) -> float:
        return self.parse_s + self.checks_s

    @property
    def seconds(self) -> float:
        return self.same_s + self.more_s


def by_us(path: Path, language: str) -> Checked:
    """As the worker does: units are checked as they are read, and none is kept."""
    began = time.process_time()
    units = sum(1 for _ in read(path, path.name)[1])
    parsed = time.process_time()
    sum(1 for _ in found(path, language, SAME_KINDS))
    checked = time.process_time()
    flags = sum(1 for _ in found(path, language, Settings()))
    same_s, all_s = checked - parsed, time.process_time() - checked
    return Checked(units, flags, parsed - began, same_s - (parsed - began), all_s - same_s)


def found(path: Path, language: str, settings: Settings) -> Iterator[Finding]:
    return examine(read(path, path.name)[1], Languages("en", language), settings)


def by_them(python: Path, path: Path, language: str) -> Checked:
    argv = [str(python), *NO_ISOLATION, str(PEER), str(path), language]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"translate-toolkit failed:\n{done.stderr[-1500:]}")
    return Checked(**json.loads(done.stdout))


def well_kept(python: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Django's translations as XLIFF, a file a language."""
    asked = [str(python), *NO_ISOLATION, "-c", "import django; print(django.__path__[0])"]
    django = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    for language in WELL_KEPT:
        path = folder / f"django-{language}.xlf"
        catalogs = sorted(django.glob(f"**/locale/{language}/LC_MESSAGES/*.mo"))
        write_units(path, language.replace("_", "-"), (pair for catalog in catalogs for pair in pairs(catalog)))
        yield language.replace("_", "-"), path


def pairs(catalog: Path) -> Iterator[tuple[str, str]]:
    """Texts without plurals; what tells equal ones apart is left out."""
    with catalog.open("rb") as file:
        found: dict[object, str] = vars(gettext.GNUTranslations(file))["_catalog"]
    for source, target in found.items():
        if isinstance(source, str) and source:
            yield source.rpartition("\x04")[2], target


def write_units(path: Path, language: str, texts: Iterable[tuple[str, str]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD.format(language))
        file.writelines(UNIT.format(n, escape(s), escape(t)) for n, (s, t) in enumerate(texts, 1))
        file.write("</body></file></xliff>")


def speed(ours: list[Checked], theirs: list[Checked]) -> list[Row]:
    rows = []
    for what, seconds_of in KINDS:
        mine = median(getattr(one, seconds_of) for one in ours)
        peer = median(getattr(one, seconds_of) for one in theirs) if theirs else None
        beside = (f"{peer:.2f} s", f"{peer / mine:.1f}") if peer else ("", "")
        bound, kept = (
            (f"≥ {SPEED_MIN:g} times as fast", peer >= SPEED_MIN * mine) if peer and what in BOUND else ("", None)
        )
        rows.append(Row(f"{ours[0].units:,} units {what}", f"{mine:.2f} s", *beside, bound, kept))
    whole_s = median(one.seconds for one in ours)
    limit = f"< {SECONDS_MAX:g} s"
    return [
        *rows,
        Row("the same, beside what the worker has", f"{whole_s:.2f} s", "", "", limit, whole_s < SECONDS_MAX),
    ]


def noise(ours: list[Checked], theirs: list[Checked]) -> Row:
    mine, peer = per_1000(ours), per_1000(theirs)
    what = f"flags per 1,000 units of Django's {sum(one.units for one in ours):,}"
    return Row(what, f"{mine:.0f}", f"{peer:.0f}", f"{mine / peer:.2f}", f"< {FLAGS_MAX}", mine < FLAGS_MAX)


def per_1000(checked: list[Checked]) -> float:
    return 1_000 * sum(one.flags for one in checked) / sum(one.units for one in checked)


def main() -> None:
    parser = options("Reading and checking a large XLIFF.", pairs=3)
    parser.add_argument("--units", type=int, default=UNITS, help=f"of the file ({UNITS:,})")
    asked = parser.parse_args()
    ours: list[Checked] = []
    theirs: list[Checked] = []
    with (
        python_with("translate-toolkit", "django") as (python, said),
        tempfile.TemporaryDirectory(prefix="plimsoll-benchmark-") as name,
    ):
        path = Path(name) / "large.xlf"
        mb = write_xliff(path, asked.units) / 1e6
        for _ in range(asked.pairs):
            ours.append(by_us(path, "de"))
            theirs += [by_them(python, path, "de")] if python else []
        rows = speed(ours, theirs)
        if python:
            files = list(well_kept(python, Path(name)))
            checked = [(by_us(path, language), by_them(python, path, language)) for language, path in files]
            rows.append(noise([one for one, _ in checked], [other for _, other in checked]))
    notes = [
        f"an XLIFF of {mb:.1f} MB, every tenth unit with inline tags; median of {asked.pairs}, one after the other",
        "translate-toolkit runs its checks of the kinds that we have; consistency, ICU and limits are no such kinds",
        "times are CPU time, ratios of them how many times as long the peer takes",
        "Django's translations (3-clause BSD) into 16 languages; much of what is flagged in them is a mistake",
    ]
    finish("fluentscribe_checks", rows, notes=notes if python else [*notes[:1], said], more_versions=[said])


if __name__ == "__main__":
    main()
