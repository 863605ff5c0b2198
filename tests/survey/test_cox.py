"""Proportional hazards: laws, a textbook sample, and the linked mortality of the real survey."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from epsom.people.survey.cox import cox
from epsom.people.survey.cycles import find_cycle
from epsom.people.survey.design import Design, make_design, read_sample
from epsom.people.survey.store import people_of_cycle
from tests.shared_data import shared

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "validation"))

import nhanes_mortality
import nhanes_reference


def _single(n: int) -> Design:
    return make_design(np.ones(n), np.ones(n), np.arange(n))


def _sample(seed: int = 4, n: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (n, 2))
    time = rng.exponential(1 / np.exp(0.5 * x[:, 0] - 0.3 * x[:, 1]))
    end = rng.uniform(0.5, 3.0, n)
    return np.ceil(np.minimum(time, end) * 12), (time <= end).astype(float), x


def test_three_people_by_hand() -> None:
    # Deaths at 1 (x = 1) and 2 (x = 0), one person (x = 1) lives on. With h = exp(b) the likelihood is
    # h / (1 + 2h) x 1 / (1 + h); its derivative is zero at 2h^2 = 1.
    fit = cox(
        _single(3),
        np.array([1.0, 2, 3]),
        np.array([1.0, 1, 0]),
        np.array([[1.0], [0], [1]]),
        np.ones(3, bool),
    )
    assert fit.beta[0] == pytest.approx(-0.5 * np.log(2.0))


def test_ties_by_hand() -> None:
    # Two of four die together (x = 1 and 0), one x = 1 and one x = 0 live on: Efron's denominators are
    # (2h + 2) and (2h + 2 - (h + 1)/2), both in 1 + h, so that by symmetry b = 0.
    died = np.array([1.0, 1, 0, 0])
    fit = cox(_single(4), np.array([1.0, 1, 2, 2]), died, np.array([[1.0], [0], [1], [0]]), np.ones(4, bool))
    assert fit.beta[0] == pytest.approx(0.0, abs=1e-12)


def test_the_truth_is_found_within_its_error() -> None:
    time, died, x = _sample(n=3000)
    fit = cox(_single(3000), time, died, x, np.ones(3000, dtype=bool))
    assert abs(fit.beta[0] - 0.5) < 3.5 * fit.se[0]
    assert abs(fit.beta[1] + 0.3) < 3.5 * fit.se[1]


def test_units_of_time_and_columns_do_not_matter() -> None:
    time, died, x = _sample()
    everyone = np.ones(len(time), dtype=bool)
    one = cox(_single(len(time)), time, died, x, everyone)
    two = cox(_single(len(time)), time / 12.0, died, x * [100.0, 1.0] + [5.0, -3.0], everyone)
    assert two.beta * [100.0, 1.0] == pytest.approx(one.beta, rel=1e-7)
    assert two.se * [100.0, 1.0] == pytest.approx(one.se, rel=1e-7)


def test_a_weight_of_two_is_a_person_twice() -> None:
    time, died, x = _sample(n=120)
    time = (
        time + np.arange(120) / 1000.0
    )  # no ties: twins tie, and Efron treats a tie otherwise than a weight
    died = np.where(np.arange(120) < 60, 0.0, died)  # those who count double do not die
    weight = np.where(np.arange(120) < 60, 2.0, 1.0)
    once = cox(make_design(weight, np.ones(120), np.arange(120)), time, died, x, np.ones(120, dtype=bool))
    again = np.concatenate([np.arange(120), np.arange(60)])
    twice = cox(_single(180), time[again], died[again], x[again], np.ones(180, dtype=bool))
    assert once.beta == pytest.approx(twice.beta)


def test_linked_mortality_of_the_real_survey() -> None:
    people = people_of_cycle(shared("data", "nhanes"), find_cycle("2011-2012"))
    theirs = {
        "m": json.loads(shared("reference", "nhanes_mortality_reference.json").read_text())["2011-2012"]
    }
    ours = {"m": nhanes_mortality.summary(read_sample(people))}
    found = nhanes_reference.compare(ours, theirs, nhanes_reference.decimals({"m": theirs}))
    assert found["failures"] == []
    assert found["passed"] == 16
