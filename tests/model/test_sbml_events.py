"""SBML events through the whole chain: delays, priorities, persistence, sizes that jump."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.engine.interface import Engine
from epsom.engine.members import Members
from epsom.engine.reference import ReferenceEngine
from epsom.engine.simd.engine import SimdEngine
from epsom.model.sbml import antimony_to_sbml, read_sbml


def run(text: str, times: list[float], names: list[str], **values: float) -> np.ndarray:
    """Integrate on both paths, which must agree; return what the reference path found."""
    system = read_sbml(antimony_to_sbml(f"model m\n{text}\nend"))
    engines: list[Engine] = [ReferenceEngine(), SimdEngine(threads=1)]
    found = [
        engine.solve(
            system, Members.of(system, 1, values), np.array(times), observe=names, rtol=1e-10, atol=1e-12
        )
        for engine in engines
    ]
    assert [f.engine for f in found] == ["reference", "simd"]
    assert [f.status[0] for f in found] == [0, 0]
    np.testing.assert_allclose(found[1].values, found[0].values, rtol=1e-8, atol=1e-9)
    return found[0].values[0].T


def test_a_delayed_event_uses_the_values_it_was_triggered_with() -> None:
    early = "x' = 1; x = 0; y = 0; at 2 after x >= 1: y = x"
    late = "x' = 1; x = 0; y = 0; at 2 after x >= 1, fromTrigger=false: y = x"
    times = [0.5, 2.9, 3.1]
    assert run(early, times, ["y"])[0] == pytest.approx([0, 0, 1], abs=1e-9)
    assert run(late, times, ["y"])[0] == pytest.approx([0, 0, 3], abs=1e-9)


def test_an_event_that_does_not_persist_is_called_off() -> None:
    wave = "x := sin(time); y = 0; at 2.2 after x > 0.5, persistent={}: y = 1"
    times = [2.7, 3.0]
    assert run(wave.format("false"), times, ["y"])[0].tolist() == [0, 0]
    # sin(t) is above 0.5 from 0.524 to 2.618, and the execution is due at 2.724
    assert run(wave.format("true"), times, ["y"])[0].tolist() == [0, 1]


def test_the_higher_priority_goes_first() -> None:
    text = (
        "x = 1; at time >= 1, priority={}, fromTrigger=false: x = x + 1;"
        "at time >= 1, priority={}, fromTrigger=false: x = 10*x"
    )
    assert run(text.format(1, 2), [2.0], ["x"])[0, 0] == 11
    assert run(text.format(2, 1), [2.0], ["x"])[0, 0] == 20


def test_the_trigger_time_is_met_exactly_and_may_be_a_parameter() -> None:
    text = "x' = rate; x = 0; rate = 1; start = 1.3; at time >= start: rate = 0"
    assert run(text, [0.5, 1.3, 9.0], ["x"])[0] == pytest.approx([0.5, 1.3, 1.3], rel=1e-12)
    assert run(text, [9.0], ["x"], start=4.25)[0, 0] == pytest.approx(4.25, rel=1e-12)


def test_an_amount_stays_when_its_compartment_jumps() -> None:
    text = "C = 2; species S in C; S = 3; J: S -> ; 0; at time >= 1: C = 6"
    found = run(text, [0.0, 2.0], ["S", "amount(S)", "C"])
    assert found[0].tolist() == pytest.approx([3.0, 1.0])
    assert found[1].tolist() == pytest.approx([6.0, 6.0])
    assert found[2].tolist() == [2.0, 6.0]


def test_a_growing_compartment_dilutes() -> None:
    found = run("C = 1; C' = 1; species S in C; S = 4; J: S -> ; 0", [0.0, 3.0], ["S"])[0]
    assert found == pytest.approx([4.0, 1.0], rel=1e-9)


def test_the_rate_of_a_quantity_can_be_used_in_formulas() -> None:
    found = run("x' = -0.5*x; x = 2; y := rateOf(x); z' = rateOf(x); z = 0", [0.0, 2.0], ["y", "z"])
    assert found[0] == pytest.approx([-1.0, -np.exp(-1.0)], rel=1e-9)
    assert found[1] == pytest.approx([0.0, 2 * np.exp(-1.0) - 2.0], rel=1e-9)


def test_a_concentration_that_an_initial_assignment_needs_brings_its_compartment() -> None:
    # S keeps its plain amount; only the formula asks for the concentration.
    text = "C = 4; species S in C; S = amount0/C; amount0 = 8; species B in C; B = 2*S; J: B -> S; k*B; k = 0"
    assert run(text, [0.0, 1.0], ["S", "B"])[:, 1] == pytest.approx([2.0, 4.0])
