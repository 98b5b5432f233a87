"""Whether processes end that are none of ours."""

import os
import select

PATIENCE_S = 60.0  # a bound, not a wait


def ends(pid: int) -> bool:
    """Within the patience; a process that nobody has waited for yet has ended, too."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], PATIENCE_S)[0])
    finally:
        os.close(watched)
