"""Who may bring people in, change their roles, and let them go."""

from itertools import product

import pytest

from fluentscribe.permissions.membership import no_invitation, no_removal, no_role_change
from fluentscribe.permissions.rules import ADMIN, AUDITOR, MEMBER, ORGANIZATION_ROLES, OWNER


def test_only_owners_make_or_unmake_owners() -> None:
    for role in (ADMIN, MEMBER, AUDITOR):
        assert no_invitation(ADMIN, role) is None
        assert no_role_change(ADMIN, False, OWNER, role, 5) == "only owners make or unmake owners"
        assert no_role_change(ADMIN, False, role, OWNER, 5) == "only owners make or unmake owners"
        assert no_role_change(OWNER, False, OWNER, role, 2) is None
        assert no_role_change(OWNER, False, role, OWNER, 1) is None
    assert no_invitation(ADMIN, OWNER) == "only owners make owners"
    assert no_invitation(OWNER, OWNER) is None
    assert no_removal(ADMIN, OWNER, 5) == "only owners make or unmake owners"
    assert no_removal(ADMIN, ADMIN, 1) is None


@pytest.mark.parametrize("themselves", [True, False])
def test_the_last_owner_stays(themselves: bool) -> None:
    for role in (ADMIN, MEMBER, AUDITOR):
        assert "make somebody else one first" in (no_role_change(OWNER, themselves, OWNER, role, 1) or "")
    assert no_role_change(OWNER, themselves, OWNER, OWNER, 1) is None
    assert "make somebody else one first" in (no_removal(OWNER, OWNER, 1) or "")
    assert no_removal(OWNER, OWNER, 2) is None


def test_nobody_raises_themselves_and_everybody_may_step_down() -> None:
    ranks = (AUDITOR, MEMBER, ADMIN, OWNER)
    for (i, before), (j, after) in product(enumerate(ranks), repeat=2):
        refused = no_role_change(before, True, before, after, 2)
        assert (refused is not None) == (j > i), (before, after, refused)


def test_where_a_role_stays_what_it_is_nothing_is_refused() -> None:
    for own, role in product((ADMIN, OWNER), ORGANIZATION_ROLES):
        assert no_role_change(own, False, role, role, 1) is None
