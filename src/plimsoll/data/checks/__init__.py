"""What check constraints, domains' checks and partitions' bounds demand of values."""

from plimsoll.data.checks.intersection import admits, intersect
from plimsoll.data.checks.partitions import partition_domains
from plimsoll.data.checks.patterns import PatternGenerator
from plimsoll.data.checks.solving import domain_of, solve, solved_domain

__all__ = ["PatternGenerator", "admits", "domain_of", "intersect", "partition_domains", "solve", "solved_domain"]
