"""Files of translations made to measure: as large as asked for, the same each time."""

from pathlib import Path

_WORDS = (
    "account", "archive", "button", "calendar", "change", "comment", "customer", "delete", "document", "download",
    "email", "error", "export", "folder", "group", "image", "invoice", "language", "message", "number", "order",
    "password", "payment", "picture", "project", "report", "search", "section", "settings", "user",
)  # fmt: skip
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">\n'
    '<file original="messages.json" source-language="en" target-language="de" datatype="plaintext">\n<body>\n'
)
_UNIT = (
    '<trans-unit id="message.{n}" xml:space="preserve">\n'
    "  <source>{source}</source>\n"
    '  <target state="translated">{target}</target>\n'
    "</trans-unit>\n"
)
_TAIL = "</body>\n</file>\n</xliff>\n"


def write_xliff(path: Path, units: int) -> int:
    """Writes an XLIFF 1.2 of so many units, every tenth with inline tags, and returns its bytes: 14 MB for 50,000."""
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEAD)
        file.writelines(xliff_unit(n) for n in range(1, units + 1))
        file.write(_TAIL)
    return path.stat().st_size


def xliff_unit(n: int) -> str:
    """The `n`-th unit: 7 to 13 words, a number, and a pair of tags around a placeholder in every tenth."""
    words = [_WORDS[(n * 7 + k * k) % len(_WORDS)] for k in range(7 + n % 7)]
    inline = '<g id="1">{0} <ph id="2">%s</ph></g>' if n % 10 == 0 else "{0}"
    source = inline.format(f"The {' '.join(words)} number {n} is ready.")
    target = inline.format(f"Der {' '.join(reversed(words))} Nummer {n} ist schön bereit.")
    return _UNIT.format(n=n, source=source, target=target)


def xliff(units: int) -> bytes:
    return (_HEAD + "".join(xliff_unit(n) for n in range(1, units + 1)) + _TAIL).encode()
