"""Vocabulary of the tests of formats: texts become files, files become units or the code of their refusal."""

from pathlib import Path

from fluentscribe.formats.reading import read
from fluentscribe.formats.values import Header, Refused, Unit


def units_of(
    directory: Path, content: str | bytes, name: str = "a.xlf", source: str | None = None, target: str | None = None
) -> tuple[Header, list[Unit]]:
    """The header and all units of a file with this content."""
    path = directory / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    header, units = read(path, name, source, target)
    return header, list(units)


def refusal(
    directory: Path, content: str | bytes, name: str = "a.xlf", source: str | None = None, target: str | None = None
) -> Refused | None:
    """Why the file is refused; None where it is taken."""
    try:
        units_of(directory, content, name, source, target)
    except Refused as refused:
        return refused
    return None


def code_of(
    directory: Path, content: str | bytes, name: str = "a.xlf", source: str | None = None, target: str | None = None
) -> str | None:
    """The code of the refusal; None where the file is taken."""
    refused = refusal(directory, content, name, source, target)
    return None if refused is None else refused.code


def xliff12(units: str, attributes: str = 'target-language="de"') -> str:
    """An XLIFF 1.2 with one file."""
    return (
        '<?xml version="1.0"?>\n<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2" '
        'xmlns:sdl="http://sdl.com/FileTypes/SdlXliff/1.0">'
        f'<file original="a" datatype="plaintext" source-language="en" {attributes}><body>\n{units}\n'
        "</body></file></xliff>"
    )


def xliff2(content: str, root: str = 'srcLang="en" trgLang="de"', version: str = "2.0") -> str:
    """An XLIFF 2 with this content of its root."""
    return (
        f'<?xml version="1.0"?>\n<xliff version="{version}" xmlns="urn:oasis:names:tc:xliff:document:2.0" '
        f'xmlns:my="urn:my" {root}>\n{content}\n</xliff>'
    )


def tmx(units: str, header: str = 'srclang="en"', doctype: str = "") -> str:
    """A TMX 1.4."""
    return f'<?xml version="1.0"?>\n{doctype}<tmx version="1.4"><header {header}/><body>\n{units}\n</body></tmx>'
