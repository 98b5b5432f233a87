"""Names of a database as SQL writes them."""

import re
from typing import Final, NamedTuple

NAME_BYTES_MAX: Final = 63  # the server cuts what is longer
_BARE: Final = re.compile(r'[^".=\s]+')


def quote_identifier(name: str) -> str:
    """The name in double quotes, which SQL takes literally: case, blanks and reserved words are kept."""
    return '"' + name.replace('"', '""') + '"'


def unquoted(name: str) -> str:
    """The bare name of one as SQL writes it."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


class TableName(NamedTuple):
    """A table within its schema."""

    schema: str
    name: str

    @property
    def quoted(self) -> str:
        """For SQL."""
        return f"{quote_identifier(self.schema)}.{quote_identifier(self.name)}"

    @property
    def written(self) -> str:
        """As people write it where a table is asked for: with its schema, in double quotes what needs them."""
        return ".".join(part if _BARE.fullmatch(part) else quote_identifier(part) for part in self)

    def __str__(self) -> str:
        """For people: without the schema where it is the usual one."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"
