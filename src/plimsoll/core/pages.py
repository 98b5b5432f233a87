"""The unit in which PostgreSQL reads and writes."""

from typing import Final

PAGE_BYTES: Final = 8_192  # as nearly every server is built
