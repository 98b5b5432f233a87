"""The small functions a scenario gets where the plan needs them. Variables of a plan are texts, and so are these."""

from typing import Final

HELPERS: Final = {
    "nth": '''def nth(values, number, otherwise=""):
    """The value of that number, counted from 1."""
    return values[number - 1] if 0 < number <= len(values) else otherwise''',
    "any_of": '''def any_of(values, otherwise=""):
    """One of the values, by chance."""
    return random.choice(values) if values else otherwise''',
    "found": '''def found(pattern, text, group=1, otherwise=""):
    """What the pattern's group holds where it matches first."""
    match = re.search(pattern, text)
    return match[group] if match else otherwise''',
    "found_all": '''def found_all(pattern, text, group=1):
    """What the pattern's group holds wherever it matches."""
    return [match[group] for match in re.finditer(pattern, text)]''',
    "picked": '''def picked(reply, *path, otherwise=""):
    """The text of what stands at a path in the reply's JSON, each part a key or an index."""
    try:
        value = json.loads(reply.text)
        for part in path:
            value = value[part]
    except (ValueError, LookupError, TypeError):
        return otherwise
    return value if isinstance(value, str) else json.dumps(value)''',
    "picked_all": '''def picked_all(reply, *path):
    """The texts of all that stands at a path in the reply's JSON: "*" is every item, ".." every depth."""
    try:
        values = [json.loads(reply.text)]
    except ValueError:
        return []
    for part in path:
        values = [found for value in values for found in _inside(value, part)]
    return [value if isinstance(value, str) else json.dumps(value) for value in values]


def _inside(value, part):
    items = value if isinstance(value, list) else value.values() if isinstance(value, dict) else []
    if part == "*":
        return list(items)
    if part == "..":
        return [value] + [found for item in items for found in _inside(item, "..")]
    if isinstance(value, dict):
        return [value[part]] if part in value else []
    fits = isinstance(value, list) and isinstance(part, int) and -len(value) <= part < len(value)
    return [value[part]] if fits else []''',
    "as_text": '''def as_text(rows):
    """Rows as a text: the columns' names, then a line for each row, parted by tabs."""
    head = ["\\t".join(rows[0].keys())] if rows else []
    return "\\n".join(head + ["\\t".join(map(str, row.values())) for row in rows])''',
    "headers_text": '''def headers_text(reply):
    """The reply's headers as a text, one a line."""
    return "\\n".join(f"{name}: {value}" for name, value in reply.headers.items())''',
    "local_path": '''def local_path(link):
    """A link as a path of the target, whatever host it names."""
    path = re.sub(r"^[a-z]+://[^/?#]*", "", link)
    return path if path.startswith("/") else f"/{path}"''',
}
IMPORTS: Final = {
    "any_of": ("import random",),
    "found": ("import re",),
    "found_all": ("import re",),
    "picked": ("import json",),
    "picked_all": ("import json",),
    "local_path": ("import re",),
}
