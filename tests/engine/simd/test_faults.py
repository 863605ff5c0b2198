"""Members that cannot be integrated have a status, NaN and the time they reached; the run goes on."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.engine.members import Members, Schedule
from epsom.engine.ops import Op
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.solution import Status
from tests.engine.systems import decay, system_of


def test_a_solution_that_explodes_says_when(engine: SimdEngine) -> None:
    """x' = x^2, x(0) = c reaches infinity at 1/c."""
    system = system_of({"c": 1.0}, {"x": 1.0}, lambda g, y, p: [g.mul(p[0], g.mul(y[0], y[0]))])
    members = Members.of(system, 3, {"c": np.array([0.1, 0.5, 0.01])})
    found = engine.solve(system, members, np.array([0.0, 1.0, 5.0]))
    assert found.status.tolist()[::2] == [0, 0]
    assert found.status[1] in (Status.STEP_TOO_SMALL, Status.NOT_FINITE)
    # at a relative tolerance of 1e-6 the moment itself is off by a few times that
    assert found.reached[1] == pytest.approx(2.0, rel=1e-5)
    np.testing.assert_allclose(found["x"][1, :2], [1.0, 2.0], rtol=1e-4)
    assert np.isnan(found["x"][1, 2])
    np.testing.assert_allclose(found["x"][0], [1.0, 1 / 0.9, 2.0], rtol=1e-4)


def test_unknown_parameters_and_endless_states_are_bad_input(engine: SimdEngine) -> None:
    members = Members(np.array([[np.nan], [0.5], [0.5]]), initial=np.array([[1.0], [np.inf], [1.0]]))
    found = engine.solve(decay(), members, np.array([1.0]))
    assert found.status.tolist() == [Status.BAD_INPUT, Status.BAD_INPUT, Status.OK]
    assert np.isnan(found.values[:2]).all()


def test_rates_that_are_not_finite_at_the_start(engine: SimdEngine) -> None:
    system = system_of({"c": 1.0}, {"x": 1.0}, lambda g, y, p: [g.node(Op.LOG, g.sub(y[0], p[0]))])
    found = engine.solve(system, Members.of(system, 2, {"c": np.array([0.5, 2.0])}), np.array([0.0, 0.1]))
    assert found.status.tolist() == [Status.OK, Status.NOT_FINITE]
    assert np.isnan(found.values[1]).all()


@pytest.mark.parametrize(
    ("times", "rtol", "atol"),
    [
        ([1.0, 0.5], 1e-6, 1e-9),
        ([-1.0, 0.5], 1e-6, 1e-9),
        ([0.0, np.nan], 1e-6, 1e-9),
        ([0.0, 1.0], 0.0, 1e-9),
        ([0.0, 1.0], 1e-6, 0.0),
        ([0.0, 1.0], -1.0, 1e-9),
        ([0.0, 1.0], np.nan, 1e-9),
    ],
)
def test_requests_that_make_no_sense(
    engine: SimdEngine, times: list[float], rtol: float, atol: float
) -> None:
    found = engine.solve(decay(), Members.of(decay(), 2), np.array(times), rtol=rtol, atol=atol)
    assert (found.status == Status.BAD_INPUT).all()
    assert np.isnan(found.values).all()


def test_switches_out_of_order_are_bad_input(engine: SimdEngine) -> None:
    schedule = Schedule(("k",), np.array([[2.0, 1.0], [1.0, 2.0], [np.nan, 2.0]]), np.ones((3, 2, 1)))
    found = engine.solve(decay(), Members.of(decay(), 3, schedule=schedule), np.array([3.0]))
    assert found.status.tolist() == [Status.BAD_INPUT, Status.OK, Status.BAD_INPUT]


def test_a_bound_on_steps(engine: SimdEngine) -> None:
    engine.step_limit = 5
    found = engine.solve(decay(), Members.of(decay(), 2), np.array([0.0, 1000.0]), rtol=1e-10, atol=1e-12)
    assert (found.status == Status.STEP_LIMIT).all()
    assert np.isnan(found.values[:, 1]).all()
    assert (found.values[:, 0] == 2.0).all()


def test_a_matrix_that_needs_row_exchanges(engine: SimdEngine) -> None:
    """A fast rotation, x' = w y, y' = -w x: its diagonal is as small as 1/h, and the static order has
    no better pivot to offer; and a square root whose slope at zero is infinite."""
    system = system_of(
        {"w": 1.0},
        {"x": 1.0, "y": 0.0},
        lambda g, y, p: [g.mul(p[0], y[1]), g.neg(g.mul(p[0], y[0]))],
    )
    times = np.linspace(0.0, 6.0, 7)
    found = engine.solve(system, Members.of(system, 2, {"w": np.array([1.0, 20.0])}), times, rtol=1e-9)
    for k, w in enumerate((1.0, 20.0)):
        np.testing.assert_allclose(found["x"][k], np.cos(w * times), atol=1e-5)
    root = system_of(
        {"a": 1.0},
        {"x": 0.0},
        lambda g, y, p: [g.sub(p[0], g.pow(y[0], g.const(0.3)))],
    )
    found = engine.solve(root, Members.of(root, 1), np.array([0.0, 50.0]))
    assert found.status[0] == Status.OK
    assert found["x"][0, 1] == pytest.approx(1.0, abs=1e-4)
