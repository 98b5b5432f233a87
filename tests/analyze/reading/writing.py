"""Small JTL files of our own, in all the ways in which such files are written."""

from collections.abc import Sequence
from pathlib import Path

from plimsoll.analyze.metrics.measured import Measured, measure
from plimsoll.analyze.reading.layout import NAMES

DEFAULT = (
    "timeStamp", "elapsed", "label", "responseCode", "responseMessage", "threadName", "dataType", "success",
    "failureMessage", "bytes", "sentBytes", "grpThreads", "allThreads", "URL", "Latency", "IdleTime", "Connect",
)  # fmt: skip
T0 = 1_700_000_000_000


def row(at: int = 0, **changed: object) -> dict[str, object]:
    """A sample that succeeded, `at` milliseconds after the first."""
    plain = dict.fromkeys(NAMES, "") | {
        "timeStamp": T0 + at, "elapsed": 40, "label": "look up", "responseCode": 200, "responseMessage": "OK",
        "threadName": "buyers 1-1", "dataType": "text", "success": "true", "bytes": 512, "sentBytes": 100,
        "grpThreads": 1, "allThreads": 1, "URL": "http://shop/item", "Latency": 30, "IdleTime": 0, "Connect": 0,
    }  # fmt: skip
    return plain | changed


def rows(count: int, **changed: object) -> list[dict[str, object]]:
    """One after another on one thread, each taking 40 ms."""
    return [row(50 * at, **changed) for at in range(count)]


def csv_line(one: dict[str, object], columns: Sequence[str] = DEFAULT, delimiter: str = ",") -> str:
    return delimiter.join(_cell(str(one[name]), delimiter) for name in columns)


def csv_text(
    given: Sequence[dict[str, object]],
    columns: Sequence[str] = DEFAULT,
    *,
    delimiter: str = ",",
    end: str = "\n",
    header: bool = True,
) -> str:
    lines = [delimiter.join(columns)] if header else []
    lines += [csv_line(one, columns, delimiter) for one in given]
    return end.join(lines) + end


def xml_sample(at: int = 0, tag: str = "httpSample", inner: str = "", **changed: object) -> str:
    given: dict[str, object] = {
        "t": 40, "lt": 30, "ct": 0, "ts": T0 + at, "s": "true", "lb": "look up", "rc": 200, "rm": "OK",
        "tn": "buyers 1-1", "dt": "text", "by": 512, "sby": 100, "ng": 1, "na": 1,
    }  # fmt: skip
    attributes = " ".join(f'{name}="{value}"' for name, value in (given | changed).items() if value is not None)
    return f"<{tag} {attributes}>{inner}</{tag}>\n" if inner else f"<{tag} {attributes}/>\n"


def xml_text(*samples: str, closed: bool = True) -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<testResults version="1.2">\n'
    return head + "".join(samples) + ("</testResults>\n" if closed else "")


def measured(directory: Path, content: str | bytes, name: str = "given") -> Measured:
    path = directory / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return measure(path)


def _cell(text: str, delimiter: str) -> str:
    """Quoted as JMeter does: where a delimiter, a quote or a line break stands in it."""
    quoted = any(mark in text for mark in (delimiter, '"', "\n", "\r"))
    return '"' + text.replace('"', '""') + '"' if quoted else text
