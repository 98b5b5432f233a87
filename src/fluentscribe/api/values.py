"""Kinds of fields that many bodies share."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


def _storable(text: str) -> str:
    """PostgreSQL has no NUL in text, and UTF-8 no half of a surrogate pair."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("has a character that is none (NUL or half of a pair)")
    return text


Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$", max_length=35)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s\x00]{1,64}@[^@\s\x00]{1,189}$", max_length=254)]
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]  # the id of what there are many of


class Body(BaseModel):
    """What is sent to us: fields that we do not know are errors."""

    model_config = ConfigDict(extra="forbid")


class Person(BaseModel):
    """As others see them; null where the account is gone."""

    id: UUID
    display_name: str
