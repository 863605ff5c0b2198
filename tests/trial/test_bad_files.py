"""Files that contradict themselves or say nothing: a coded error with file, table and key, never a crash."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from epsom.base.errors import EpsomError, Problem
from epsom.base.i18n import LANGUAGES, Translator
from epsom.study.trial import read
from epsom.study.trial.read import read_trial

POPULATION = "[population]\nn = 60\nsbp_mmhg = { mean = 142, sd = 9 }\ndbp_mmhg = 88\n"
PLACEBO = '[[arm]]\nname = "placebo"\n'
TREATED = '[[arm]]\nname = "magnesium"\nsupplement_mg_per_day = 368\n'
DAYS = "[duration]\ndays = 84\n"
ROW = (
    '[[observed]]\noutcome = "sbp"\nunit = "mmHg"\nat_days = 84\nstatistic = "net_change"\n'
    'arm = "magnesium"\ncontrol = "placebo"\nvalue = -2.0\nse = 0.8\n'
)
GOOD = 'schema = "epsom/trial/1"\nid = "t"\nuse = "check"\n' + POPULATION + PLACEBO + TREATED + DAYS + ROW
PHASES = '[[arm]]\nname = "magnesium"\n[[arm.phase]]\ndays = {0}\n[[arm.phase]]\n{1}\n'

# What is replaced, by what, and the code with its table and key.
CASES = [
    ('id = "t"', "id = 7", "E-TRIAL-NAME", "id"),
    ('id = "t"', 'id = "t"\nsource = "a book"', "E-TRIAL-TABLE", "source"),
    ('id = "t"', 'id = "t"\ncolour = "red"', "E-KEY-UNKNOWN", "colour"),
    ("n = 60", "n = -4", "E-RANGE", "population.n"),
    ("n = 60", 'n = "many"', "E-RANGE", "population.n"),
    ("n = 60", "n = 60\nsex = 'female'", "E-KEY-UNKNOWN", "population.sex"),
    ("n = 60", "n = 60\nage_years = 200", "E-RANGE", "population.age_years"),
    ("n = 60", "n = 60\nage_years = nan", "E-TRIAL-VALUE", "population.age_years"),
    ("n = 60", "n = 60\nage_years = { sd = 3 }", "E-TRIAL-POPULATION", "population.age_years"),
    ("n = 60", "n = 60\nage_years = { mean = 50, sd = 90 }", "E-TRIAL-POPULATION", "population.age_years"),
    ("n = 60", "n = 60\nsbp_kpa = 18", "E-TRIAL-TWICE", "population.sbp_mmhg"),
    ("n = 60", "n = 60\nfemale = true", "E-TRIAL-SHARE", "population.female"),
    (
        "n = 60",
        "n = 60\ntype2_diabetes = 0\nhba1c_percent = 8",
        "E-TRIAL-CONTRADICTION",
        "population.type2_diabetes",
    ),
    (
        "n = 60",
        "n = 60\nthiazide = 1\nantihypertensive = 0",
        "E-TRIAL-CONTRADICTION",
        "population.antihypertensive",
    ),
    (
        "n = 60",
        "n = 60\nweight_kg = 60\nheight_cm = 180\nbmi_kg_per_m2 = 30",
        "E-TRIAL-CONTRADICTION",
        "population.bmi_kg_per_m2",
    ),
    ('name = "placebo"', "name = 3", "E-TRIAL-NAME", "arm 1.name"),
    ('name = "placebo"', 'name = "placebo"\ndays = -3', "E-TRIAL-DURATION", "arm.placebo.days"),
    ('name = "placebo"', 'name = "placebo"\nphase = 3', "E-TRIAL-TABLE", "arm.placebo.phase"),
    (
        'name = "placebo"',
        'name = "placebo"\ninfusion_hours = 3',
        "E-TRIAL-INFUSION",
        "arm.placebo.infusion_hours",
    ),
    (
        'name = "placebo"',
        'name = "placebo"\ninfusion_mmol = 3\ninfusion_start_day = 84',
        "E-TRIAL-TIME",
        "arm.placebo.infusion_hours",
    ),
    ("supplement_mg_per_day = 368", "doses_per_day = 0", "E-RANGE", "arm.magnesium.doses_per_day"),
    ("supplement_mg_per_day = 368", "with_meals = 0.5", "E-FLAG", "arm.magnesium.with_meals"),
    ("supplement_mg_per_day = 368", "no_block = 4", "E-RANGE", "arm.magnesium.no_block"),
    (TREATED, PHASES.format(80, "days = 20"), "E-TRIAL-TIME", "arm.magnesium.phase"),
    (TREATED, PHASES.format(0, ""), "E-TRIAL-DURATION", "arm.magnesium.phase 1.days"),
    (TREATED, PHASES.format(9, "dose = 2"), "E-KEY-UNKNOWN", "arm.magnesium.phase 2.dose"),
    (
        TREATED,
        PHASES.format(9, "").replace('"magnesium"', '"magnesium"\nsupplement_mg_per_day = 3'),
        "E-TRIAL-BESIDE-PHASES",
        "arm.magnesium.supplement_mg_per_day",
    ),
    ("days = 84\n[[", "days = 84\nweeks = 12\n[[", "E-KEY-UNKNOWN", "duration.weeks"),
    ("at_days = 84", "at_days = nan", "E-TRIAL-TIME", "observed 1.at_days"),
    ('outcome = "sbp"', "outcome = ['sbp']", "E-TRIAL-OUTCOME", "observed 1.outcome"),
    ('control = "placebo"', 'control = "magnesium"', "E-TRIAL-CONTROL-SAME", "observed 1.control"),
    ('outcome = "sbp"\nunit = "mmHg"', 'outcome = "mg_retention"', "E-TRIAL-RETENTION", "observed 1.arm"),
    ("se = 0.8", "ci = [1, 'x']", "E-TRIAL-ERROR", "observed 1.ci"),
    ("se = 0.8", "null_within = [-1, 1]", "E-TRIAL-ERROR", "observed 1.null_within"),
    ("value = -2.0", "value = 1e30", "E-RANGE", "observed 1.value"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "field"), CASES, ids=lambda case: str(case)[:40])
def test_a_fault_is_named_with_its_place(tmp_path: Path, old: str, new: str, code: str, field: str) -> None:
    assert old in GOOD
    path = tmp_path / "t.toml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(EpsomError) as caught:
        read_trial(path)
    found = {(p.code, p.field) for p in caught.value.problems}
    assert (code, field) in found
    assert {p.file for p in caught.value.problems} == {str(path)}
    for language in LANGUAGES:
        for fault in caught.value.problems:
            assert all(fault.words(Translator(language)))


def test_the_file_of_the_cases_is_good(tmp_path: Path) -> None:
    path = tmp_path / "t.toml"
    path.write_text(GOOD)
    assert read_trial(path).n == 60


WEIRD: tuple[Any, ...] = (
    True, -1, 0, 1e308, float("nan"), float("inf"), 10**30, "", "sbp", [], [1, 2], [[1]], {}, {"mean": 1},
    {"a": {"b": 1}}, {"mean": "x"}, {"value": 1, "unit": 3}, {"times_baseline": [1]}, [{}], [{"name": 1}],
)  # fmt: skip
KEYS = ("clamp", "phase", "days", "n", "reference", "infusion_mmol", "with_meals", "compound", "design", "ci")


def _places(found: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    inside = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for key, value in inside:
        yield from _places(value, (*path, key))


def _damaged(record: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Delete, replace or add something somewhere."""
    made = copy.deepcopy(record)
    place = rng.choice(list(_places(made)))
    inside: Any = made
    for key in place[:-1]:
        inside = inside[key]
    chance = rng.random()
    if chance < 0.2:
        del inside[place[-1]]
    elif chance < 0.8 or not isinstance(inside, dict):
        inside[place[-1]] = copy.deepcopy(rng.choice(WEIRD))
    else:
        inside[rng.choice(KEYS)] = copy.deepcopy(rng.choice(WEIRD))
    return made


def test_no_damage_gets_further_than_a_coded_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.toml"
    path.write_text(GOOD.replace('name = "placebo"\n', 'name = "placebo"\nclamp = { glucose = 5.0 }\n', 1))
    record = read.read_toml(path)
    rng = random.Random(4)
    faults: list[Problem] = []
    for _ in range(1500):
        damaged = _damaged(record, rng)
        monkeypatch.setattr(read, "read_toml", lambda _path, damaged=damaged: damaged)
        try:
            read_trial(path, planned=rng.random() < 0.3)
        except EpsomError as error:
            faults += error.problems
    assert len(faults) > 1000
    assert all(p.file and p.field for p in faults)
