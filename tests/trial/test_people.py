"""Virtual participants: what the file says is kept, the rest is that of people like them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from epsom.base.arrays import FloatArray
from epsom.base.errors import EpsomError
from epsom.people.reference.conditional import other_scores, score_of, score_of_flag
from epsom.people.reference.drawing import Place, draw, value_at
from epsom.people.reference.tables import reference
from epsom.study.trial.people import Assumed, participants
from epsom.study.trial.read import read_trial

REST = """[[arm]]
name = "a"
[duration]
days = 1
[[observed]]
outcome = "sbp"
statistic = "arm_value"
arm = "a"
value = 1
se = 1
"""
HEAD = 'schema = "epsom/trial/1"\nid = "t"\nuse = "check"\n[population]\n'


def _people(folder: Path, population: str, n: int = 2000) -> tuple[dict[str, FloatArray], dict[str, Assumed]]:
    path = folder / "t.toml"
    path.write_text(HEAD + population + REST)
    facts, assumed = participants(read_trial(path), n, 1)
    return dict(facts.values), {a.name: a for a in assumed}


def test_an_empty_population_is_the_reference_population(tmp_path: Path) -> None:
    found, assumed = _people(tmp_path, "", 4000)
    whole = draw(reference("USA"), 3, 40000)
    for name in ("age_years", "sbp_mmhg", "bmi_kg_per_m2", "intake_mg_per_day", "glucose_mmol_per_l"):
        assert found[name].mean() == pytest.approx(whole[name].mean(), rel=0.02)
        assert found[name].std() == pytest.approx(whole[name].std(), rel=0.06)
        assert assumed[name].ground == "USA"
    assert found["serum_mg_mmol_per_l"].std() == pytest.approx(0.056, abs=0.003)
    for name in ("type2_diabetes", "antihypertensive", "smoker", "ppi"):
        assert found[name].mean() == pytest.approx(whole[name].mean(), abs=0.02)
    assert np.corrcoef(found["bmi_kg_per_m2"], found["homa_ir"])[0, 1] > 0.25
    assert not found["current_supplement_mg_per_day"].any()
    assert assumed["current_supplement_mg_per_day"].ground == "none"
    assert assumed["fmd_percent"].ground == "typical"


def test_people_with_diabetes_have_its_company(tmp_path: Path) -> None:
    ill, assumed = _people(tmp_path, "type2_diabetes = 1.0\n")
    well, _ = _people(tmp_path, "type2_diabetes = 0.0\n")
    for name in ("glucose_mmol_per_l", "hba1c_percent", "bmi_kg_per_m2", "homa_ir"):
        assert ill[name].mean() > 1.08 * well[name].mean()
    assert ill["antihypertensive"].mean() > well["antihypertensive"].mean()
    assert ill["serum_mg_mmol_per_l"].mean() < well["serum_mg_mmol_per_l"].mean() - 0.03
    assert "type2_diabetes" not in assumed


def test_age_follows_from_what_is_known(tmp_path: Path) -> None:
    """Held against people of the reference population who have the same facts."""
    whole = draw(reference("USA"), 3, 60000)
    ill, _ = _people(tmp_path, "type2_diabetes = 1.0\n")
    wanted = whole["age_years"][whole["type2_diabetes"] == 1.0]
    assert ill["age_years"].mean() == pytest.approx(wanted.mean(), abs=0.6)
    assert ill["age_years"].std() == pytest.approx(wanted.std(), abs=0.8)
    both, _ = _people(tmp_path, "sbp_mmhg = 150\ndbp_mmhg = 70\nfemale = 1.0\n")
    near = (abs(whole["sbp_mmhg"] - 150) < 5) & (abs(whole["dbp_mmhg"] - 70) < 3) & (whole["sex"] == "female")
    wanted = whole["age_years"][near]
    assert both["age_years"].mean() == pytest.approx(wanted.mean(), abs=4 * wanted.std() / len(wanted) ** 0.5)


def test_what_is_stated_moves_what_hangs_together_with_it(tmp_path: Path) -> None:
    stated = "bmi_kg_per_m2 = { mean = 36, sd = 4 }\nhoma_ir = { mean = 4, sd = 2, low = 0.5 }\n"
    heavy, _ = _people(tmp_path, stated)
    lean, _ = _people(tmp_path, "bmi_kg_per_m2 = { mean = 22, sd = 2 }\n")
    assert heavy["bmi_kg_per_m2"].mean() == pytest.approx(36.0, abs=0.05)
    assert heavy["bmi_kg_per_m2"].std() == pytest.approx(4.0, rel=0.02)
    assert heavy["crp_mg_per_l"].mean() > 1.5 * lean["crp_mg_per_l"].mean()
    assert np.corrcoef(heavy["bmi_kg_per_m2"], heavy["homa_ir"])[0, 1] > 0.2
    assert heavy["weight_kg"].mean() > lean["weight_kg"].mean() + 25


def test_weight_alone_tells_the_body_mass(tmp_path: Path) -> None:
    heavy, assumed = _people(tmp_path, "weight_kg = 120\n")
    assert heavy["bmi_kg_per_m2"].mean() > 38.0
    assert set(heavy["weight_kg"]) == {120.0}
    assert "weight_kg" not in assumed


def test_one_person_is_the_conditional_median(tmp_path: Path) -> None:
    text = "n = 1\nage_years = 50\nfemale = 1.0\ntype2_diabetes = 0.0\nsbp_mmhg = 150\n"
    one, _ = _people(tmp_path, text, 500)
    many, _ = _people(tmp_path, text.replace("n = 1", "n = 100"), 4000)
    for name in ("bmi_kg_per_m2", "intake_mg_per_day", "crp_mg_per_l", "dbp_mmhg"):
        assert one[name].shape == (1,)
        assert one[name][0] == pytest.approx(np.median(many[name]), rel=0.06)


def test_a_drawn_pressure_stays_apart_from_a_stated_one(tmp_path: Path) -> None:
    low, _ = _people(tmp_path, "sbp_mmhg = 85\n")
    assert (low["sbp_mmhg"] - low["dbp_mmhg"]).min() >= 15.0
    high, _ = _people(tmp_path, "dbp_mmhg = 115\n")
    assert (high["sbp_mmhg"] - high["dbp_mmhg"]).min() >= 15.0


def test_another_reference_population_may_be_named(tmp_path: Path) -> None:
    dutch, assumed = _people(tmp_path, 'reference = "Netherlands"\n')
    american, _ = _people(tmp_path, "")
    assert dutch["bmi_kg_per_m2"].mean() < american["bmi_kg_per_m2"].mean() - 2.0
    assert assumed["bmi_kg_per_m2"].ground == "Netherlands"
    with pytest.raises(EpsomError) as caught:
        _people(tmp_path, 'reference = "Atlantis"\n')
    assert [(p.code, p.field) for p in caught.value.problems] == [("E-CHOICE", "population.reference")]


def test_scores_and_values_are_each_others_inverse() -> None:
    source = reference("USA")
    rng = np.random.default_rng(1)
    sex, age = rng.integers(0, 2, 300), rng.uniform(20.0, 85.0, 300)
    place = Place(source, sex.astype(np.intp), age)
    scores = rng.uniform(-2.9, 2.9, 300)
    for name in ("sbp_mmhg", "crp_mg_per_l"):
        marginal = source.continuous[name]
        values = value_at(source, place, marginal, scores)
        again = value_at(source, place, marginal, score_of(source, place, marginal, values))
        np.testing.assert_allclose(again, values, rtol=1e-8)
    has = (scores > 0.5).astype(float)
    found = score_of_flag(source, place, "type2_diabetes", has, rng.uniform(size=300))
    above = found > place.between(source.flags["type2_diabetes"])
    assert np.array_equal(above, has == 1.0)


def test_scores_given_others_keep_the_correlations() -> None:
    source = reference("USA")
    rng = np.random.default_rng(2)
    n, sex = 40000, np.zeros(40000, dtype=np.intp)
    free = {name: rng.standard_normal(n) for name in source.order}
    whole = other_scores(source, sex, {}, free)
    known = {name: whole[name] for name in ("sbp_mmhg", "bmi_kg_per_m2")}
    rest = other_scores(source, sex, known, {name: rng.standard_normal(n) for name in source.order})
    wanted = source.factor[0] @ source.factor[0].T
    everything = np.stack([{**rest, **known}[name] for name in source.order])
    np.testing.assert_allclose(np.corrcoef(everything), wanted, atol=0.03)
