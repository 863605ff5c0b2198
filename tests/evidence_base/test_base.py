"""The packaged evidence base: whole, traceable, each cohort once, no grade mixed with another."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from epsom.base.errors import EpsomError
from epsom.base.i18n import Translator
from epsom.evidence.base import schema
from epsom.evidence.base.find import by_name, find
from epsom.evidence.base.load import TABLES, base, broken_keys
from epsom.evidence.base.outcomes import outcomes, question, questions
from epsom.evidence.base.records import Contrast, Grade, Source, Standing, Trial
from tests.shared_data import shared

ROOT = Path(__file__).resolve().parents[2]


def test_the_committed_base_is_what_the_tables_give() -> None:
    folder = shared("evidence")
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "build_evidence.py"), str(folder), "--check"],
        capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_data_stay_compact() -> None:
    folder = ROOT / "src" / "epsom" / "evidence" / "data"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_000_000


def test_every_record_names_a_source_and_every_reason_is_worded() -> None:
    english, dutch = Translator("en"), Translator("nl")
    for record in base().records:
        assert record.source in base().source_of
        if record.standing is not Standing.USABLE:
            assert record.reason, record.id
        if record.reason:
            assert english.has(f"evidence.reason.{record.reason}")
            assert dutch.has(f"evidence.reason.{record.reason}")


def test_what_counts_has_a_number_with_its_spread() -> None:
    for trial in base().trials:
        if trial.standing is Standing.USABLE:
            assert trial.estimate is not None
            assert trial.se is not None
            assert trial.se > 0
            assert trial.grade is Grade.TRIAL
    for contrast in base().contrasts:
        if contrast.standing is Standing.USABLE:
            assert contrast.ratio is not None
            assert contrast.low is not None
            assert contrast.high is not None
            assert contrast.low <= contrast.ratio <= contrast.high


def test_inverted_contrasts_are_turned_to_more_against_less() -> None:
    wu = next(c for c in base().contrasts if c.study == "Wu2020_WHI_HF_diet")
    assert wu.inverted
    assert wu.ratio == pytest.approx(1 / 1.32)
    assert (wu.low, wu.high) == (pytest.approx(1 / 1.71), pytest.approx(1 / 1.02))
    assert wu.step == pytest.approx(363 - 149)


def test_a_depletion_score_keeps_its_own_direction() -> None:
    score = next(c for c in base().contrasts if c.study == "NAKO2025_MDS")
    assert not score.inverted
    assert score.ratio == pytest.approx(1.32)


def test_serum_in_mg_per_dl_is_converted_to_mmol_per_l() -> None:
    trial = next(t for t in base().trials if t.id == "razzaghi_2018-serum_mg")
    assert trial.unit == "mmol/L"
    assert trial.estimate == pytest.approx(0.4 * 0.4114)


def test_null_trials_without_a_number_are_kept() -> None:
    silent = [t for t in base().trials if t.outcome == "sbp" and t.words == "none"]
    assert len(silent) >= 12
    assert all(t.standing is not Standing.USABLE for t in silent)


def test_only_the_longest_follow_up_of_a_trial_counts() -> None:
    counted = [(t.study, t.outcome) for t in base().trials if t.standing is Standing.USABLE]
    assert len(counted) == len(set(counted))
    assert next(t for t in base().trials if t.id == "joris_2016-pwv").weeks == 24


def test_patients_and_doubted_rows_are_set_aside_not_dropped() -> None:
    rows = {c.study: c for c in base().contrasts}
    assert rows["Wesselink2020_diet"].standing is Standing.OTHER_PEOPLE
    assert rows["Khan2010_FOS"].standing is Standing.CONTESTED
    assert rows["CKD45_2025_T2"].standing is Standing.OTHER_PEOPLE


def test_broken_keys_are_found() -> None:
    lost = replace(base().trials[0], source="nobody_1900")
    problems = broken_keys(replace(base(), trials=(lost, *base().trials[1:])))
    assert [p.code for p in problems] == ["E-EVIDENCE-KEY"]


@pytest.mark.parametrize("name", sorted(TABLES))
def test_records_survive_writing_and_reading(name: str) -> None:
    rows = getattr(base(), name)
    text = schema.write(TABLES[name], rows)
    assert schema.read(TABLES[name], text, name) == rows


def test_a_bad_table_is_refused_with_place_and_expectation() -> None:
    text = schema.write(Source, base().sources[:2])
    with pytest.raises(EpsomError) as caught:
        schema.read(Source, text.replace("verified", "maybe"), "sources.csv")
    problem = caught.value.problems[0]
    assert (problem.code, problem.row, problem.field) == ("E-EVIDENCE-VALUE", 1, "confidence")
    with pytest.raises(EpsomError, match="E-EVIDENCE-COLUMNS"):
        schema.read(Source, text.replace("key,", "name,", 1), "sources.csv")


def test_the_json_schema_lists_every_column() -> None:
    shape = schema.json_schema(Trial)
    assert shape["properties"]["grade"]["enum"] == list(Grade)
    assert shape["properties"]["se"]["type"] == ["number", "null"]
    assert schema.json_schema(Contrast)["properties"]["groups"]["type"] == "array"


def test_questions_speak_of_known_outcomes_and_have_one_name_each() -> None:
    named: dict[str, str] = {}
    for q in questions().values():
        assert set(q.events + q.trials) <= set(outcomes())
        for name in (q.key, *q.aliases):
            assert named.setdefault(name, q.key) == q.key
    assert question("IMT").key == "arterial_wall"
    with pytest.raises(EpsomError, match="E-EVIDENCE-QUESTION"):
        question("hair")


def test_find_filters_and_refuses_unknown_words() -> None:
    rows = find(base(), outcome="hypertension", exposure="serum", grade="cohort")
    assert rows
    assert {r.grade for r in rows} == {Grade.COHORT}
    for wrong in ({"grade": "x"}, {"standing": "x"}, {"exposure": "x"}, {"outcome": "x"}):
        with pytest.raises(EpsomError):
            find(base(), **wrong)
    assert by_name(base(), "joris_2016_pwv")
    with pytest.raises(EpsomError, match="E-EVIDENCE-RECORD"):
        by_name(base(), "nobody")
