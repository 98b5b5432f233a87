"""What travels over a cluster's connections and must not be read in its logs."""


class Sealed:
    """Bytes that print as their number only: Dask writes the arguments of a call that failed into its log."""

    __slots__ = ("contents",)

    def __init__(self, contents: bytes) -> None:
        self.contents = contents

    def __repr__(self) -> str:
        return f"<{len(self.contents)} bytes>"

    def __reduce__(self) -> tuple[object, ...]:
        return Sealed, (self.contents,)
