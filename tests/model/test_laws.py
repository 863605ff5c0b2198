"""The hard laws of the model, for people and interventions drawn at random."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from epsom.engine.evaluate import evaluate
from epsom.engine.reference import ReferenceEngine
from epsom.engine.solution import Status
from epsom.engine.start import initial_values
from epsom.model.check import check_model, mass_balance_residual
from epsom.model.records import parameters
from epsom.model.system import epsom_system
from tests.model.lives import TRIAL_MAN, live, members

PERSON = st.fixed_dictionaries(
    {
        "age0": st.floats(20, 85),
        "weight": st.floats(45, 130),
        "serum0": st.floats(0.65, 0.98),
        "intake0": st.floats(120, 600),
        "egfr0": st.floats(45, 130),
        "sbp0": st.floats(105, 175),
        "dbp0": st.floats(60, 90),
        "crp0": st.floats(0.2, 12.0),
        "homa0": st.floats(0.6, 6.0),
        "bmi0": st.floats(19, 40),
        "diabetes": st.sampled_from([0.0, 1.0]),
        "smoker0": st.sampled_from([0.0, 1.0]),
    }
)
CHANGE = st.fixed_dictionaries(
    {
        "supplement": st.floats(0, 1000),
        "dissolved": st.floats(0.1, 1.0),
        "doses": st.sampled_from([1.0, 2.0, 3.0, 4.0]),
        "with_meals": st.floats(0, 1),
        "intake": st.floats(20, 1000),
        "infusion": st.floats(0, 5),
        "thiazide": st.sampled_from([0.0, 1.0]),
        "ppi": st.sampled_from([0.0, 1.0]),
    }
)


def test_the_model_keeps_its_promises() -> None:
    assert [check.found for check in check_model() if not check.passed] == []


@settings(max_examples=12, deadline=None)
@given(PERSON, CHANGE, st.floats(1, 4000))
def test_magnesium_is_conserved_along_a_life(
    person: dict[str, float], change: dict[str, float], day: float
) -> None:
    pools = ["mg_ecf", "mg_fast", "mg_bone", "mg_deep"]
    ledger = ["absorbed_mg_total", "urine_mg_total", "other_losses_total"]
    life = live([person], [change], [0.0, day], [*pools, *ledger], rtol=1e-9)
    assert life.status[0] == Status.OK
    start, end = life.values[0]
    gained = end[:4].sum() - start[:4].sum()
    assert abs(gained - (end[4] - end[5] - end[6])) <= 1e-9 * max(end[4], start[:4].sum())


@settings(max_examples=12, deadline=None)
@given(PERSON, CHANGE)
def test_levels_stay_positive_and_absorbed_stays_below_eaten(
    person: dict[str, float], change: dict[str, float]
) -> None:
    names = [
        "serum_mg", "mg_fast", "mg_bone", "mg_deep", "rbc_mg", "calcium", "calcitriol", "pth", "nfkb", "il6",
        "crp", "fmd", "cimt", "gfr", "beta_cell", "insulin_sensitivity", "glucose", "map",
        "absorbed_fraction", "urine_mg",
    ]  # fmt: skip
    life = live([person], [change], [0.0, 1.0, 7.0, 90.0, 1500.0], names)
    assert life.status[0] == Status.OK
    assert (life.values > 0.0).all()
    assert life["absorbed_fraction"].max() < 1.0


@settings(max_examples=25, deadline=None)
@given(PERSON)
def test_a_stated_person_is_at_rest_but_for_ageing(person: dict[str, float]) -> None:
    system = epsom_system()
    batch = members([person], [{}])
    start = initial_values(system, batch)
    rates = evaluate(
        system.graph,
        system.rates,
        parameters=start.parameters,
        derived=start.derived,
        states=start.states,
        time=0.0,
    )[0]
    ageing = {
        "ln_structural", "stiffness", "cimt", "calcification", "beta_cell", "diabetes_hazard", "gfr",
        "urine_mg_total", "absorbed_mg_total", "other_losses_total",
    }  # fmt: skip
    scale = np.abs(start.states[0]) + 1e-3
    at_rest = {name: abs(rate) / s for name, rate, s in zip(system.states, rates, scale, strict=True)}
    assert {name: rate for name, rate in at_rest.items() if name not in ageing and rate > 1e-10} == {}


@settings(max_examples=15, deadline=None)
@given(PERSON, st.floats(0.05, 0.3))
def test_no_flow_of_magnesium_appears_or_vanishes(person: dict[str, float], noise: float) -> None:
    system = epsom_system()
    start = initial_values(system, members([person], [{}]))
    rng = np.random.default_rng(int(noise * 1e6))
    states = start.states * np.exp(rng.normal(0.0, noise, (50, start.states.shape[1])))
    assert mass_balance_residual(system, states) < 1e-12


def test_no_jump_over_the_whole_range_of_diets() -> None:
    """Pressure, inflammation and insulin resistance fall, serum rises, smoothly from 20 to 1000 mg/day."""
    diets = np.arange(20.0, 1001.0, 20.0)
    names = ["serum_mg", "map", "crp", "homa_ir", "urine_mg"]
    life = live([TRIAL_MAN] * len(diets), [{"intake": diet} for diet in diets], [0.0, 730.0], names)
    assert (life.status == Status.OK).all()
    end = dict(zip(names, life.values[:, -1].T, strict=True))
    assert (np.diff(end["serum_mg"]) > 0.0).all()
    assert (np.diff(end["urine_mg"]) > 0.0).all()
    for falling in ("map", "crp", "homa_ir"):
        assert (np.diff(end[falling]) < 0.0).all(), falling
        bend = np.abs(np.diff(end[falling], 2)).max()
        assert bend < 0.12 * np.ptp(end[falling]), falling


@settings(max_examples=8, deadline=None)
@given(PERSON, st.lists(st.floats(0, 900), min_size=2, max_size=4, unique=True))
def test_more_magnesium_never_raises_pressure(person: dict[str, float], doses: list[float]) -> None:
    doses = sorted(doses)
    life = live([person] * len(doses), [{"supplement": dose} for dose in doses], [0.0, 365.0], ["map"])
    assert (np.diff(life["map"][:, -1]) <= 1e-9).all()


def test_neighbours_and_order_do_not_matter() -> None:
    doses = [0.0, 100.0, 250.0, 400.0, 800.0]
    batch = members([TRIAL_MAN] * 5, [{"supplement": dose} for dose in doses])
    days = np.array([0.0, 84.0, 365.0])
    engine, system = ReferenceEngine(), epsom_system()
    together = engine.solve(system, batch, days)
    order = np.array([3, 1, 4, 0, 2])
    shuffled = engine.solve(system, batch.take(order), days)
    alone = engine.solve(system, batch.take(np.array([3])), days)
    assert np.array_equal(together.values[order], shuffled.values)
    assert np.array_equal(together.values[[3]], alone.values)


def test_every_share_and_exponent_that_a_proof_needs_is_in_range() -> None:
    p = {name: record.value for name, record in parameters().items()}
    assert p["e_6"] <= 1.0  # inflammation cannot latch
    assert p["s_m"] >= 0.025  # the gate can be integrated
    assert (
        p["g_SI"] * p["t_IR"] / (4 * p["s_m"] * p["S_uni"] * p["uf"]) < 0.9
    )  # no runaway through the kidney
    assert p["g_B"] == 0.0  # magnesium does not change weight by default
