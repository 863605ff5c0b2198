"""What drives an outcome of the model: the command, its laws and its refusals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from epsom.cli.main import main
from epsom.engine.registry import engine
from epsom.model.priors import uncertain_parameters
from epsom.model.records import parameters
from epsom.people.people import People, people_from_rows
from epsom.people.row import read_row
from epsom.study.parameter_draws import ParameterDraws
from epsom.study.sensitivity.response import EffectOfPlan
from epsom.study.sensitivity.run import Settings, factors_of, sensitivity

PERSON = ("sbp", "--age", "50", "--sex", "male", "--intake", "300")
FULL = ("sbp", "--age", "60", "--sex", "male", "--intake", "990")
LOADING = str(Path(__file__).resolve().parents[2] / "validation" / "trials" / "gullestad_1994_loading.toml")
MAN = {"age_years": 52, "sex": "male", "intake_mg_per_day": 300, "sbp_mmhg": 138, "dbp_mmhg": 87}


def _people(*records: dict[str, object]) -> People:
    rows = [read_row(dict(record)) for record in records]
    return people_from_rows(rows, [str(i) for i in range(len(rows))])


def _effect(variable: str, *records: dict[str, object], days: float = 84.0) -> EffectOfPlan:
    return EffectOfPlan(_people(*records), variable, days, "difference", engine())


def test_a_parameter_that_the_outcome_does_not_know_gets_zero() -> None:
    """Serum magnesium after a week cannot depend on how the artery wall thickens."""
    found = sensitivity(
        _effect("serum_mg", {**MAN, "supplement_mg_per_day": 368}, days=7.0), Settings(16, spread="records")
    )
    totals = {f.name: v for f, v in zip(found.factors, found.indices.total.value, strict=True)}
    assert totals["k_IMT"] < 1e-12  # the wall's speed still moves the steps of the integration
    assert parameters()[max(totals, key=totals.__getitem__)].module == "magnesium"
    assert found.failed == 0


def test_modules_are_factors_that_share_the_parameters_out() -> None:
    members = [name for factor in factors_of(True) for name in factor.parameters]
    assert sorted(members) == sorted(uncertain_parameters())
    found = sensitivity(
        _effect("serum_mg", {**MAN, "supplement_mg_per_day": 368}),
        Settings(64, by_module=True, spread="records"),
    )
    leader = found.factors[int(np.argmax(found.indices.total.value))]
    assert leader.name == "magnesium"
    assert (found.indices.total.high >= found.indices.first.low - 1e-9).all()


class _Odd:
    """Answer with a draw itself, and with nothing for the draws that are largest."""

    def __init__(self, name: str) -> None:
        self.column = uncertain_parameters().index(name)

    def __call__(self, draws: ParameterDraws) -> np.ndarray:
        values = draws.values[:, self.column]
        return np.concatenate([[1.0], np.where(values > np.quantile(values, 0.9), np.nan, values)])

    def noise(self) -> float:
        return 0.0


def test_sets_without_an_outcome_are_counted_and_left_out() -> None:
    found = sensitivity(_Odd("g_V"), Settings(256, spread="records"))
    totals = {f.name: v for f, v in zip(found.factors, found.indices.total.value, strict=True)}
    assert totals.pop("g_V") == pytest.approx(1.0, abs=0.15)
    assert max(totals.values()) == 0.0
    assert found.failed > 0
    assert (found.indices.rows < 256).all()


def test_people_count_as_their_mean() -> None:
    people = ({**MAN, "supplement_mg_per_day": 368}, {**MAN, "sbp_mmhg": 120, "dbp_mmhg": 78})
    names = uncertain_parameters()
    none = ParameterDraws(names, np.empty((0, len(names))))
    both = _effect("sbp", *people)(none)
    alone = [_effect("sbp", one)(none)[0] for one in people]
    assert both[0] == pytest.approx(np.mean(alone), rel=1e-12)


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = main(["model", "sensitivity", *words])
    return status, capsys.readouterr().out


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "drivers.svg"
    words = ("sbp", "--rows", "16", "--by", "module", "--json", "--svg", str(picture))
    first, drawn = _run(capsys, *words), picture.read_bytes()
    assert _run(capsys, *words) == first
    assert picture.read_bytes() == drawn
    assert _run(capsys, *words, "--seed", "2") != first
    result = json.loads(first[1])
    assert first[0] == 0
    sizes = [max(f["total"], f["first"]) for f in result["factors"]]
    assert sizes == sorted(sizes, reverse=True)
    assert result["settled"] is False  # sixteen rows cannot be enough, and it says so
    assert result["low"] < result["nominal"] < result["high"]


def test_the_table_says_what_it_rests_on(capsys: pytest.CaptureFixture[str]) -> None:
    status, text = _run(capsys, "serum_mg", "--rows", "16", "--by", "module", "--lang", "nl")
    assert status == 0
    assert "16 rijen" in text
    assert "NIET NAUWKEURIG GENOEG" in text


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("sbp", "--rows", "100"), "E-SENS-ROWS"),
        (("nonsense",), "E-TRIAL-OUTCOME"),
        ((*PERSON, "--rows", "2", "--by", "module"), "E-SENS-FLAT"),
        (("bmi", "--rows", "2", "--by", "module"), "E-SENS-FLAT"),  # what is left is the error of integration
        (("sbp", "--days", "-1"), "E-RANGE"),
        (("sbp", "--people", "0"), "E-RANGE"),
        (("crp", "--trial", LOADING), "E-SENS-TRIAL"),
        (("mg_retention", "--trial", LOADING, "--age", "50"), "E-SENS-BOTH"),
        (("mg_retention",), "E-TRIAL-OUTCOME"),
        (("sbp", "--svg", "picture.png"), "E-ENDING"),
        ((*FULL, "--set", "egfr_ml_per_min=16", "--set", "serum_mg_mmol_per_l=0.31"), "E-INTAKE-FILTRATION"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused(
    words: tuple[str, ...], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = _run(capsys, *words, "--json")
    assert status == 2
    assert json.loads(text)["errors"][0]["code"] == code


def test_a_number_of_a_trial_is_explained_with_its_people(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("mg_retention", "--trial", LOADING, "--people", "3", "--rows", "16", "--by", "module", "--json")
    status, text = _run(capsys, *words)
    found = json.loads(text)
    assert status == 0
    assert found["statistic"] == "arm_value"
    assert "gullestad_1994_loading" in found["who"]
    assert found["factors"][0]["name"] == "magnesium"  # who keeps a load is a matter of pools and kidney
    assert found["failed"] == 0


def test_the_posterior_narrows_what_the_records_leave_open() -> None:
    effect = _effect("sbp", {**MAN, "supplement_mg_per_day": 368})
    found = {
        name: sensitivity(effect, Settings(32, by_module=True, spread=name))
        for name in ("posterior", "records")
    }
    widths = {name: one.high - one.low for name, one in found.items()}
    assert widths["posterior"] < widths["records"]
    assert found["posterior"].sets == 32 * (2 + 2 * len(found["posterior"].factors))
    assert found["records"].sets == 32 * (2 + len(found["records"].factors))
