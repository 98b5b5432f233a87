"""A tuning in a pull request."""

from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from plimsoll.report.tuning.markdown import tuning_markdown
from tests.report.tuning import made


@pytest.mark.parametrize("name", made.NAMES)
def test_every_tuning_begins_with_its_verdict_and_stays_short_enough_for_a_pull_request(name: str) -> None:
    text = tuning_markdown(made.MAKERS[name]())
    assert text.startswith("## ")
    assert text.count("<details>") == text.count("</details>")
    assert "\x1b" not in text
    assert len(text) < 1_000_000


def test_it_has_changes_with_their_sql_statements_before_and_after_and_what_was_rejected() -> None:
    text = tuning_markdown(made.proved())
    told = (
        "## 3 changes save 89 % (84 % to 95 %)", '| 1 | Create index on orders ("customer_id", ', "| proved |",
        "### 1. Create index on orders", '```sql\nCREATE INDEX CONCURRENTLY "idx_orders_customer_id_created_at_05010d"',
        "To undo it", "Instead of:", "WHERE id > $1 -- the last id", "| 4,931 | 38.4 ms | 291 µs | better |",
        "Looked at and not advised: 2", "52 % slower", f"plimsoll tune apply {made.ID}  # does it",
    )  # fmt: skip
    assert [said for said in told if said not in text] == []


def test_text_is_escaped_only_where_it_would_be_markup() -> None:
    said = "12.0 ms (9 % to 14 %) - idx_a_b: jsonb @> $1 & x < 3; _not_ 'a*b' 1. $2"
    notes = (said, "1. first", "- a list", "# a heading", "> a quote", "&amp; [a](b)")
    text = tuning_markdown(replace(made.nothing(), notes=notes))
    assert "- 12.0 ms (9 % to 14 %) - idx_a_b: jsonb @> \\$1 & x \\< 3; \\_not\\_ 'a\\*b' 1. \\$2" in text
    shown = [child.content for token in MarkdownIt().parse(text) for child in token.children or ()]
    assert [note for note in notes if note not in "".join(shown)] == []


def test_hostile_text_is_neither_markup_nor_a_heading_nor_calls_for_anybody() -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(tuning_markdown(made.hostile()))
    inline = [child for token in tokens for child in token.children or ()]
    markup = {token.content.strip() for token in [*tokens, *inline] if token.type.startswith("html_")}
    assert {one for one in markup if not one.startswith("<details><summary>")} == {"</details>", "<!-- -->"}
    assert {token.tag for token in tokens if token.type == "heading_open"} == {"h2", "h3"}
    assert {child.type for child in inline} <= {"text", "code_inline", "html_inline", "text_special", "softbreak"}
    assert "@everyone" not in "|".join(child.content for child in inline if child.type == "text")


def test_code_is_fenced_by_more_than_it_has_itself() -> None:
    text = tuning_markdown(made.hostile())
    assert "````sql\n```\n" in text
