"""A run analyzed: what holds it down is found in what was watched beside it, on a real server."""

import json

from tests.system.harness import OK, Project

ORDERS = (
    "CREATE TABLE orders (id int PRIMARY KEY, customer int, note text)",
    "INSERT INTO orders SELECT g, g % 4000, repeat('x', 80) FROM generate_series(1, 40000) g",
    "ANALYZE orders",
)
LOOKING_UP = """
from plimsoll import feed, journey

customer = feed.generate(lambda random: random.randrange(4000))

@journey
async def look(user):
    await user.sql("look up", "SELECT * FROM orders WHERE customer = $1", user.draw(customer))
"""


def test_an_index_that_is_missing_is_found_with_the_sql_that_makes_it(project: Project) -> None:
    project.sql(*ORDERS)
    outcome = project.run(LOOKING_UP, "--users", 2, "--duration", "1500ms")
    outcome.assert_ended(OK)
    analysis = json.loads(project.here("analyze", outcome.run.name, "--json").stdout)
    found = {one["id"]: one for one in analysis["findings"]}  # others of this machine's cores may weigh more
    finding = found["missing-index:public.orders"]
    assert finding["confidence"] == "likely"
    assert finding["share"]["value"] > 0.1, "however busy this machine is"
    assert finding["details"]["columns"] == [["customer"]]
    assert analysis["verdict"] == "unknown", "of a second and a half: what was found stands below it"
    assert "too little to tell; what was seen: " in analysis["because"]
    first = next(one for one in analysis["recommendations"] if one["finding"] == finding["id"])
    assert first["how"][0]["text"] == "CREATE INDEX CONCURRENTLY ON public.orders (customer);"
    said = project.here("analyze", outcome.run.name, "--html", "page.html").stdout
    assert said.startswith("Unknown: ")
    for shown in (said, (project.path / "page.html").read_text(), (outcome.run / "report.html").read_text()):
        assert "CREATE INDEX CONCURRENTLY ON public.orders (customer);" in shown
    kept = (outcome.run / "analysis.json").read_text()
    part = json.loads(project.here("analyze", outcome.run.name, "--from", "500ms", "--json").stdout)
    assert part["stretch"]["start_s"] == 0.5
    assert (outcome.run / "analysis.json").read_text() == kept, "a look at a part leaves the record alone"
