"""The model with variables that can be imposed: a system of its own, beside the one without clamps."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from epsom import __version__
from epsom.base.arrays import FloatArray
from epsom.base.store import Store, cache_folder
from epsom.engine.members import Members
from epsom.engine.packed import pack, unpack
from epsom.engine.start import initial_values, observe_start
from epsom.engine.system import System
from epsom.model.assemble import model_hash, sbml_text
from epsom.model.check import POOLS
from epsom.model.records import state_scales
from epsom.model.system import REVISION, epsom_system

# Magnesium that a clamp has put into the pools that it holds [mmol]; negative where it took some out.
CLAMP_TOTAL = "clamp_mg_total"
_BOOKKEEPING = ("urine_mg_total", "absorbed_mg_total", "other_losses_total")
_PULL = "clamp_pull"


def switch_inputs(name: str) -> tuple[str, str, str]:
    """Return the inputs of a clamp: its strength c [1], a level, and a share of the value at rest [1].

    The imposed value is ``level + share * value at rest``; at rest they are 0, 0 and 1.
    """
    return f"clamp_{name}", f"level_{name}", f"share_{name}"


def _start(name: str) -> str:
    return f"start_{name}"


@cache
def _records() -> dict[str, Any]:
    return tomllib.loads(files("epsom.model").joinpath("clamps.toml").read_text("utf-8"))


def through(name: str) -> Mapping[str, str]:
    """Return which variables a clamp of ``name`` replaces, each with its formula of ``imposed``."""
    found: Mapping[str, str] = _records()["through"].get(name, {name: "imposed"})
    return found


@cache
def can_be_imposed() -> tuple[str, ...]:
    """Return the names of all states and algebraic variables that a clamp may hold.

    Examples
    --------
    >>> "glucose" in can_be_imposed(), "k_F" in can_be_imposed()
    (True, False)
    """
    system = epsom_system()
    fixed = {*system.parameters, *system.derived, *_BOOKKEEPING}
    return tuple(name for name in system.observables if name not in fixed)


def collisions(names: Collection[str]) -> tuple[str, ...]:
    """Return the names that hold something that another of the names holds too."""
    holders: dict[str, list[str]] = {}
    for name in names:
        for target in through(name):
            holders.setdefault(target, []).append(name)
    return tuple(sorted({name for found in holders.values() if len(found) > 1 for name in found}))


def holds_a_pool(names: Collection[str]) -> bool:
    """Tell whether a clamp of one of the names adds magnesium to a pool or takes it out."""
    return any(target in POOLS for name in names for target in through(name))


@cache
def clamped_system(names: tuple[str, ...]) -> System:
    """Return the model in which the named variables can be imposed, kept on disk between runs.

    Parameters
    ----------
    names
        From `can_be_imposed`, without `collisions`. Each adds the parameters `switch_inputs`; while its
        c is 0 the equations give what the model without clamps gives.
    """
    if not names:
        return epsom_system()
    marks = hashlib.sha256(repr((names, _records())).encode()).hexdigest()[:16]
    store = Store(cache_folder("models"))
    key = f"{model_hash()}-{marks}-{__version__}-{REVISION}.json"
    kept = store.read(key)
    if kept is not None:
        return unpack(kept)
    system = _assemble(names)
    store.write(key, pack(system))
    return system


def with_values_at_rest(members: Members, names: tuple[str, ...]) -> Members:
    """Tell members of `clamped_system` what each of them has at rest of the variables to impose."""
    if not names:
        return members
    clamped, free = clamped_system(names), epsom_system()
    columns = [clamped.parameter_index(name) for name in free.parameters]
    rest = _at_rest(free, Members(members.parameters[:, columns]), names)
    parameters = members.parameters.copy()
    for name in names:
        parameters[:, clamped.parameter_index(_start(name))] = rest[name]
    return replace(members, parameters=parameters)


def _at_rest(system: System, members: Members, names: tuple[str, ...]) -> dict[str, FloatArray]:
    found = observe_start(system, initial_values(system, members), names)
    return {name: found[:, k] for k, name in enumerate(names)}


def _assemble(names: tuple[str, ...]) -> System:
    from epsom.model.sbml import read_sbml  # late: a kept model needs no SBML library

    system = read_sbml(clamped_sbml(names), source="epsom")
    scales = {**state_scales(), CLAMP_TOTAL: state_scales()["absorbed_mg_total"]}
    return replace(system, state_scale=np.array([scales[name] for name in system.states]))


def clamped_sbml(names: tuple[str, ...]) -> str:
    """Return the model as SBML with a clamp for each name: used = (1 - c) computed + c imposed.

    A state's rate becomes ``(1 - c) rate + c k (imposed - state)``. What a clamp adds to a magnesium
    pool is booked in ``clamp_mg_total``, so that the mass balance stays exact.
    """
    import libsbml

    document = libsbml.readSBMLFromString(sbml_text())
    model = document.getModel()
    _parameter(model, _PULL, float(_records()["pull_per_day"]), constant=True)
    rest = _at_rest(epsom_system(), Members.of(epsom_system(), 1), names)
    booked = []
    for name in names:
        strength, level, share = switch_inputs(name)
        for parameter, value in ((strength, 0.0), (level, 0.0), (share, 1.0)):
            _parameter(model, parameter, value, constant=True)
        _parameter(model, _start(name), float(rest[name][0]), constant=True)
        for target, formula in through(name).items():
            imposed = f"({formula.replace('imposed', f'({level} + {share}*{_start(name)})')})"
            flow = _impose(model, target, strength, imposed)
            if target in POOLS:
                booked.append(flow)
    if booked:
        _book(model, " + ".join(booked))
    return str(libsbml.writeSBMLToString(document))


def _parameter(model: Any, name: str, value: float, *, constant: bool) -> None:
    made = model.createParameter()
    made.setId(name)
    made.setConstant(constant)
    made.setValue(value)


def _impose(model: Any, target: str, strength: str, imposed: str) -> str:
    """Change the rule of ``target``; return the formula of what the clamp adds to its rate."""
    import libsbml

    rule = model.getRuleByVariable(target)
    own = f"({libsbml.formulaToL3String(rule.getMath())})"
    towards = f"{_PULL}*({imposed} - {target})" if rule.isRate() else imposed
    rule.setMath(libsbml.parseL3Formula(f"(1 - {strength})*{own} + {strength}*{towards}"))
    return f"{strength}*({towards} - {own})"


def _book(model: Any, flow: str) -> None:
    import libsbml

    _parameter(model, CLAMP_TOTAL, 0.0, constant=False)
    rule = model.createRateRule()
    rule.setVariable(CLAMP_TOTAL)
    rule.setMath(libsbml.parseL3Formula(flow))
