"""Hold the model against its own promises: units, mass balance, sources, causal map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.engine.evaluate import evaluate
from epsom.engine.members import Members
from epsom.engine.start import initial_values
from epsom.engine.system import System
from epsom.model.assemble import sbml_text
from epsom.model.causal import arrow_index, quantities
from epsom.model.dependencies import direct_dependencies, edges_between
from epsom.model.records import parameters
from epsom.model.system import epsom_system
from epsom.model.units import unit_findings

POOLS = ("mg_ecf", "mg_fast", "mg_bone", "mg_deep")
BALANCE = "mg_balance"
ROUNDING = 1e-12  # relative to the largest flow: what double precision leaves of an exact sum


@dataclass(frozen=True)
class Check:
    """Report one promise: kept or not, with what was found."""

    name: str
    passed: bool
    found: tuple[str, ...]
    measured: float | None = None


def mass_balance_residual(system: System, states: FloatArray) -> float:
    """Return the largest error of d(total magnesium)/dt = absorbed + infused - urine - other losses.

    Parameters
    ----------
    system
        The model.
    states
        Points in state space to look at (n, n_states).

    Returns
    -------
    float
        Largest residual relative to the largest flow at that point [1].
    """
    members = Members.of(system, len(states))
    start = initial_values(system, members)
    nodes = [system.rates[system.states.index(pool)] for pool in POOLS] + [system.observables[BALANCE]]
    values = evaluate(
        system.graph, nodes, parameters=members.parameters, derived=start.derived, states=states, time=0.0
    )
    flows = np.abs(values).max(axis=1)
    residual = np.abs(values[:, :-1].sum(axis=1) - values[:, -1])
    return float((residual / flows).max())


def _units() -> Check:
    findings = tuple(f"{f.severity} {f.code}: {f.message}" for f in unit_findings(sbml_text()))
    return Check("units", not findings, findings)


def _mass_balance() -> Check:
    system = epsom_system()
    rng = np.random.default_rng(1)
    start = initial_values(system, Members.of(system, 500))
    states = start.states * np.exp(rng.normal(0.0, 0.4, start.states.shape))
    worst = mass_balance_residual(system, states)
    return Check("mass-balance", worst < ROUNDING, (), worst)


def _sources() -> Check:
    missing = tuple(
        name for name, p in parameters().items() if p.tag == "evidence" and not p.sources and not p.note
    )
    return Check("sources", not missing, missing)


def _spreads() -> Check:
    """A choice without any source must be allowed to be wrong: a wide prior, or a fixed exponent or unit."""
    narrow = tuple(
        name
        for name, p in parameters().items()
        if p.tag == "choice" and not p.sources and p.prior == "lognormal" and p.spread < 0.2
    )
    return Check("choices-are-wide", not narrow, narrow)


def _causal_map() -> Check:
    stated = set(arrow_index())
    derived = edges_between(direct_dependencies(sbml_text()), quantities())
    wrong = [f"only in the equations: {c} -> {e}" for c, e in sorted(derived - stated)]
    wrong += [f"only in the map: {c} -> {e}" for c, e in sorted(stated - derived)]
    return Check("causal-map", not wrong, tuple(wrong))


def check_model() -> tuple[Check, ...]:
    """Run every check on the model."""
    return (_units(), _mass_balance(), _sources(), _spreads(), _causal_map())
