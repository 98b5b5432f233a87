"""What an edge counts: what became of requests, how long it took, what was saved; and as text for Prometheus."""

from plimsoll.edge.figures.counts import Figures
from plimsoll.edge.figures.traffic import Traffic

__all__ = ["Figures", "Traffic"]
