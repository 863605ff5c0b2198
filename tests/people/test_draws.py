"""Random draws have an address: nothing else can change them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from epsom.people.draws import standard_normal, uniform

ADDRESS = (
    st.integers(0, 2**31),
    st.integers(0, 10**6),
    st.integers(0, 10**4),
    st.text(min_size=1, max_size=12),
)


@given(*ADDRESS)
def test_a_draw_depends_on_its_address_alone(seed: int, person: int, step: int, decision: str) -> None:
    alone = uniform(seed, person, step, decision)
    crowd = uniform(seed, np.arange(person, person + 5), step, decision)
    assert alone == crowd[0]
    assert 0.0 < alone < 1.0


@given(*ADDRESS)
def test_each_part_of_the_address_matters(seed: int, person: int, step: int, decision: str) -> None:
    base = uniform(seed, person, step, decision)
    others = [
        uniform(seed + 1, person, step, decision),
        uniform(seed, person + 1, step, decision),
        uniform(seed, person, step + 1, decision),
        uniform(seed, person, step, decision + "x"),
    ]
    assert all(other != base for other in others)


def test_draws_are_uniform_and_independent_across_every_part_of_the_address() -> None:
    people, steps = np.arange(400)[:, None], np.arange(100)[None, :]
    grid = uniform(3, people, steps, "stroke")
    assert stats.kstest(grid.ravel(), "uniform").pvalue > 1e-3
    for left, right in ((grid[:-1], grid[1:]), (grid[:, :-1], grid[:, 1:])):
        assert abs(np.corrcoef(left.ravel(), right.ravel())[0, 1]) < 0.02
    other = uniform(4, people, steps, "stroke")
    assert abs(np.corrcoef(grid.ravel(), other.ravel())[0, 1]) < 0.02
    assert stats.kstest(standard_normal(3, people, steps, "stroke").ravel(), "norm").pvalue > 1e-3
