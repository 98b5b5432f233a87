"""What can be told from a column's plan alone: what it lists, and what it leans on. Pure."""

from plimsoll.data.plan.values import ColumnPlan, Scalar


def texts(values: tuple[Scalar, ...]) -> tuple[str, ...]:
    """As PostgreSQL writes them."""
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in values)


def shares_of(plan: ColumnPlan) -> tuple[float, ...]:
    """How often each of the values that it lists is drawn; they sum to 1."""
    weights = plan.weights or tuple(1.0 / (rank + 1) ** (plan.zipf or 0.0) for rank in range(len(plan.values)))
    return tuple(weight / sum(weights) for weight in weights)


def literals(plan: ColumnPlan) -> tuple[str, ...]:
    """All texts that a column's plan lists for it, in whichever case, but for those of no weight."""
    weights = plan.weights or (1.0,) * len(plan.values)
    own = texts(tuple(value for value, weight in zip(plan.values, weights, strict=True) if weight))
    inner = (*plan.first, *(case.then for case in plan.cases), *((plan.otherwise,) if plan.otherwise else ()))
    return (*own, *(text for one in inner for text in literals(one)))


def leans_on(plan: ColumnPlan) -> set[str]:
    """The foreign keys' columns through which a column's values are reached, but for those of formulas."""
    paths = [plan.copy, plan.after, plan.before, *(path for case in plan.cases for path in case.when)]
    if plan.among is not None:
        paths += [plan.among.by, plan.among.other_than]
    inner = [*plan.first, *(case.then for case in plan.cases), *([plan.otherwise] if plan.otherwise else [])]
    found = {path.partition(".")[0] for path in paths if path is not None and "." in path}
    return found.union(*(leans_on(one) for one in inner))
