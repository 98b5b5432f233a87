"""Reading test plans: elements with their lines, and files that are none answered with the line that is wrong."""

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.load.importers.jmx import tree
from plimsoll.load.importers.jmx.plan import import_plan
from plimsoll.load.importers.jmx.tree import Element, read_tree
from tests.load.importers.jmx.plans import document, element, group, http, plan

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def refused(content: bytes) -> UsageError:
    with pytest.raises(UsageError) as caught:
        import_plan(content, "plan.jmx")
    return caught.value


def kinds(found: Element) -> list[tuple[str, int]]:
    return [(each.kind, each.line) for each in found.walk()]


def test_each_element_knows_its_line_and_what_is_in_it() -> None:
    root = read_tree(plan(group(http("a"), http("b"))), "plan.jmx")
    assert kinds(root) == [("TestPlan", 4), ("ThreadGroup", 6), ("HTTPSamplerProxy", 8), ("HTTPSamplerProxy", 11)]
    assert [each.name for each in root.children[0].children[0].children] == ["a", "b"]


def test_properties_are_texts_collections_and_elements() -> None:
    given = {"a": "1", "b": ["x", ["y"]], "c": {"d": "2"}}
    (found,) = read_tree(document(element("Any", "n", properties=given)), "plan.jmx").children
    assert (found.text("a"), found.items("b"), found.part("c").text("d")) == ("1", ["x", ["y"]], "2")
    assert (found.text("z", "none"), found.items("z"), found.part("z").text("d")) == ("none", [], "")


def test_packages_and_namespaces_before_a_kind_are_not_part_of_it() -> None:
    text = document(element("kg.apc.jmeter.threads.UltimateThreadGroup")).replace(
        b"<jmeterTestPlan>", b'<jmeterTestPlan xmlns="http://example.com/x">'
    )
    assert [kind for kind, _ in kinds(read_tree(text, "plan.jmx"))] == ["UltimateThreadGroup"]


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "windows-1252"])
def test_other_encodings_are_read_as_they_say(encoding: str) -> None:
    text = document(element("Any", "Prüfung")).decode().replace("UTF-8", encoding)
    assert read_tree(text.encode(encoding), "plan.jmx").children[0].name == "Prüfung"


def test_an_element_is_on_unless_it_says_otherwise() -> None:
    root = read_tree(document(element("A"), element("B", enabled=False)), "plan.jmx")
    assert [each.enabled for each in root.children] == [True, False]


@pytest.mark.parametrize(
    ("content", "where", "why"),
    [
        (b"", "plan.jmx", "it is empty"),
        (b"\x00\x01\x02", "plan.jmx, line 1", "not well-formed XML"),
        (b"PK\x03\x04zip", "plan.jmx, line 1", "not well-formed XML"),
        (b"<html>\n<p>no</html>", "plan.jmx, line 2", "not well-formed XML"),
        (HEAD.encode() + b"<html/>", "plan.jmx, line 2", "begins with jmeterTestPlan, this with html"),
        (plan(group(http("a")))[:-60], "plan.jmx, line 1", "not well-formed XML"),
        (b"<node><testelement/></node>", "plan.jmx", "JMeter 2.1 and older"),
        (b'<?xml version="1.0" encoding="no-such"?><jmeterTestPlan/>', "plan.jmx", "encoding"),
        (b"<jmeterTestPlan/>", "plan.jmx", "no enabled TestPlan"),
        (plan(), "plan.jmx", "no enabled thread group"),
        (plan(element("SetupThreadGroup")), "plan.jmx", "no enabled thread group but for setUp"),
    ],
)
def test_what_is_no_test_plan_is_refused_with_its_line(content: bytes, where: str, why: str) -> None:
    error = refused(content)
    assert error.where.startswith(where)
    assert why in error.why
    assert error.remedy


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/hostname">',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_document_types_and_entities_are_refused(doctype: str) -> None:
    content = f"{HEAD}{doctype}<jmeterTestPlan><hashTree/></jmeterTestPlan>"
    assert "document type" in refused(content.encode()).why


def test_a_file_is_bounded_in_bytes_elements_and_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "<hashTree><A/>" * 150 + "</hashTree>" * 150
    error = refused(f"{HEAD}<jmeterTestPlan>{deep}</jmeterTestPlan>".encode())
    assert "within each other" in error.why
    monkeypatch.setattr(tree, "ELEMENTS_MAX", 2)
    assert "more than 2 elements" in refused(plan(group(http("a")))).why
    monkeypatch.setattr(tree, "BYTES_MAX", 100)
    assert "100 are the most" in refused(plan(group(http("a")))).why


def test_lines_are_exact_in_long_files_too() -> None:
    content = document("\n" * 70_000, element("Late", "a", element("Later", "b")))
    found = read_tree(content, "plan.jmx")
    assert [content.splitlines()[each.line - 1].split(b" ")[0] for each in found.walk()] == [b"<Late", b"<Later"]
