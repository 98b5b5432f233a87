"""Servers that lack something, and the pooler of the tests of `plimsoll.postgres`."""

from tests.postgres.conftest import pooler, server_directory

__all__ = ["pooler", "server_directory"]
