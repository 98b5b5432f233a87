"""Nothing of a plan is dropped silently: every element is in the account, once, whatever it is."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.load.importers.jmx.account import UNSPOKEN, Account
from plimsoll.load.importers.jmx.plan import import_plan
from plimsoll.load.importers.jmx.tree import Element
from tests.load.importers.jmx.plans import element, group, http, imported, jdbc, outcome, plan

# Every kind that the code knows, some that nobody knows, in places where they make sense and where they do not.
KINDS = [
    "HTTPSamplerProxy", "HTTPSampler2", "JDBCSampler", "JSR223Sampler", "DebugSampler", "TestAction", "AjpSampler",
    "GenericController", "LoopController", "IfController", "WhileController", "OnceOnlyController", "RandomController",
    "InterleaveControl", "RandomOrderController", "ThroughputController", "SwitchController", "ForeachController",
    "ModuleController", "IncludeController", "RunTime", "CriticalSectionController", "TransactionController",
    "TestFragmentController", "PluginController", "HeaderManager", "CookieManager", "AuthManager", "CacheManager",
    "ConfigTestElement", "CSVDataSet", "Arguments", "CounterConfig", "RandomVariableConfig", "UserParameters",
    "JDBCDataSource", "ConstantTimer", "GaussianRandomTimer", "SyncTimer", "ConstantThroughputTimer",
    "ResponseAssertion", "DurationAssertion", "XPathAssertion", "JSONPathAssertion", "SizeAssertion", "RegexExtractor",
    "JSONPostProcessor", "BoundaryExtractor", "HtmlExtractor", "JDBCPreProcessor", "JDBCPostProcessor",
    "ResultCollector", "BackendListener", "ProxyControl", "com.example.Unheard", "ThreadGroup", "SetupThreadGroup",
    "PostThreadGroup",
]  # fmt: skip
NAMES = [
    "HTTPSampler.path", "HTTPSampler.method", "HTTPSampler.domain", "HTTPSampler.response_timeout", "query",
    "queryType",
    "queryArguments", "queryArgumentsTypes", "variableNames", "filename", "LoopController.loops", "RunTime.seconds",
    "IfController.condition", "WhileController.condition", "SwitchController.value", "ForeachController.inputVal",
    "ForeachController.returnVal", "ThroughputController.style", "ThroughputController.percentThroughput",
    "ConstantTimer.delay", "RandomTimer.range", "throughput", "RegexExtractor.refname", "RegexExtractor.regex",
    "RegexExtractor.match_number", "RegexExtractor.template", "JSONPostProcessor.referenceNames",
    "JSONPostProcessor.jsonPathExprs", "JSON_PATH", "EXPECTED_VALUE", "Assertion.test_type", "Assertion.test_field",
    "DurationAssertion.duration", "SizeAssertion.size", "CounterConfig.name", "CounterConfig.start",
    "CounterConfig.end",
    "CounterConfig.format", "variableName", "minimumValue", "maximumValue", "ActionProcessor.action",
    "ActionProcessor.duration", "ThreadGroup.num_threads", "ThreadGroup.duration",
]  # fmt: skip
TEXTS = [
    "", "0", "1", "-1", "1e400", "nan", "true", "a b", "${a}", "${b}${b}", "${c}", "${id_1}", "${", "}", "\\", '"', "'",
    "é\n", "${__Random(1,9)}", "${__P(x,7)}", "${__groovy(x)}", "${__intSum(${b},1)}",
    "SELECT '${a}', ? FROM t; DELETE FROM t",
    "Prepared Select Statement", "AutoCommit(false)", "Commit", "INTEGER", "id", "(", "(.)", "$1$", "$.a[*]",
    "https://h.example/${a}",
]  # fmt: skip
PROPERTIES = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(TEXTS), max_size=5)
Tree = tuple[str, tuple["Tree", ...], bool, dict[str, str]]
VARIABLES = {"a": "1", "b": "${c}x", "c": "${b}y"}


def tree(inner: st.SearchStrategy[tuple[Tree, ...]]) -> st.SearchStrategy[Tree]:
    return st.tuples(st.sampled_from(KINDS), inner, st.booleans(), PROPERTIES)


TREES = st.recursive(tree(st.just(())), lambda inner: tree(st.lists(inner, max_size=4).map(tuple)), max_leaves=12)


def written(tree: Tree) -> str:
    kind, children, enabled, given = tree
    on = enabled or kind == "ThreadGroup"
    return element(kind, f"a {kind}", *map(written, children), enabled=on, properties=given)


@settings(max_examples=60, deadline=None)
@given(st.lists(TREES, max_size=5))
def test_every_element_of_any_plan_has_one_entry_at_its_line(trees: list[Tree]) -> None:
    content = plan(group(*map(written, trees)), *map(written, trees), variables=VARIABLES)
    made = import_plan(content, "plan.jmx")
    heads = re.findall(r"^<([\w.]+) testname", content.decode(), re.MULTILINE)
    lines = [n for n, line in enumerate(content.decode().splitlines(), 1) if " testname=" in line]
    assert [each.line for each in made.outcomes] == lines
    assert [each.kind for each in made.outcomes] == [head.rpartition(".")[2] for head in heads]
    assert all(each.why for each in made.outcomes if each.fate != "taken")
    assert not [each for each in made.outcomes if each.kind in ("Unheard", "AjpSampler") and each.fate == "taken"]


def test_an_element_that_no_code_speaks_for_is_listed() -> None:
    known, forgotten = Element("HTTPSamplerProxy", "a", 1), Element("Forgotten", "b", 2)
    account = Account(Element("root", children=[known, forgotten]))
    account.take(known)
    assert [(each.kind, each.fate, each.why) for each in account.outcomes()] == [
        ("HTTPSamplerProxy", "taken", ""),
        ("Forgotten", "left out", UNSPOKEN),
    ]


def test_a_property_that_no_code_asks_for_is_listed_unless_it_is_empty_or_off() -> None:
    made = imported(group(http("a", proxyHost="proxy.example", ipSource="", monitor="true", emptyThing="false")))
    assert outcome(made, "HTTPSamplerProxy").why == "without HTTPSampler.proxyHost"


def test_disabled_elements_and_all_in_them_are_listed_as_disabled() -> None:
    made = imported(group(http("a"), element("LoopController", "off", jdbc("b", "SELECT 1"), enabled=False)))
    assert [(each.kind, each.fate) for each in made.outcomes if each.fate == "disabled"] == [
        ("LoopController", "disabled"),
        ("JDBCSampler", "disabled"),
    ]
    assert "SELECT 1" not in made.source


def test_what_belongs_to_a_sampler_that_is_left_out_goes_with_it() -> None:
    made = imported(group(http("a"), element("JSR223Sampler", "script", element("ResponseAssertion", "is fine"))))
    assert outcome(made, "JSR223Sampler").why == "scripts are not translated"
    assert "belongs to a JSR223Sampler that is left out" in outcome(made, "ResponseAssertion").why
    assert '# JSR223Sampler "script" was here' in made.source


def test_the_list_stands_in_the_scenario_too() -> None:
    made = imported(group(http("a"), element("com.example.Unheard", "what")))
    assert "left out: Unheard (line 11): not understood" in made.source
