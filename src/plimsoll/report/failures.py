"""Errors by class, with what PostgreSQL calls them and the first message of each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.core.summary import Summary
from plimsoll.report.words import TEXT_CHARACTERS_MAX, plain

# Those that load brings about. Source: "PostgreSQL Error Codes", appendix A of PostgreSQL's documentation.
CONDITIONS: Final = {
    "08003": "connection_does_not_exist", "08006": "connection_failure", "0A000": "feature_not_supported",
    "21000": "cardinality_violation", "22001": "string_data_right_truncation", "22003": "numeric_value_out_of_range",
    "22012": "division_by_zero", "22P02": "invalid_text_representation", "23502": "not_null_violation",
    "23503": "foreign_key_violation", "23505": "unique_violation", "23514": "check_violation",
    "23P01": "exclusion_violation", "25006": "read_only_sql_transaction", "25P02": "in_failed_sql_transaction",
    "25P03": "idle_in_transaction_session_timeout", "26000": "invalid_sql_statement_name",
    "28P01": "invalid_password", "3D000": "invalid_catalog_name", "40001": "serialization_failure",
    "40P01": "deadlock_detected", "42501": "insufficient_privilege", "42601": "syntax_error",
    "42703": "undefined_column", "42804": "datatype_mismatch", "42883": "undefined_function",
    "42P01": "undefined_table", "42P05": "duplicate_prepared_statement", "53100": "disk_full",
    "53200": "out_of_memory", "53300": "too_many_connections", "54001": "statement_too_complex",
    "55000": "object_not_in_prerequisite_state", "55P03": "lock_not_available", "57014": "query_canceled",
    "57P01": "admin_shutdown", "57P02": "crash_shutdown", "57P03": "cannot_connect_now", "P0001": "raise_exception",
    "XX000": "internal_error",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failure:
    """An error class: how often, in which steps, and what the first error of it said ("" where nobody noted it)."""

    name: str
    count: int
    steps: str
    message: str = ""

    @property
    def label(self) -> str:
        """ "40001 serialization_failure"."""
        condition = CONDITIONS.get(self.name)
        return f"{self.name} {condition}" if condition else self.name


def failures(summary: Summary) -> list[Failure]:
    """The classes of a run, most frequent first."""
    counts: Counter[str] = Counter()
    steps: dict[str, list[str]] = {}
    for step in summary.steps:
        for name, count in step.error_classes.items():
            counts[name] += count
            steps.setdefault(name, []).append(step.name)
    messages = _messages(summary, counts)
    return [Failure(name, count, _listed(steps[name]), messages.get(name, "")) for name, count in counts.most_common()]


def _messages(summary: Summary, names: Counter[str]) -> dict[str, str]:
    """A run notes the first message of a class among its warnings, as "CLASS: message"."""
    found: dict[str, str] = {}
    for warning in summary.warnings:
        for name in names:
            if name and warning.startswith(f"{name}: "):
                found.setdefault(name, plain(warning[len(name) + 2 :], TEXT_CHARACTERS_MAX))
    return found


def other_warnings(summary: Summary) -> list[str]:
    """The warnings that are not messages of the errors in the table."""
    told = {f"{failure.name}: {failure.message}" for failure in failures(summary) if failure.message}
    return [warning for warning in summary.warnings if plain(warning, TEXT_CHARACTERS_MAX) not in told]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(plain(name, 60) for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
