"""Which file of a folder a request's path asks for: its spelling alone decides, before any file is looked at."""

from typing import Final

PATH_CHARACTERS_MAX: Final = 2_048
INDEX: Final = "index.html"
_FORBIDDEN: Final = frozenset("\\\0:")  # another system's separators and drives


def name_of(path: str) -> str | None:
    """The relative name for a decoded path that begins with a slash: "/a/b.js" is "a/b.js", "/a/" is "a/index.html".

    None for what no file of ours is called: a part that is empty, begins with a dot ("..", ".git") or ends with one or
    a blank (other systems drop those), a backslash, a colon, a control character. A path is decoded once, so "%252e" is
    a name with a percent sign, and "%2f" (which servers decode) a separator like any other.
    """
    if not path.startswith("/") or len(path) > PATH_CHARACTERS_MAX or not path.isprintable():
        return None
    if not _FORBIDDEN.isdisjoint(path):
        return None
    parts = path[1:].split("/")
    if not parts[-1]:
        parts[-1] = INDEX
    return "/".join(parts) if all(map(_is_name, parts)) else None


def is_name(name: str) -> bool:
    """Whether a relative name is one that a path can ask for: what is not is never delivered, so nobody prepares it."""
    return name_of(f"/{name}") == name


def why_no_name(part: str) -> str:
    """Of a file's or folder's own name: why nobody can ask for it. "" where one can, or it is hidden by a dot."""
    if part.startswith("."):
        return ""
    if any("\ud800" <= one <= "\udfff" for one in part):  # as Python reads bytes that are none
        return "its name is not UTF-8"
    if not part.isprintable():
        return "its name has a character that is not printable"
    if not _FORBIDDEN.isdisjoint(part):
        return "its name has a backslash or a colon"
    return "" if _is_name(part) else "its name ends with a dot or a blank"


def _is_name(part: str) -> bool:
    return bool(part) and part[0] != "." and part[-1] not in ". "
