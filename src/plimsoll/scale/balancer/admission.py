"""How many requests a second are let in at all: a number that is told at run time. 0: all.

Only what was let in is counted, so that of four times as many a quarter is served, and not nobody. HAProxy counts it
over a sliding second. Who is refused costs no worker anything.
"""

from typing import Final

ADMISSION_FILE: Final = "admission.map"
ADMISSION_KEY: Final = "admit"
ADMIT_MOST: Final = 1_000_000
ALL: Final = 0
SHOW_ADMISSION: Final = f"show map {ADMISSION_FILE}"


def whole(per_s: float | None) -> int:
    """As it is told; at least one a second, for 0 is all."""
    return ALL if per_s is None else min(ADMIT_MOST, max(1, round(per_s)))


def admission_text(admit: int) -> str:
    """What the map's file holds, so that HAProxy begins with it."""
    return f"{ADMISSION_KEY} {admit}\n"


def set_admission(admit: int) -> str:
    return f"set map {ADMISSION_FILE} {ADMISSION_KEY} {admit}"


def admission_lines(busy: str) -> tuple[str, ...]:
    """Of the frontend. `busy`: what who is refused gets. Of some 19 µs that a request takes 0.3 are for this while all
    are let in, and 0.8 while not."""
    told = f"str({ADMISSION_KEY}),map_str_int({ADMISSION_FILE},{ALL})"
    return (
        f"http-request set-var(txn.admit) {told} if {{ {told} gt 0 }}",
        "http-request track-sc0 int(1) table admission if { var(txn.admit) -m found }",
        f"http-request return {busy} if {{ sc0_tracked }} {{ sc0_gpc0_rate,sub(txn.admit) ge 0 }}",
        "http-request sc-inc-gpc0(0) if { sc0_tracked }",
    )


def admission_table() -> list[str]:
    return ["backend admission", "stick-table type integer size 1 expire 1h store gpc0,gpc0_rate(1s)"]
