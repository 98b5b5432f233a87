"""A command with many options shows them in sections, in the order in which they are written."""

from typing import Any

from typer.core import TyperCommand

ARGUMENTS = "Arguments"
OTHERS = "Options"


class Sectioned(TyperCommand):
    """Options with a `rich_help_panel` stand below its name; those without come last."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        sections: dict[str, list[Any]] = {}
        for param in self.get_params(ctx):
            if (record := param.get_help_record(ctx)) is not None:
                is_argument = param.param_type_name == "argument"
                name = ARGUMENTS if is_argument else getattr(param, "rich_help_panel", None) or OTHERS
                sections.setdefault(name, []).append(record)
        others = sections.pop(OTHERS, [])
        for name, records in [*sections.items(), *([(OTHERS, others)] if others else [])]:
            with formatter.section(name):
                formatter.write_dl(records)
