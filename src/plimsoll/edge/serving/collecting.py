"""Bodies as they pass, collected to be stored: each within a size, and all of them together within a budget."""

from plimsoll.edge.http.message import Fields, first


class Budget:
    """`left` bytes that fills may still collect."""

    def __init__(self, most: int) -> None:
        self.left = most


class Collected:
    """The pieces of one body. `going`: it may still be stored."""

    def __init__(self, budget: Budget, most: int, fields: Fields) -> None:
        """`most` bytes; what says in its head that it is longer is not begun."""
        self._budget = budget
        self._most = most
        self._pieces: list[bytes] = []
        self._size = 0
        told = first(fields, b"content-length") or b"0"
        self.going = told.isdigit() and len(told) < 20 and int(told) <= most

    def add(self, piece: bytes) -> None:
        if not self.going:
            return
        self._size += len(piece)
        self._budget.left -= len(piece)
        self._pieces.append(piece)
        if self._size > self._most or self._budget.left < 0:
            self.give_up()

    def give_up(self) -> None:
        """Nothing will be stored, and nothing is kept. Twice is as good as once."""
        self.going = False
        self._budget.left += self._size
        self._size = 0
        self._pieces.clear()

    def whole(self) -> bytes | None:
        """The body, if it was collected to its end. It counts until `give_up`: who asked may still be reading it."""
        return b"".join(self._pieces) if self.going else None
