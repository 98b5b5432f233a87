"""Load lines made up for the faces."""

from plimsoll.core.finding import Finding
from plimsoll.core.load_line import REACHED, Broken, Diagnosis, LoadLine, Probe, UslFit
from tests.analyze.load_line.making import failed, held, missed, overloaded, untold

FINDING = Finding(
    kind="missing-index", layer="database", subject="public.orders", title="no index serves orders.customer_id",
    explanation="Every look-up reads the whole table.", confidence="likely", confirm_by="create it and run again",
)  # fmt: skip
FOUND = LoadLine(
    series_id="find-20260214-101500-abcd", scenario="scenarios/shop.py", environment="dev", seed=1,
    started_at="2026-02-14T10:15:00+00:00", seconds=93.4, goals=["p95<200ms", "step:pay: p99<1s"],
    left_out=["rate>100/s"], verdict="found", limit="goal",
    because="The load line is 400/s: it held there, and no longer at 408/s", rate_per_s=400, failed_per_s=408,
    broke=[
        Broken("total", "p95<200ms", 231.0, "ms", 408, 400),
        Broken("total", REACHED, 53.0, "%", 800, 400),
        Broken("step:pay", "p99<1s", None, "ms", 800, 400),
    ],
    steps=[
        held(200), overloaded(800, 424, p95_ms=2_400.0, goals=[missed("p95<200ms", 2_400)]),
        held(400, run_id="20260214-101700-000002", p95_ms=150.0), failed(408, p95_ms=231.0), untold(600),
    ],
    probe=Probe(8, 120.0, 9.1, 0.07), usl=UslFit(50, 0.02, 0.0005, 431, 425, 440, 44.0, 0.97),
    diagnosis=Diagnosis("20260214-101800-000003", 408, "bottleneck", "a missing index holds it down", (FINDING,)),
    notes=["after 800/s latency had not come back when the next step began"],
)  # fmt: skip
