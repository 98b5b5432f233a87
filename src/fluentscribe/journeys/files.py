"""Files of translations to hand in, made of a seeded Random: pure. Each is unlike every other."""

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from xml.sax.saxutils import escape

from fluentscribe.journeys.sentences import Pair, pairs

UNITS_MEDIAN, UNITS_SIGMA, UNITS_MAX = 40, 1.0, 400  # the median is that of the data sets; their tail is cut
FORMATS = {"xliff-1.2": 45, "xliff-2": 20, "tmx": 10, "csv": 25}  # shares, as in the data sets
XLIFF, TMX, CSV = "application/xliff+xml", "application/x-tmx+xml", "text/csv"
TOO_LARGE_BYTES = 1_200_000  # the API takes 1 MB where no files are handed in


@dataclass(frozen=True, slots=True)
class File:
    """What is sent: name, content, type; `pairs` are what it holds."""

    name: str
    content: bytes
    media_type: str
    pairs: Sequence[Pair] = ()

    @property
    def part(self) -> tuple[str, bytes, str]:
        """As `user.http(files=…)` takes it."""
        return self.name, self.content, self.media_type


def any_file(random: Random) -> File:
    """Of any format, and as large as most files are."""
    units = min(UNITS_MAX, max(3, round(random.lognormvariate(math.log(UNITS_MEDIAN), UNITS_SIGMA))))
    (kind,) = random.choices(list(FORMATS), list(FORMATS.values()))
    return file_of(kind, f"{random.getrandbits(64):016x}", pairs(random, units))


def file_of(kind: str, key: str, held: Sequence[Pair]) -> File:
    """A file of the format; `key` stands in its name and content, so that no two are the same."""
    ending, media_type, write = _WRITERS[kind]
    return File(f"messages-{key}.{ending}", write(key, held).encode(), media_type, held)


def large_file(random: Random, units: int) -> File:
    """An XLIFF of so many units, 210 bytes each. All have the same texts: they are made once and sent many times."""
    key = f"{random.getrandbits(64):016x}"
    return File(f"manual-{key}.xlf", _xliff12(key, large_body(units)).encode(), XLIFF)


def broken_file(random: Random) -> File:
    """An XLIFF that ends early, as when somebody's disk was full."""
    whole = file_of("xliff-1.2", f"{random.getrandbits(64):016x}", pairs(random, 20))
    return File(whole.name, whole.content[: len(whole.content) * 2 // 3], whole.media_type)


@lru_cache(maxsize=4)
def large_body(units: int) -> str:
    """Its units, as text."""
    return _units12(pairs(Random(units), units, mistakes=0.02))


def _xliff12(key: str, units: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">\n'
        f'<file original="{key}.json" source-language="en" target-language="de" datatype="plaintext"><body>\n'
        f"{units}</body></file></xliff>\n"
    )


def _units12(held: Sequence[Pair]) -> str:
    return "".join(
        f'<trans-unit id="m{n}" xml:space="preserve">\n  <source>{escape(pair.source)}</source>\n'
        f'  <target state="translated">{escape(pair.target)}</target>\n</trans-unit>\n'
        for n, pair in enumerate(held, 1)
    )


def _xliff12_of(key: str, held: Sequence[Pair]) -> str:
    return _xliff12(key, _units12(held))


def _xliff2(key: str, held: Sequence[Pair]) -> str:
    units = "".join(
        f'<unit id="m{n}"><segment state="translated"><source>{escape(pair.source)}</source>'
        f"<target>{escape(pair.target)}</target></segment></unit>\n"
        for n, pair in enumerate(held, 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="en" trgLang="de">\n'
        f'<file id="f{key}">\n{units}</file>\n</xliff>\n'
    )


def _tmx(key: str, held: Sequence[Pair]) -> str:
    units = "".join(
        f'<tu tuid="{key}-{n}"><tuv xml:lang="en"><seg>{escape(pair.source)}</seg></tuv>'
        f'<tuv xml:lang="de"><seg>{escape(pair.target)}</seg></tuv></tu>\n'
        for n, pair in enumerate(held, 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4">\n'
        '<header creationtool="plimsoll" creationtoolversion="1" segtype="sentence" o-tmf="none" adminlang="en"'
        f' srclang="en" datatype="plaintext"/>\n<body>\n{units}</body>\n</tmx>\n'
    )


def _csv(key: str, held: Sequence[Pair]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("id", "source", "target"))
    writer.writerows((f"{key}.{n}", pair.source, pair.target) for n, pair in enumerate(held, 1))
    return text.getvalue()


_WRITERS: dict[str, tuple[str, str, Callable[[str, Sequence[Pair]], str]]] = {
    "xliff-1.2": ("xlf", XLIFF, _xliff12_of),
    "xliff-2": ("xlf", XLIFF, _xliff2),
    "tmx": ("tmx", TMX, _tmx),
    "csv": ("csv", CSV, _csv),
}
