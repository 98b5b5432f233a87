"""Names as words, and words about things: what steps, variables and constants are called by. Pure."""

import re

# What only holds things and says nothing of them.
_CONTAINERS = frozenset(
    {"item", "data", "result", "row", "record", "list", "content", "object", "value", "entry", "node", "edge"}
    | {"payload", "response", "hit", "collection", "body", "attribute", "page", "doc", "document", "array", "embedded"}
)
_ID = re.compile(
    r"\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,}|"
    r"(?=[\w.~=+-]*\d)(?=[\w.~=+-]*[A-Za-z])[\w.~=+-]{20,}|[0-9A-HJKMNP-TV-Z]{26}",
    re.IGNORECASE,
)


def words_of(name: str) -> list[str]:
    """The words of a name, however it joins them: `projectId`, `project-id`, `user[project_id]`."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return [word for word in re.split(r"[^0-9a-z]+", split.lower()) if word]


def is_id_name(name: str) -> bool:
    """Whether it names an identifier: `id`, `project_id`, `projectId`, `uuid`."""
    return words_of(name)[-1:] in (["id"], ["ids"], ["uuid"], ["guid"], ["pk"])


def is_id(segment: str) -> bool:
    """Whether a segment of a path tells one thing from others of its kind."""
    return _ID.fullmatch(segment) is not None


def singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if re.search(r"(?:ss|x|ch|sh)es$", word):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def noun_of(name: str) -> str:
    """What a name speaks of: `projects` and `project_id` of a "project", `id` alone of nothing."""
    words = words_of(name)
    while words and words[-1] in ("id", "ids", "uuid", "guid", "pk"):
        words.pop()
    return singular(words[-1]) if words else ""


def noun_within(name: str) -> str:
    """As `noun_of`, but of nothing for what only holds things, such as `items`."""
    noun = noun_of(name)
    return "" if noun in _CONTAINERS else noun


def noun_before(segments: list[str]) -> str:
    """What the last word of a path is about, identifiers passed over."""
    return next((noun_of(segment) for segment in reversed(segments) if not is_id(segment) and noun_of(segment)), "")
