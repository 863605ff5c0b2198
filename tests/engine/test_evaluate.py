"""Formulas over members: derived values in turn, batches in parts, and what is remembered of a system."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from epsom.engine.evaluate import Sweep, evaluate
from epsom.engine.graph import Graph
from epsom.engine.ops import Op
from epsom.engine.recent import Recent
from tests.engine.systems import decay


def chain() -> tuple[Graph, list[int], list[int]]:
    """d0 = p + t, d1 = d0^2, and d1 - d0 where p < 1, else p."""
    g = Graph()
    p = g.parameter(0)
    derived = [g.add(p, g.time()), g.mul(g.derived(0), g.derived(0))]
    below = g.node(Op.LT, p, g.const(1.0))
    return g, derived, [g.select(below, g.sub(g.derived(1), g.derived(0)), p)]


def test_derived_values_are_computed_on_the_way_or_given() -> None:
    g, derived, outputs = chain()
    p = np.array([[0.5], [2.0]])
    on_the_way = Sweep(g, [*derived, *outputs], derived)(parameters=p, time=1.0)
    assert on_the_way.tolist() == [[1.5, 2.25, 0.75], [3.0, 9.0, 2.0]]
    given = evaluate(g, outputs, parameters=p, derived=on_the_way[:, :2])
    assert given.tolist() == [[0.75], [2.0]]
    with pytest.raises(ValueError, match="DERIVED"):
        evaluate(g, outputs, parameters=p)


@pytest.mark.parametrize("n", [0, 1, 2047, 2048, 5000])
def test_a_batch_of_any_size_has_the_values_of_its_members(n: int) -> None:
    g, derived, outputs = chain()
    rng = np.random.default_rng(n)
    p, time = rng.uniform(0.0, 2.0, (n, 1)), rng.uniform(0.0, 1.0, n)
    sweep = Sweep(g, [*outputs, g.const(3.0)], derived)
    found = sweep(parameters=p, time=time)
    d0 = p[:, 0] + time
    wanted = np.where(p[:, 0] < 1.0, d0 * d0 - d0, p[:, 0])
    assert found.tolist() == np.column_stack([wanted, np.full(n, 3.0)]).tolist()


def test_what_is_remembered_of_a_system_is_made_once_and_can_travel() -> None:
    system, made = decay(), []
    for _ in range(2):
        system.keep("sweep", lambda: made.append(1) or Sweep(system.graph, system.rates))
    assert made == [1]
    there = pickle.loads(pickle.dumps(system))
    states = np.array([[2.0]])
    found = there.keep("sweep", lambda: None)(parameters=np.array([[0.5]]), states=states)
    assert found.tolist() == [[-1.0]]


def test_the_things_unused_for_longest_are_forgotten_first() -> None:
    one, other, kept = decay(), decay(), Recent[str](room=2)
    assert kept.get(one, "a", lambda: "first") == "first"
    assert kept.get(other, "a", lambda: "another's") == "another's"
    assert kept.get(one, "a", lambda: "again") == "first"
    kept.get(one, "b", lambda: "third")
    assert kept.get(one, "a", lambda: "again") == "first"
    assert kept.get(other, "a", lambda: "made again") == "made again"
