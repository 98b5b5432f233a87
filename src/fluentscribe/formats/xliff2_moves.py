"""What a translation may do with XLIFF 2's codes: which it may leave out, and which must follow one another."""

from collections.abc import Iterator, Sequence

from fluentscribe.formats.markup import Element, line_of, local
from fluentscribe.formats.values import Refused

_Token = tuple[str, Element]  # the code's id with "/" before that of an end, and its element


def check_moves(sources: Sequence[Element], targets: Sequence[Element]) -> None:
    """`targets` is empty where nothing is translated. Raises Refused."""
    before = [token for source in sources for token in _tokens(source)]
    after = [token for target in targets for token in _tokens(target)]
    for _, element in (*before, *after):
        _check_fixed(element)
    chains = _chains(before)
    if targets:
        _check_kept(before, after)
        _check_chains(chains, [name for name, _ in after], line_of(targets[0]))


def _tokens(element: Element) -> Iterator[_Token]:
    """Codes in order; that of a pc stands where it begins and where it ends."""
    for child in element:
        name = local(child)
        if name in ("ph", "sc", "pc"):
            yield child.get("id", ""), child
        elif name == "ec":
            yield f"/{child.get('startRef') or child.get('id')}", child
        yield from _tokens(child)
        if name == "pc":
            yield f"/{child.get('id')}", child


def _check_fixed(element: Element) -> None:
    """What may not be moved may not be copied or left out either."""
    movable = element.get("canReorder", "yes") == "yes"
    if not movable and (element.get("canCopy") != "no" or element.get("canDelete") != "no"):
        reason = "a code with a fixed place needs canCopy='no' and canDelete='no'"
        raise Refused("broken-code", reason, line_of(element))


def _chains(tokens: Sequence[_Token]) -> list[list[str]]:
    """Codes that must follow one another: from one that comes first to the last that must not be moved from it."""
    chains: list[list[str]] = []
    chain: list[str] | None = None
    ends: list[str] = []  # of spans since the chain's last code: of the chain only where it goes on
    for name, element in tokens:
        if name.startswith("/") and local(element) == "pc":
            ends.append(name)
            continue
        place = element.get("canReorder", "yes")
        if place == "no" and chain is None:
            raise Refused("broken-code", "canReorder='no' follows no code with 'firstNo'", line_of(element))
        if place == "firstNo":
            chain = []
            chains.append(chain)
        elif place == "yes":
            chain = None
        if chain is not None:
            chain.extend([*(ends if chain else ()), name])
        ends = []
    return chains


def _check_kept(before: Sequence[_Token], after: Sequence[_Token]) -> None:
    kept = {name for name, _ in after}
    for name, element in before:
        if element.get("canDelete") == "no" and name not in kept:
            reason = f"the code {name.lstrip('/')!r} may not be deleted, but is missing in the target"
            raise Refused("missing-code", reason, line_of(element))


def _check_chains(chains: Sequence[Sequence[str]], after: Sequence[str], line: int | None) -> None:
    for chain in chains:
        first = after.index(chain[0]) if chain[0] in after else None
        if first is None or list(after[first : first + len(chain)]) != list(chain):
            raise Refused("moved-code", f"the codes {', '.join(chain)} may not be parted or reordered", line)
