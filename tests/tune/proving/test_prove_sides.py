"""How a copy gets from one side to the other: values only."""

from dataclasses import replace

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.change import Change, Step
from plimsoll.core.tuning.index import ExistingIndex, Index, IndexKey
from plimsoll.tune.proving.sides import NONE, made, undone

INDEX = Index(TableName("public", "t"), (IndexKey.of("a"),))
CREATE = Change("create-index", "public.t", "", "", index=INDEX)
DROP = Change("drop-index", "public.t", "", "", existing=ExistingIndex("i", "public", INDEX, ""))
SETTING = Change(
    "setting", "work_mem", "", "", details={"setting": "work_mem", "proposed": "64MB"},
    steps=(Step("ALTER SYSTEM SET work_mem = '64MB'", "ALTER SYSTEM RESET work_mem"),),
)  # fmt: skip
TARGET = Change(
    "statistics", "public.t", "", "",
    steps=(Step("ALTER TABLE t ALTER a SET STATISTICS 1000", "ALTER TABLE t ALTER a SET STATISTICS -1"),
           Step("ANALYZE t")),
)  # fmt: skip


def test_a_side_has_what_it_was_given_and_lacks_it_again() -> None:
    whole = NONE.having(CREATE).having(DROP).having(SETTING)
    assert whole.indexes == {INDEX}
    assert whole.without == {DROP.existing}
    assert whole.changes == (SETTING,)
    assert whole.lacking(SETTING).lacking(CREATE).lacking(DROP) == NONE


def test_a_setting_is_the_sessions_own_and_never_the_servers() -> None:
    assert made(SETTING) == ["SET \"work_mem\" = '64MB'"]
    assert undone(SETTING) == ['RESET "work_mem"']
    odd = replace(SETTING, details={"setting": "my.own", "proposed": "it's"})
    assert made(odd) == ["SET \"my\".\"own\" = 'it''s'"]


def test_statistics_are_taken_anew_when_their_target_is_reset() -> None:
    assert made(TARGET) == ["ALTER TABLE t ALTER a SET STATISTICS 1000", "ANALYZE t"]
    assert undone(TARGET) == ["ALTER TABLE t ALTER a SET STATISTICS -1", "ANALYZE t"]
