"""A trial as data: run, compared, and refused with a reason when it contradicts itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from epsom.base.errors import EpsomError
from epsom.cli.main import main
from epsom.engine.registry import engine
from epsom.study.trial.lives import BOOKS, ledger_residual
from epsom.study.trial.people import participants
from epsom.study.trial.read import read_trial
from epsom.study.trial.run import ArmReport, Row, Settings, TrialRun, run_trial, warnings

HEAD = 'schema = "epsom/trial/1"\ntitle = "t"\nsource = { key = "k" }\nuse = "check"\n'
PEOPLE = (
    "[population]\nn = 60\nage_years = { mean = 55, sd = 8 }\n"
    "sbp_mmhg = { mean = 142, sd = 9 }\ndbp_mmhg = 88\n"
)
ARMS = '[[arm]]\nname = "placebo"\n[[arm]]\nname = "magnesium"\nsupplement_mg_per_day = 368\n'
DAYS = "[duration]\ndays = 84\n"
SEEN = (
    '[[observed]]\noutcome = "sbp"\nunit = "mmHg"\nat_days = 84\nstatistic = "net_change"\n'
    'arm = "magnesium"\ncontrol = "placebo"\nvalue = -2.0\nci = [-3.58, -0.43]\n'
)
GOOD = HEAD + PEOPLE + ARMS + DAYS + SEEN
FEW = Settings(people=12, draws=6)


def _write(folder: Path, text: str, name: str = "trial.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def _run(folder: Path, text: str) -> tuple[Row, ...]:
    return run_trial(read_trial(_write(folder, text)), engine("simd"), FEW).rows


def test_a_trial_answers_with_an_interval_and_a_distance(tmp_path: Path) -> None:
    (row,) = _run(tmp_path, GOOD)
    assert row.low < row.model < row.high < 0.0
    assert row.z == pytest.approx((row.model + 2.0) / ((3.58 - 0.43) / (2 * 1.959964)), rel=1e-6)


def test_arms_with_equal_treatment_do_not_differ_at_all(tmp_path: Path) -> None:
    (row,) = _run(tmp_path, GOOD.replace("supplement_mg_per_day = 368", "supplement_mg_per_day = 0"))
    assert row.model == 0.0
    assert (row.draws == 0.0).all()


def test_a_result_of_no_difference_counts_by_its_range(tmp_path: Path) -> None:
    null = GOOD.replace("value = -2.0\nci = [-3.58, -0.43]\n", "null_within = [-10.0, 10.0]\n")
    (row,) = _run(tmp_path, null)
    assert row.inside
    assert row.z == 0.0


def test_a_ratio_in_per_cent_is_a_rise(tmp_path: Path) -> None:
    ratio = GOOD.replace('unit = "mmHg"', 'unit = "%"').replace("net_change", "net_ratio")
    trial = read_trial(_write(tmp_path, ratio))
    assert trial.observed[0].value == pytest.approx(0.98)


def test_depletion_makes_people_keep_an_infused_load(tmp_path: Path) -> None:
    """Fatemi 1991: 11 % retained before, 62 % after three weeks almost without magnesium."""
    text = HEAD + "[population]\nage_years = 30\nserum_mg_mmol_per_l = 0.80\n" + (
        '[[arm]]\nname = "before"\ninfusion_mmol = 7\ninfusion_hours = 4\n'
        '[[arm]]\nname = "after"\n[[arm.phase]]\ndays = 21\nintake_mg_per_day = 20\n'
        "[[arm.phase]]\ndays = 1\nintake_mg_per_day = 20\ninfusion_mmol = 7\ninfusion_hours = 4\n"
        "[duration]\ndays = 22\n"
        '[[observed]]\noutcome = "mg_retention"\nunit = "%"\nat_days = 1\nstatistic = "arm_value"\n'
        'arm = "before"\nvalue = 11\nse = 4\n'
        '[[observed]]\noutcome = "mg_retention"\nat_days = 22\nstatistic = "arm_value"\narm = "after"\n'
        "value = 0.62\nse = 0.04\n"
    )  # fmt: skip
    before, after = _run(tmp_path, text)
    assert before.model < 0.3
    assert after.model > 0.5


def test_participants_match_the_published_spread(tmp_path: Path) -> None:
    trial = read_trial(_write(tmp_path, GOOD))
    facts, assumed = participants(trial, 400, 1)
    assert facts.values["age_years"].mean() == pytest.approx(55.0, abs=0.1)
    assert facts.values["age_years"].std() == pytest.approx(8.0, rel=0.02)
    assert facts.values["dbp_mmhg"].std() == 0.0
    names = {a.name for a in assumed}
    assert "serum_mg_mmol_per_l" in names
    assert "sbp_mmhg" not in names
    again, _ = participants(trial, 400, 1)
    assert np.array_equal(facts.values["sbp_mmhg"], again.values["sbp_mmhg"])


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('schema = "epsom/trial/1"', 'schema = "epsom/trial/9"', "E-SCHEMA"),
        ('use = "check"', 'use = "maybe"', "E-CHOICE"),
        ('outcome = "sbp"', 'outcome = "mood"', "E-TRIAL-OUTCOME"),
        ('control = "placebo"\n', "", "E-TRIAL-CONTROL"),
        ('control = "placebo"', 'control = "sugar"', "E-TRIAL-ARM"),
        ("at_days = 84", "at_days = 85", "E-TRIAL-TIME"),
        ("days = 84\n[[", "days = -1\n[[", "E-TRIAL-DURATION"),
        ("value = -2.0", "value = -9.0", "E-TRIAL-INTERVAL"),
        ("ci = [-3.58, -0.43]", "se = 0", "E-TRIAL-SE"),
        ("ci = [-3.58, -0.43]\n", "", "E-TRIAL-ERROR"),
        ('unit = "mmHg"', 'unit = "kg"', "E-UNIT"),
        ("dbp_mmhg = 88", "dbp_mmhg = 140", "E-PRESSURES"),
        ("n = 60", "n = 60\nshoe_size = 42", "E-KEY-UNKNOWN"),
        ("n = 60", "n = 60\nsmoker = 3", "E-TRIAL-SHARE"),
        ("sd = 8", "sd = -8", "E-TRIAL-POPULATION"),
        ("supplement_mg_per_day = 368", 'compound = "moondust"', "E-CHOICE"),
        ("supplement_mg_per_day = 368", "supplement_mg = 368", "E-KEY-UNKNOWN"),
        ('name = "magnesium"', 'name = "placebo"', "E-TRIAL-ARM-TWICE"),
        ("[duration]", '[[arm]]\nname = "idle"\n[duration]', "E-TRIAL-UNUSED"),
        (SEEN, "", "E-TRIAL-UNUSED"),
        (HEAD, "schema = [[", "E-FILE"),
    ],
)
def test_each_contradiction_is_refused_by_name(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert old in GOOD
    path = _write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(EpsomError) as caught:
        read_trial(path)
    assert code in {p.code for p in caught.value.problems}
    assert {p.file for p in caught.value.problems} == {str(path)}


def test_json_has_the_stable_shape(tmp_path: Path, capsys: Any) -> None:
    path = _write(tmp_path, GOOD)
    assert main(["trial", str(path), "--people", "6", "--draws", "4", "--json"]) == 0
    shape = json.loads(capsys.readouterr().out)
    wanted = {
        "trial",
        "outcome",
        "at_days",
        "statistic",
        "observed",
        "model",
        "low",
        "high",
        "z",
        "inside",
        "use",
    }
    assert wanted <= set(shape["rows"][0])
    assert "serum_mg_mmol_per_l" in shape["assumed"]["trial"]


def test_one_bad_file_among_good_ones_stops_before_anything_runs(tmp_path: Path, capsys: Any) -> None:
    good, bad = _write(tmp_path, GOOD), _write(tmp_path, HEAD, "bad.toml")
    assert main(["trial", str(good), str(bad)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "bad.toml" in captured.err


def test_experiments_that_cannot_be_put_to_the_model_are_counted(tmp_path: Path, capsys: Any) -> None:
    good = _write(tmp_path, GOOD)
    listed = 'schema = "epsom/trials-not-representable/1"\n[[trial]]\nid = "a"\nreason = "no_error"\n'
    out = _write(tmp_path, listed, "not_representable.toml")
    assert main(["trial", str(good), str(out), "--people", "4", "--draws", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["not_representable"] == {"no_error": 1}


def test_what_is_measured_on_the_day_of_a_change_is_measured_before_it(tmp_path: Path) -> None:
    """Nielsen 2007: on 101 mg/day the balance is not positive at the end of that diet."""
    text = HEAD + "[population]\nfemale = 1.0\n" + (
        '[[arm]]\nname = "diet"\n[[arm.phase]]\ndays = 78\nintake_mg_per_day = 101\n'
        "[[arm.phase]]\ndays = 58\nintake_mg_per_day = 301\n[duration]\ndays = 136\n"
        '[[observed]]\noutcome = "mg_balance"\nat_days = 78\nstatistic = "arm_value"\narm = "diet"\n'
        "null_within = [-4.16, 0.0]\n"
    )  # fmt: skip
    (row,) = _run(tmp_path, text)
    assert row.model <= 0.0


def test_an_arm_out_of_balance_is_warned_of() -> None:
    good, bad = ArmReport("a", 1e-12, 0, 10), ArmReport("b", 1e-8, 2, 10)
    found = list(warnings([TrialRun("t", "t.toml", (), (), (good, bad))]))
    assert [(p.code, p.field) for p in found] == [
        ("W-TRIAL-BALANCE", "arm.b"),
        ("W-TRIAL-FAILED", "arm.b"),
    ]


def test_the_ledger_sees_magnesium_that_appears_from_nowhere() -> None:
    names = BOOKS
    start = np.zeros((1, len(names)))
    later = np.zeros((1, 1, len(names)))
    later[0, 0, names.index("absorbed_mg_total")] = 10.0
    later[0, 0, names.index("mg_ecf")] = 10.0
    assert ledger_residual(names, start, later) == 0.0
    later[0, 0, names.index("mg_bone")] = 1.0
    assert ledger_residual(names, start, later) == pytest.approx(0.1)
