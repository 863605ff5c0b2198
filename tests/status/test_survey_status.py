"""The status of a survey: design-based shares, usual intake beside one day."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest

from epsom.base.i18n import Translator
from epsom.cli.main import main
from epsom.people.status.survey import survey_status
from epsom.people.survey.design import make_design
from epsom.people.survey.estimate import mean
from epsom.people.survey.jackknife import jackknife, replicates
from epsom.report.people.figure import below_figure, below_table
from tests.shared_data import shared


def test_the_jackknife_of_a_mean_is_near_the_linearised_error() -> None:
    rng = np.random.default_rng(8)
    strata, psu = np.repeat(np.arange(12), 200), np.tile(np.repeat([1, 2], 100), 12)
    weight, y = rng.uniform(1, 3, 2400), rng.normal(10, 2, 2400)
    design = make_design(weight, strata, psu)
    value, error = jackknife(design, lambda f: np.array([np.average(y, weights=weight * f)]))
    linear = mean(design, y, np.ones(2400, dtype=bool))
    assert value[0] == pytest.approx(linear.value)
    assert error[0] == pytest.approx(linear.se, rel=0.02)  # they differ by terms of second order


def test_replicates_keep_the_size_of_each_stratum() -> None:
    design = make_design(np.ones(6), [1, 1, 1, 2, 2, 2], [1, 2, 3, 1, 1, 2])
    for unit, factor in replicates(design):
        assert (factor[design.unit == unit] == 0).all()
    first = next(replicates(design))[1]
    assert first[:3].sum() == pytest.approx(3.0)


def _people(n: int = 1200) -> pl.DataFrame:
    rng = np.random.default_rng(2)
    sex = np.where(rng.random(n) < 0.5, "female", "male")
    own = rng.normal(4.1, 0.33, n)
    days = [(own + rng.normal(0, 0.37, n)) ** 4 for _ in range(2)]
    return pl.DataFrame({
        "seqn": np.arange(n), "cycle": ["test"] * n, "sex": sex, "age_y": rng.uniform(19, 80, n),
        "pregnant": np.zeros(n), "strata": np.arange(n) % 10, "psu": np.arange(n) // 10 % 2,
        "wt_mec": np.ones(n), "wt_diet1": rng.uniform(1, 2, n), "wt_diet2": np.ones(n),
        "mg_diet_d1": days[0], "mg_diet_d2": days[1], "mg_supp_30d": 100.0 * (rng.random(n) < 0.3),
        "mds": rng.integers(0, 4, n).astype(float),
    })  # fmt: skip


def test_a_supplement_never_raises_a_share_below() -> None:
    groups = survey_status(_people())
    assert groups
    for group in groups:
        names = [s.name for s in group.shares if s.name.endswith("_food")]
        for name in names:
            food, total = group.find(name), group.find(name.replace("_food", "_with_supplement"))
            assert food is not None
            assert total is not None
            assert total.value <= food.value
            assert food.se >= 0


def test_small_groups_are_not_shown() -> None:
    assert {g.age_from for g in survey_status(_people(200))} <= {19, 31, 51, 71}
    assert survey_status(_people(60).with_columns(age_y=pl.lit(10.0)).head(40)) == []


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_figure_has_a_text_alternative_and_stays_inside(language: str) -> None:
    groups = survey_status(_people())
    text = below_figure(groups, "test", Translator(language))
    drawing = ElementTree.fromstring(text)
    inside = "{http://www.w3.org/2000/svg}"
    assert drawing.find(f"{inside}title") is not None
    said = drawing.find(f"{inside}desc")
    assert said is not None
    assert len(below_table(groups, "test", Translator(language)).rows) == (said.text or "").count(". ") + 1
    width = float(drawing.attrib["width"])
    assert all(0 <= float(c.attrib["cx"]) <= width for c in drawing.iter(f"{inside}circle"))


def test_the_figure_is_written_whole_or_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _people().write_parquet(tmp_path / "p.parquet")
    survey = ["status", "--survey", str(tmp_path / "p.parquet"), "--figure"]
    assert main([*survey, str(tmp_path / "a.svg")]) == 0
    assert main([*survey, str(tmp_path / "nowhere" / "a.svg")]) == 2
    assert "E-FILE" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.svg", "p.parquet"]


def test_the_real_survey_against_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared("data", "nhanes")
    assert main(["status", "--survey", "2017-2018", "--data", str(folder), "--json"]) == 0
    groups = {
        (g["sex"], g["age_from"], g["age_to"]): g["figures"]
        for g in json.loads(capsys.readouterr().out)["groups"]
    }
    reference = json.loads(shared("reference", "nhanes_summary.json").read_text())["cycles"]["2017-2018"]
    intake = reference["magnesium_intake_nonpregnant"]
    for name in ("female_19_30", "male_31_50", "female_51_70"):
        sex, low, high = name.split("_")
        ours, theirs = groups[(sex, int(low), int(high))], intake[name]
        usual = theirs["usual_intake_variance_adjusted"]
        assert ours["below_iom_EAR_food"]["value"] == pytest.approx(usual["pct_below_ear"], abs=0.0005)
        assert ours["mean_usual"]["value"] == pytest.approx(usual["mean"], abs=0.005)
        one_day = theirs["pct_below_ear_day1_only"]
        assert ours["below_iom_EAR_one_day"]["value"] == pytest.approx(one_day["pct"], abs=0.0005)
        assert ours["below_iom_EAR_one_day"]["se"] == pytest.approx(one_day["se"], abs=0.0005)
