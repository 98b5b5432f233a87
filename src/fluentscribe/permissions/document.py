"""The table of rights as the guide shows it: `python -m fluentscribe.permissions.document GUIDE` writes it there."""

import sys
from pathlib import Path

from fluentscribe.permissions.rules import ORGANIZATION_ROLES, PROJECT_ROLES, RULES, Rule

BEGIN, END = "<!-- rights: begin -->\n", "<!-- rights: end -->\n"
_YES, _NO = "✓", ""


def rights_table() -> str:
    """A row for each action, a column for each role."""
    roles = [*ORGANIZATION_ROLES, *PROJECT_ROLES]
    heading = [f"| | {' | '.join(roles)} |", f"|---|{':-:|' * len(roles)}"]
    return "\n".join([*heading, *(_row(str(action), rule) for action, rule in RULES.items())]) + "\n"


def with_table(text: str) -> str:
    """The document with what stands between the marks replaced. Raises ValueError where it has none."""
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"no {BEGIN.strip()} with {END.strip()} after it")
    return f"{before}{BEGIN}{rights_table()}{END}{after}"


def _row(name: str, rule: Rule) -> str:
    allowed = [role in rule.organization for role in ORGANIZATION_ROLES] + [
        role in rule.project for role in PROJECT_ROLES
    ]
    return f"| {name} | {' | '.join(_YES if one else _NO for one in allowed)} |"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        document = Path(name)
        document.write_text(with_table(document.read_text(encoding="utf-8")), encoding="utf-8")
