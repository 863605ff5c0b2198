"""Matrices that the static order of elimination cannot serve: they are solved with row exchanges."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.engine.members import Members
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.solution import Status
from tests.engine.systems import system_of


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
