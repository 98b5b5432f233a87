"""The rules of the protocol, each taken away: what the checker then has to find."""

from collections.abc import Mapping
from typing import Final

from tests.prove.caching import shared_mutations, single_mutations
from tests.prove.caching.mutation import ALL, Mutation

PARTS: Final = (single_mutations, shared_mutations)  # each adds its own
MUTATIONS: Final[Mapping[str, Mutation]] = ALL
