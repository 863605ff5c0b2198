"""SBML from strangers: nothing is executed, nothing runs away, every refusal has a code."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from epsom.base.errors import EpsomError
from epsom.engine.members import Members
from epsom.engine.reference import ReferenceEngine
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.solution import Status
from epsom.model.sbml import read_model, read_sbml

MATHML = 'xmlns="http://www.w3.org/1998/Math/MathML"'
CORE = 'xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"'
# More than any of these inputs may need beyond what the libraries hold already.
MEMORY = 700_000_000


def sbml(inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><sbml {CORE}><model id="m">{inside}</model></sbml>'


def ruled(maths: str, *, more: str = "") -> str:
    return sbml(
        f'{more}<listOfParameters><parameter id="x" constant="false"/></listOfParameters>'
        f'<listOfRules><assignmentRule variable="x"><math {MATHML}>{maths}</math></assignmentRule>'
        "</listOfRules>"
    )


def code_of(text: str | bytes) -> str:
    with pytest.raises(EpsomError) as caught:
        read_sbml(text)
    return caught.value.problems[0].code


@pytest.fixture(autouse=True)
def bounded_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert 1024 * (after - before) < MEMORY


def test_identifiers_with_code_are_never_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    attack = f"__import__('pathlib').Path('{mark}').touch()"
    for name in (attack, "exec", "__builtins__", "lambda", "t", "h", "y[0]"):
        text = sbml(
            f'<listOfParameters><parameter id="{name}" value="1" constant="false"/></listOfParameters>'
            f'<listOfRules><rateRule variable="{name}"><math {MATHML}><ci>{name}</ci></math></rateRule>'
            "</listOfRules>"
        )
        try:
            system = read_sbml(text)
        except EpsomError:
            continue  # not an identifier of SBML; the codes are tested below
        for engine in (ReferenceEngine(), SimdEngine(threads=1, cache=Cache(tmp_path))):
            found = engine.solve(system, Members.of(system, 1), [0.0, 1.0])
            assert found.status[0] == Status.OK
            assert found.values[0, 1, 0] == pytest.approx(2.718281828, rel=1e-5)
    assert not mark.exists()


def test_entities_are_refused_before_they_are_expanded() -> None:
    levels = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 12))
    bomb = f'<!DOCTYPE sbml [<!ENTITY a0 "ha">{levels}]>{sbml("<notes>&a11;</notes>").split("?>")[1]}'
    assert code_of('<?xml version="1.0"?>' + bomb) == "E-SBML-DOCTYPE"
    outside = '<!DOCTYPE sbml SYSTEM "file:///etc/passwd">' + sbml("").split("?>")[1]
    assert code_of(outside) == "E-SBML-DOCTYPE"


def test_deep_nesting_is_refused() -> None:
    depth = 100_000
    deep = "<apply><exp/>" * depth + "<cn>1</cn>" + "</apply>" * depth
    assert code_of(ruled(deep)) == "E-SBML-TOO-LARGE"


def test_nesting_within_the_limit_is_computed_without_recursion() -> None:
    deep = "<apply><abs/>" * 350 + "<cn>-1</cn>" + "</apply>" * 350
    system = read_sbml(ruled(deep))
    assert system.graph.constant(system.observables["x"]) == 1.0


def test_huge_exponents_stay_numbers() -> None:
    power = "<apply><power/><cn>10</cn><cn>1e308</cn></apply>"
    tower = f"<apply><power/>{power}{power}</apply>"
    for maths in (tower, "<apply><factorial/><cn>1e300</cn></apply>"):
        system = read_sbml(ruled(maths))
        assert system.graph.constant(system.observables["x"]) is not None
    assert code_of(ruled("<cn>1e999999999</cn>")) == "E-SBML-INVALID"


def test_circles_are_named() -> None:
    ring = "".join(
        f'<assignmentRule variable="p{k}"><math {MATHML}><ci>p{(k + 1) % 2000}</ci></math></assignmentRule>'
        for k in range(2000)
    )
    parameters = "".join(f'<parameter id="p{k}" constant="false"/>' for k in range(2000))
    text = sbml(f"<listOfParameters>{parameters}</listOfParameters><listOfRules>{ring}</listOfRules>")
    assert code_of(text) == "E-SBML-CYCLE"
    assert code_of(ruled("<ci>x</ci>")) == "E-SBML-CYCLE"


def test_a_long_chain_of_rules_is_no_circle() -> None:
    n = 2000
    chain = "".join(
        f'<assignmentRule variable="p{k}"><math {MATHML}><apply><plus/><ci>p{k + 1}</ci><cn>1</cn></apply>'
        "</math></assignmentRule>"
        for k in range(n)
    )
    parameters = "".join(f'<parameter id="p{k}" constant="false"/>' for k in range(n))
    parameters += f'<parameter id="p{n}" value="1" constant="true"/>'
    system = read_sbml(
        sbml(f"<listOfParameters>{parameters}</listOfParameters><listOfRules>{chain}</listOfRules>")
    )
    assert len(system.observables) == n + 1


def test_a_hundred_thousand_species_are_refused() -> None:
    species = "".join(
        f'<species id="s{k}" compartment="c" hasOnlySubstanceUnits="false" boundaryCondition="false" '
        'constant="false"/>'
        for k in range(100_000)
    )
    text = sbml(
        '<listOfCompartments><compartment id="c" size="1" constant="true"/></listOfCompartments>'
        f"<listOfSpecies>{species}</listOfSpecies>"
    )
    assert code_of(text) == "E-SBML-TOO-LARGE"


def rated(rates: dict[str, str], events: str = "", *, more: str = "") -> str:
    """Write a model of parameters that start at 1 and change by rate rules."""
    parameters = "".join(f'<parameter id="{name}" value="1" constant="false"/>' for name in rates)
    rules = "".join(
        f'<rateRule variable="{name}"><math {MATHML}>{maths}</math></rateRule>'
        for name, maths in rates.items()
    )
    return sbml(
        f"<listOfParameters>{parameters}</listOfParameters><listOfRules>{more}{rules}</listOfRules>"
        f"<listOfEvents>{events}</listOfEvents>"
    )


def event(name: str, trigger: str, variable: str, value: str, *, delay: str = "", priority: str = "") -> str:
    flags = 'initialValue="false" persistent="true"'
    wait = f"<delay><math {MATHML}>{delay}</math></delay>" if delay else ""
    first = f"<priority><math {MATHML}>{priority}</math></priority>" if priority else ""
    return (
        f'<event id="{name}" useValuesFromTriggerTime="false"><trigger {flags}><math {MATHML}>{trigger}'
        f'</math></trigger>{first}{wait}<listOfEventAssignments><eventAssignment variable="{variable}">'
        f"<math {MATHML}>{value}</math></eventAssignment></listOfEventAssignments></event>"
    )


def test_states_that_all_depend_on_each_other_are_refused() -> None:
    """Five thousand rates with the sum of all states: small as text, 25 million derivatives."""
    names = [f"x{k}" for k in range(5_000)]
    total = f"<apply><plus/>{''.join(f'<ci>{name}</ci>' for name in names)}</apply>"
    whole = f'<assignmentRule variable="T"><math {MATHML}>{total}</math></assignmentRule>'
    coupled = rated(dict.fromkeys(names, "<ci>T</ci>"), more=whole)
    coupled = coupled.replace("<listOfParameters>", '<listOfParameters><parameter id="T" constant="false"/>')
    assert code_of(coupled) == "E-SBML-TOO-LARGE"


def test_too_many_events_are_refused() -> None:
    many = "".join(event(f"e{k}", "<true/>", "x", "<cn>1</cn>") for k in range(5_001))
    assert code_of(rated({"x": "<cn>1</cn>"}, many)) == "E-SBML-TOO-LARGE"


ALWAYS = "<true/>"
NAN, HUGE, ZERO = "<notanumber/>", "<cn>1e300</cn>", "<cn>0</cn>"
ABOVE = "<apply><gt/><ci>x</ci><cn>0.5</cn></apply>"
BELOW = "<apply><leq/><ci>x</ci><cn>0.5</cn></apply>"


@pytest.mark.parametrize("engine", ["reference", "simd"])
@pytest.mark.parametrize(
    ("events", "statuses"),
    [
        ([event("a", ABOVE, "x", ZERO), event("b", BELOW, "x", "<cn>1</cn>")], {"event_limit"}),
        ([event("a", ABOVE, "x", ZERO, delay="<cn>1e-300</cn>"),
          event("b", BELOW, "x", "<cn>1</cn>", delay="<cn>1e-300</cn>")], {"event_limit"}),
        ([event("a", ALWAYS, "x", HUGE)], {"ok", "not_finite", "step_too_small"}),
        ([event("a", ALWAYS, "x", NAN)], {"not_finite"}),
        ([event("a", ALWAYS, "x", "<infinity/>")], {"not_finite"}),
        ([event("a", ALWAYS, "x", ZERO, delay=NAN)], {"ok"}),
        ([event("a", ALWAYS, "x", ZERO, delay="<infinity/>", priority=NAN)], {"ok"}),
        ([event("a", ALWAYS, "x", ZERO, delay="<cn>-1e308</cn>", priority=HUGE)], {"ok"}),
        ([event("__import__", NAN, "x", ZERO), event("exec", ALWAYS, "x", ZERO, priority=NAN)], {"ok"}),
    ],
)  # fmt: skip
def test_events_that_never_end_or_have_no_value(
    tmp_path: Path, events: list[str], statuses: set[str], engine: str
) -> None:
    system = read_sbml(rated({"x": "<cn>0</cn>"}, "".join(events)))
    solver = ReferenceEngine() if engine == "reference" else SimdEngine(threads=1, cache=Cache(tmp_path))
    found = solver.solve(system, Members.of(system, 1), [0.0, 1.0])
    assert found.engine == engine
    assert Status(int(found.status[0])).code in statuses


def test_functions_that_multiply_are_stopped_by_the_budget() -> None:
    def function(name: str, body: str) -> str:
        return (
            f'<functionDefinition id="{name}"><math {MATHML}><lambda><bvar><ci>a</ci></bvar>{body}</lambda>'
            "</math></functionDefinition>"
        )

    functions = function("f0", "<ci>a</ci>")
    for k in range(1, 40):  # each level asks the one below for two different arguments
        below = [
            f"<apply><ci>f{k - 1}</ci><apply><plus/><apply><times/><cn>2</cn><ci>a</ci></apply><cn>{j}</cn>"
            "</apply></apply>"
            for j in (0, 1)
        ]
        functions += function(f"f{k}", f"<apply><minus/>{''.join(below)}</apply>")
    more = f"<listOfFunctionDefinitions>{functions}</listOfFunctionDefinitions>"
    parameter = '<apply><ci>f39</ci><csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol></apply>'
    assert code_of(ruled(parameter, more=more)) == "E-SBML-TOO-LARGE"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E-SBML-INVALID"),
        ("no xml at all", "E-SBML-INVALID"),
        ("<html><body/></html>", "E-SBML-INVALID"),
        ("<sbml", "E-SBML-INVALID"),
        (b"\xff\xfe\x00", "E-SBML-INVALID"),
        (b'<?xml version="1.0" encoding="no-such-code"?><sbml/>', "E-SBML-INVALID"),
        (f"<sbml {CORE}/>", "E-SBML-INVALID"),
        (ruled("<ci>nowhere</ci>"), "E-SBML-SYMBOL"),
        (ruled("<apply><ci>nofunction</ci><cn>1</cn></apply>"), "E-SBML-SYMBOL"),
        (ruled("<apply><divide/><cn>1</cn></apply>"), "E-SBML-INVALID"),
    ],
)
def test_what_is_no_model_is_refused_by_name(text: str | bytes, code: str) -> None:
    assert code_of(text) == code


@pytest.mark.parametrize(
    ("inside", "feature"),
    [
        (
            '<listOfParameters><parameter id="x" constant="false"/></listOfParameters><listOfRules>'
            f"<algebraicRule><math {MATHML}><ci>x</ci></math></algebraicRule></listOfRules>",
            "algebraicRule",
        ),
        (
            '<listOfParameters><parameter id="x" constant="false"/></listOfParameters><listOfRules>'
            f'<assignmentRule variable="x"><math {MATHML}><apply><csymbol encoding="text" '
            'definitionURL="http://www.sbml.org/sbml/symbols/delay">d</csymbol><ci>x</ci><cn>1</cn></apply>'
            "</math></assignmentRule></listOfRules>",
            "delay",
        ),
    ],
)
def test_features_that_are_not_simulated_are_named(inside: str, feature: str) -> None:
    with pytest.raises(EpsomError) as caught:
        read_sbml(sbml(inside))
    first = caught.value.problems[0]
    assert (first.code, first.value) == ("E-SBML-UNSUPPORTED", feature)


def test_files_at_fault_are_coded(tmp_path: Path) -> None:
    for name, content in (("a.xml", b""), ("b.ant", b"\x80\x81"), ("c.ant", b"model = = 3")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(EpsomError, match=r"E-(FILE|ANTIMONY|SBML)"):
            read_model(tmp_path / name)
    with pytest.raises(EpsomError, match="E-FILE"):
        read_model(tmp_path)


COMP = "http://www.sbml.org/sbml/level3/version1/comp/version1"


def composed(definitions: str, used: str) -> str:
    return (
        f'<sbml {CORE} xmlns:comp="{COMP}" comp:required="true"><model id="m">{submodels(used)}</model>'
        f"<comp:listOfModelDefinitions>{definitions}</comp:listOfModelDefinitions></sbml>"
    )


def submodels(*used: str) -> str:
    items = "".join(f'<comp:submodel comp:id="s{k}" comp:modelRef="{u}"/>' for k, u in enumerate(used))
    return f"<comp:listOfSubmodels>{items}</comp:listOfSubmodels>"


def definition(name: str, inside: str) -> str:
    return f'<comp:modelDefinition id="{name}">{inside}</comp:modelDefinition>'


def test_models_in_models_are_read_but_not_without_end() -> None:
    leaf = definition(
        "a0", '<listOfParameters><parameter id="x" value="3" constant="true"/></listOfParameters>'
    )
    system = read_sbml(composed(leaf, "a0"))
    assert "s0__x" in system.parameters
    doubling = leaf + "".join(definition(f"a{k}", submodels(f"a{k - 1}", f"a{k - 1}")) for k in range(1, 25))
    assert code_of(composed(doubling, "a24")) == "E-SBML-TOO-LARGE"
    deep = leaf + "".join(definition(f"a{k}", submodels(f"a{k - 1}")) for k in range(1, 60))
    assert code_of(composed(deep, "a59")) == "E-SBML-TOO-LARGE"
    ring = definition("a", submodels("b")) + definition("b", submodels("a"))
    assert code_of(composed(ring, "a")) == "E-SBML-CYCLE"


def test_models_in_other_files_are_not_opened() -> None:
    outside = (
        f'<sbml {CORE} xmlns:comp="{COMP}" comp:required="true"><model id="m">{submodels("e")}</model>'
        '<comp:listOfExternalModelDefinitions><comp:externalModelDefinition comp:id="e" '
        'comp:source="/etc/passwd"/></comp:listOfExternalModelDefinitions></sbml>'
    )
    assert code_of(outside) == "E-SBML-UNSUPPORTED"
