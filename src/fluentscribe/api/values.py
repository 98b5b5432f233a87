"""Kinds of fields that many bodies share."""

import re
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

# PostgreSQL has no NUL in text. Halves of surrogate pairs are refused by pydantic itself.
Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
Name = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$", max_length=35)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s\x00]{1,64}@[^@\s\x00]{1,189}$", max_length=254)]
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]  # the id of what there are many of
SentNumber = Annotated[Number, Field(strict=True)]  # in a body, where text is no number


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _written(pattern: re.Pattern[str], example: str) -> BeforeValidator:
    """Pydantic takes numbers for moments, also in text, and guesses whether they are seconds."""

    def checked(value: Any) -> Any:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(f"written as in RFC 3339: {example}")
        return value

    return BeforeValidator(checked)


Moment = Annotated[AwareDatetime, _written(_MOMENT, "2026-06-30T18:00:00Z")]
Day = Annotated[date, _written(_DAY, "2026-06-30")]


class Body(BaseModel):
    """What is sent to us: fields that we do not know are errors."""

    model_config = ConfigDict(extra="forbid")


def unsent() -> Any:
    """Default of a field that may be left out but not be null: `model_dump(exclude_unset=True)` leaves it out."""
    return Field(default=None, json_schema_extra=_without_default)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class Person(BaseModel):
    """As others see them; null where the account is gone."""

    id: UUID
    display_name: str
