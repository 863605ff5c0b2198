"""People drawn from the reference populations: reproducible, possible, and like their tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import epsom.people.reference
from epsom.base.errors import EpsomError
from epsom.people.fields import person_fields
from epsom.people.reference.drawing import draw
from epsom.people.reference.tables import COUNTRIES, reference


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_same_seed_gives_the_same_bytes(country: str) -> None:
    first, second = draw(reference(country), 7, 500), draw(reference(country), 7, 500)
    assert {k: v.tobytes() for k, v in first.items()} == {k: v.tobytes() for k, v in second.items()}
    other = draw(reference(country), 8, 500)
    assert not np.array_equal(first["sbp_mmhg"], other["sbp_mmhg"])


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    persons=st.lists(st.integers(0, 10**9), min_size=1, max_size=40, unique=True),
    country=st.sampled_from(COUNTRIES),
)
def test_a_person_does_not_depend_on_who_else_is_drawn(seed: int, persons: list[int], country: str) -> None:
    together = draw(reference(country), seed, np.array(persons))
    for place in (0, len(persons) - 1):
        alone = draw(reference(country), seed, np.array([persons[place]]))
        for name, values in together.items():
            assert values[place] == alone[name][0], name


def test_people_past_the_first_block_are_the_same_as_drawn_alone() -> None:
    many = draw(reference("USA"), 3, 20_000)
    few = draw(reference("USA"), 3, np.arange(19_990, 20_000))
    for name, values in few.items():
        np.testing.assert_array_equal(many[name][-10:], values)


@pytest.mark.parametrize("country", COUNTRIES)
def test_everybody_is_possible(country: str) -> None:
    people = draw(reference(country), 11, 30_000)
    for name, values in people.items():
        if values.dtype.kind != "U":
            assert np.isfinite(values).all(), name
            spec = person_fields().get(name)
            if spec is not None:
                assert values.min() >= spec.low, name
                assert values.max() <= spec.high, name
    assert (people["dbp_mmhg"] < people["sbp_mmhg"] - 10).all()
    assert (people["hdl_mmol_per_l"] < people["total_cholesterol_mmol_per_l"]).all()
    assert set(np.unique(people["sex"])) == {"female", "male"}
    assert people["age_years"].min() >= 20


def test_what_known_causes_do_to_serum_magnesium_is_in_the_population() -> None:
    people = draw(reference("USA"), 5, 100_000)
    serum = people["serum_mg_mmol_per_l"]
    assert (serum < 0.85).mean() == pytest.approx(0.678, abs=0.01)
    diabetic = people["type2_diabetes"] == 1
    assert -0.07 < serum[diabetic].mean() - serum[~diabetic].mean() < -0.04
    assert 0.1 < np.corrcoef(serum, people["intake_mg_per_day"])[0, 1] < 0.4


def test_dutch_serum_magnesium_meets_the_printed_limits_of_the_rotterdam_study() -> None:
    serum = draw(reference("Netherlands"), 5, 100_000)["serum_mg_mmol_per_l"]
    printed = {20: 0.795, 25: 0.805, 75: 0.885, 80: 0.895}  # between 0.79 and 0.80, and so on
    for percentile, limit in printed.items():
        assert np.percentile(serum, percentile) == pytest.approx(limit, abs=0.005)


def test_facts_move_with_age_as_people_do() -> None:
    people = draw(reference("Netherlands"), 9, 60_000)
    young, old = people["age_years"] < 40, people["age_years"] >= 70
    assert people["sbp_mmhg"][old].mean() > people["sbp_mmhg"][young].mean() + 10
    assert people["egfr_ml_per_min"][old].mean() < people["egfr_ml_per_min"][young].mean() - 20
    assert people["type2_diabetes"][old].mean() > people["type2_diabetes"][young].mean() + 0.1


def test_what_the_dutch_lack_is_said() -> None:
    origin = reference("Netherlands").origin
    drawn = draw(reference("Netherlands"), 1, 10)
    assert set(origin["borrowed"]) <= set(drawn)
    assert {"intake_mg_per_day", "antihypertensive"} == set(origin["ranges"])
    for limits in origin["ranges"]["intake_mg_per_day"]["median"].values():
        assert limits == sorted(limits)
    assert reference("USA").origin["borrowed"] == {}


def test_the_tables_stay_small() -> None:
    folder = Path(epsom.people.reference.__file__).parent / "data"
    assert sum(path.stat().st_size for path in folder.glob("*.json")) < 300_000


def test_another_country_is_a_coded_error() -> None:
    with pytest.raises(EpsomError) as caught:
        reference("Belgium")
    assert caught.value.problems[0].code == "E-COUNTRY"
