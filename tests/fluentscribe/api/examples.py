"""What each route that takes a body is sent in the table of rights; `{name}` in a text is a fresh thing's key.

A route without an entry here fails: it would be refused for its body, and nobody would know who may use it.
"""

from typing import Any

BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/projects"): {"name": "Manual", "source_language": "en", "target_language": "fr"},
    ("PATCH", "/projects/{project_id}"): {"priority": "high"},
}
# Routes that ask for more than a role: those who have it may still be refused, as the words say.
PERSONAL: dict[tuple[str, str], str] = {}
# Needed beyond path and body.
QUERIES: dict[tuple[str, str], str] = {}
