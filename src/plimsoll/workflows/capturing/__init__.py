"""The parts of `plimsoll capture` that ask the server."""
