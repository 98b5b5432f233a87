"""Values and pure maths that everybody shares: no I/O, no clock, no event loop."""
