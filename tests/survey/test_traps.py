"""The traps of the survey's files, one test each."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from epsom.base.errors import EpsomError
from epsom.people.survey.design import make_design
from epsom.people.survey.estimate import mean
from epsom.people.survey.mortality import read_mortality
from epsom.people.survey.person import check_people, check_rows
from tests.survey.small import SEQN, cycle, people, table


def test_crp_is_in_mg_per_litre_whatever_it_was_published_in() -> None:
    old = people("2009-2010", CRP=table(LBXCRP=[0.21, None, 1.0, 0.02]))
    new = people(HSCRP=table(LBXHSCRP=[2.1, None, 10.0, 0.2]))
    assert old["crp_mg_l"] == pytest.approx(new["crp_mg_l"]) == [2.1, None, 10.0, 0.2]


def test_a_diastolic_reading_of_zero_is_no_pressure() -> None:
    p = people(BPX=table(BPXSY1=[120, 130, None, 110], BPXDI1=[0, 80, None, 70], BPXDI2=[70, 82, None, 0]))
    assert p["dbp_mean"] == [70.0, 81.0, None, 70.0]
    assert p["sbp_mean"] == [120.0, 130.0, None, 110.0]


def test_the_two_ways_of_measuring_pressure_are_not_mixed() -> None:
    p = people(BPX=table(BPXSY1=[120, None, None, None]), BPXO=table(BPXOSY1=[100, 110, None, None]))
    assert p["sbp_mean"] == [120.0, None, None, None]
    assert p["osbp_mean"] == [100.0, 110.0, None, None]


def test_who_uses_no_supplement_takes_zero_and_who_refused_is_unknown() -> None:
    p = people(DSQTOT=table(DSD010=[1, 2, 7, 9], DSQTMAGN=[100, None, None, None]))
    assert p["mg_supp_30d"] == [100.0, 0.0, None, None]
    assert p["supp30_mg_mg"] == [100.0, None, None, None]
    assert p["mg_total"][:2] == [420.0, 250.0]  # food and drink, then what the supplement adds


def test_an_antacid_counts_although_no_supplement_was_reported() -> None:
    p = people(DSQTOT=table(DSD010=[2, 9, 2, 2], DSQTMAGN=[83, 83, None, None]))
    assert p["mg_supp_30d"] == [83.0, 83.0, 0.0, 0.0]


def test_unreliable_recalls_do_not_count() -> None:
    p = people()
    assert p["mg_diet_d1"] == [300.0, 250.0, None, None]
    assert p["n_recall"] == [2.0, 1.0, 0.0, 0.0]
    assert p["mg_diet_mean"] == [320.0, 250.0, None, None]


def test_refused_and_unknown_are_missing() -> None:
    p = people(BPQ=table(BPQ020=[1, 2, 7, 9], BPQ050A=[1, None, None, None]), DIQ=table(DIQ010=[3, 1, 7, 9]))
    assert p["htn_told"] == [1.0, 0.0, None, None]
    assert p["bp_med_now"] == [1.0, 0.0, None, None]
    assert p["diabetes_told"] == [0.0, 1.0, None, None]  # borderline is no
    smoke = people(SMQ=table(SMQ020=[1, 1, 2, 1], SMQ040=[3, 2, None, 7]))
    assert smoke["smoker"] == ["former", "current", "never", None]


def test_top_codes_stay_as_they_are() -> None:
    p = people()
    assert p["age_y"][1] == 80.0
    assert p["pir"][0] == 5.0


def test_drinks_before_2017() -> None:
    asked = table(
        ALQ101=[1, 2, 1, 1], ALQ110=[None, 2, None, None], ALQ120Q=[2, None, 999, 3],
        ALQ120U=[1, None, None, 2], ALQ130=[3, None, 2, 999],
    )  # fmt: skip
    p = people("2009-2010", ALQ=asked)
    assert p["drinks_per_day"] == [pytest.approx(2 * 52 * 3 / 365), 0.0, None, None]


def test_drinks_from_2017() -> None:
    p = people(ALQ=table(ALQ111=[1, 2, 1, 1], ALQ121=[2, None, 0, 77], ALQ130=[2, None, None, 3]))
    assert p["drinks_per_day"] == [pytest.approx(300 * 2 / 365), 0.0, 0.0, None]


def test_drugs_are_matched_by_whole_ingredient() -> None:
    rx = pl.DataFrame({
        "SEQN": [1.0, 1.0, 2.0, 3.0, 4.0], "RXDUSE": [1.0, 1.0, 1.0, 9.0, 2.0],
        "RXDDRUG": ["ARIPIPRAZOLE", "HYDROCHLOROTHIAZIDE; LISINOPRIL", "NYSTATIN TOPICAL", "", ""],
    })  # fmt: skip
    p = people(RXQ_RX=rx)
    assert p["rx_ppi"] == [0.0, 0.0, None, 0.0]
    assert p["rx_thiazide"] == [1.0, 0.0, None, 0.0]
    assert p["rx_statin"] == [0.0, 0.0, None, 0.0]


def test_weights_of_zero_stand_for_nobody() -> None:
    d = make_design([1.0, 1.0, 0.0, np.nan, 1.0, 1.0], [1, 1, 1, 1, 2, 2], [1, 2, 1, 2, 1, 2])
    e = mean(d, [2.0, 4.0, 1e6, 1e6, 2.0, 4.0], np.ones(6, dtype=bool))
    assert (e.value, e.n) == (3.0, 4)


def test_the_error_of_a_part_needs_the_full_design() -> None:
    # Stratum 2 has nobody of the part in unit 2: a shortened table would see one unit there.
    strata, psu = [1, 1, 1, 2, 2, 2], [1, 1, 2, 1, 1, 2]
    part = np.array([True, True, True, True, True, False])
    y = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    whole = mean(make_design(np.ones(6), strata, psu), y, part)
    assert whole.n == 5
    assert np.isfinite(whole.se)
    with pytest.raises(EpsomError) as caught:
        make_design(np.ones(5), strata[:5], psu[:5])
    assert caught.value.problems[0].code == "E-DESIGN-LONELY"


def test_mortality_is_fixed_width_with_points_for_missing(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "m.dat"
    path.write_text(
        "62161         10   ..                     93 92\n62162         2.   ..                     .  .\n"
        "62163         1100101                     12 11 \n"
    )
    m = read_mortality(path).to_dict(as_series=False)
    assert m["mortstat"] == [0.0, None, 1.0]
    assert m["ucod_leading"] == [None, None, 1.0]
    assert m["dm_mcod"] == [None, None, 0.0]
    assert m["permth_int"] == [93.0, None, 12.0]
    path.write_text("62161  10\n")
    with pytest.raises(EpsomError):
        read_mortality(path)


def test_tables_of_other_people_or_another_size_are_refused() -> None:
    demo = pl.DataFrame({"SEQN": SEQN})
    with pytest.raises(EpsomError) as caught:
        check_people(demo, pl.DataFrame({"SEQN": [1.0, 9.0]}), "BMX", "BMX_J.XPT")
    assert caught.value.problems[0].code == "E-SURVEY-PEOPLE"
    with pytest.raises(EpsomError) as caught:
        check_people(demo, pl.DataFrame({"SEQN": [1.0, 1.0]}), "BMX", "BMX_J.XPT")
    assert caught.value.problems[0].value == 1
    known = type(cycle())("2017-2018", "J", ("DEMO",), {"DEMO": 5})
    with pytest.raises(EpsomError) as caught:
        check_rows(demo, "DEMO", known, "DEMO_J.XPT")
    assert caught.value.problems[0].code == "E-SURVEY-ROWS"
