"""SBML's mathematics: each operator at values where other meanings would differ."""

from __future__ import annotations

import math

import pytest

from epsom.base.errors import EpsomError
from epsom.engine.members import Members
from epsom.engine.start import initial_values, observe_start
from epsom.model.sbml import antimony_to_sbml, read_sbml

MATHML = "http://www.w3.org/1998/Math/MathML"


def document(maths: str, functions: str = "") -> str:
    """Write a model whose parameter ``x`` is the formula."""
    return (
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">'
        f"<listOfFunctionDefinitions>{functions}</listOfFunctionDefinitions>"
        '<listOfParameters><parameter id="x" constant="false"/>'
        '<parameter id="p" value="4" constant="true"/></listOfParameters>'
        f'<listOfRules><assignmentRule variable="x"><math xmlns="{MATHML}">{maths}</math></assignmentRule>'
        "</listOfRules></model></sbml>"
    )


def value(maths: str, functions: str = "") -> float:
    system = read_sbml(document(maths, functions))
    start = initial_values(system, Members.of(system, 1))
    return float(observe_start(system, start, ["x"])[0, 0])


def apply(operator: str, *numbers: object) -> str:
    shown = "".join(n if isinstance(n, str) else f"<cn>{n}</cn>" for n in numbers)
    return f"<apply><{operator}/>{shown}</apply>"


@pytest.mark.parametrize(
    ("maths", "wanted"),
    [
        (apply("rem", -5, 3), -2.0),  # truncating, where floor division would give 1
        (apply("rem", 5, -3), 2.0),
        (apply("quotient", -5, 3), -1.0),
        (apply("implies", "<true/>", "<false/>"), 0.0),
        (apply("implies", "<false/>", "<false/>"), 1.0),
        (apply("xor", "<true/>", "<true/>", "<true/>"), 1.0),
        (apply("lt", 1, 2, 3), 1.0),
        (apply("lt", 1, 3, 2), 0.0),
        (apply("geq", 3, 3, 2), 1.0),
        (apply("and"), 1.0),
        (apply("or"), 0.0),
        (apply("plus"), 0.0),
        (apply("times"), 1.0),
        (apply("minus", 4), -4.0),
        (apply("factorial", 5), 120.0),
        (apply("max", 1, 7, 3), 7.0),
        (apply("min", 4, 2, 3), 2.0),
        (apply("root", 9), 3.0),
        (apply("root", "<degree><cn>3</cn></degree>", 27), 3.0),
        (apply("log", "<logbase><cn>2</cn></logbase>", 8), 3.0),
        (apply("log", 1000), 3.0),
        (apply("arccot", 0), math.pi / 2),
        (apply("sech", 1), 1 / math.cosh(1)),
        (apply("plus", "<true/>", "<true/>"), 2.0),
        ('<cn type="rational">1<sep/>8</cn>', 0.125),
        ('<cn type="e-notation">2<sep/>-3</cn>', 0.002),
        ("<exponentiale/>", math.e),
        ("<infinity/>", math.inf),
    ],
)
def test_operators_have_the_meaning_of_sbml(maths: str, wanted: float) -> None:
    assert value(maths) == pytest.approx(wanted, rel=1e-14)


def test_piecewise_without_otherwise_has_no_value_where_no_piece_holds() -> None:
    piece = "<piecewise><piece><cn>1</cn>" + apply("lt", "<ci>p</ci>", 0) + "</piece></piecewise>"
    assert math.isnan(value(piece))


def _function(name: str, *body: str) -> str:
    return (
        f'<functionDefinition id="{name}"><math xmlns="{MATHML}"><lambda><bvar><ci>p</ci></bvar>'
        f"{''.join(body)}</lambda></math></functionDefinition>"
    )


def _call(name: str, argument: str) -> str:
    return f"<apply><ci>{name}</ci>{argument}</apply>"


def test_functions_bind_their_own_names() -> None:
    functions = _function("double", apply("times", 2, "<ci>p</ci>")) + _function(
        "more", _call("double", apply("plus", "<ci>p</ci>", 1))
    )
    assert value(_call("more", "<cn>10</cn>"), functions) == 22.0


def test_a_function_that_calls_itself_is_a_circle() -> None:
    with pytest.raises(EpsomError, match="E-SBML-CYCLE"):
        value(_call("f", "<cn>1</cn>"), _function("f", _call("f", apply("plus", "<ci>p</ci>", 1))))


def test_functions_that_double_at_each_level_stay_cheap() -> None:
    functions = _function("f0", "<ci>p</ci>") + "".join(
        _function(f"f{k}", apply("plus", _call(f"f{k - 1}", "<ci>p</ci>"), _call(f"f{k - 1}", "<ci>p</ci>")))
        for k in range(1, 61)
    )
    assert value(_call("f60", "<cn>1</cn>"), functions) == 2.0**60


def test_antimony_is_read_with_its_initial_assignments_and_rules() -> None:
    text = """
    model example
      rest = 2*base; base = 3; base2 := base + x
      x = rest; x' = -k*(x - rest); k = 0.1
    end
    """
    system = read_sbml(antimony_to_sbml(text))
    members = Members.of(system, 2, {"base": [3.0, 5.0]})
    start = initial_values(system, members)
    assert observe_start(system, start, ["x", "rest", "base2"]).tolist() == [[6, 6, 9], [10, 10, 15]]


def test_faults_of_antimony_are_coded() -> None:
    with pytest.raises(EpsomError, match="E-ANTIMONY"):
        antimony_to_sbml("model x = = 3")
    with pytest.raises(EpsomError, match="E-ANTIMONY"):
        antimony_to_sbml('import "/etc/passwd"')
