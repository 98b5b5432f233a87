"""What workers print."""

from plimsoll.load.processes.output import FORGOTTEN_MAX, LEFT_OUT, OUTPUT_BYTES_MAX, Output, note_forgotten


def test_lines_are_told_when_they_are_whole_each_with_its_process() -> None:
    output = Output("process 1: ")
    assert output.take(b"one\ntw") == ["process 1: one"]
    assert output.take(b"o\nlast") == ["process 1: two"]
    assert output.rest() == ["process 1: last"]
    assert output.last_line == "last"


def test_what_is_printed_holds_no_secret_and_steers_no_terminal() -> None:
    assert Output().take(b"password=hunter2 \x1b[31mred\n") == ["password=**** ?[31mred"]


def test_too_much_is_left_out_and_told_once() -> None:
    output = Output()
    lines = output.take(b"x" * 9 + b"\n") + output.take(b"y\n" * OUTPUT_BYTES_MAX)
    assert lines[-1] == LEFT_OUT
    assert sum(len(line) + 1 for line in lines[:-1]) <= OUTPUT_BYTES_MAX
    assert output.take(b"more\n") == []


def test_a_forgotten_await_is_warned_of_once_a_line_and_a_few_times_at_most() -> None:
    warnings: list[str] = []
    for line in (1, 1, *range(2, 20)):
        note_forgotten(f"s.py:{line}: RuntimeWarning: coroutine 'http' was never awaited", warnings)
    note_forgotten("hello", warnings)
    assert len(warnings) == FORGOTTEN_MAX
    assert "s.py:2:" in warnings[1]
