"""The solvers that are timed: each is made for a case and a tolerance, and gives the values of n members."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from cases import Case

from epsom.engine.compile import Leaves
from epsom.engine.prepared import Prepared
from epsom.engine.reference import ReferenceEngine
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.start import initial_values, state_scales

Run = Callable[[int], np.ndarray]


@dataclass(frozen=True)
class Solver:
    """Hold a solver: how it is made, how many members a round has, and the smallest tolerance it takes."""

    name: str
    make: Callable[[Case, float, Cache], Run]
    members: int
    smallest_rtol: float = 1e-9
    package: str | None = None

    @property
    def missing(self) -> bool:
        """Tell whether the package that it needs is not installed."""
        return self.package is not None and importlib.util.find_spec(self.package) is None


def _simd(precision: str) -> Callable[[Case, float, Cache], Run]:
    def make(case: Case, rtol: float, cache: Cache) -> Run:
        engine = SimdEngine(threads=1, cache=cache, precision=precision)
        atol = rtol if precision == "single" else min(rtol, 1e-6)

        def run(n: int) -> np.ndarray:
            members = case.members.take(slice(0, n))
            return engine.solve(case.system, members, case.times, rtol=rtol, atol=atol).values

        return run

    return make


def _reference(case: Case, rtol: float, cache: Cache) -> Run:
    engine = ReferenceEngine()

    def run(n: int) -> np.ndarray:
        members = case.members.take(slice(0, n))
        return engine.solve(case.system, members, case.times, rtol=rtol, atol=min(rtol, 1e-6)).values

    return run


def started(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return parameters with the inputs switched, derived values and states at the start."""
    begin = initial_values(case.system, case.members)
    parameters = case.members.parameters.copy()
    schedule = case.members.schedule
    if schedule is not None:
        columns = [case.system.parameter_index(name) for name in schedule.inputs]
        parameters[:, columns] = schedule.values[:, 0]
    return parameters, begin.derived, begin.states


def _libroadrunner(case: Case, rtol: float, cache: Cache) -> Run:
    """Set all values that belong to a member, then simulate; start values come from Epsom."""
    import roadrunner

    runner = roadrunner.RoadRunner(case.sbml)
    runner.integrator.relative_tolerance = rtol
    runner.integrator.absolute_tolerance = min(1e-9, 1e-3 * rtol)
    runner.selections = list(case.system.states)
    parameters, derived, states = started(case)
    table = {name: parameters[:, k] for k, name in enumerate(case.system.parameters)}
    table |= {name: derived[:, k] for k, name in enumerate(case.system.derived)}
    table |= {name: states[:, k] for k, name in enumerate(case.system.states)}
    ids = [i for i in runner.model.getGlobalParameterIds() if i in table]
    index = [runner.model.getGlobalParameterIds().index(i) for i in ids]
    values = np.stack([table[i] for i in ids], axis=1)
    moments = [0.0, *case.times.tolist()]

    def run(n: int) -> np.ndarray:
        found = np.empty((n, case.times.size, len(case.system.states)))
        for k in range(n):
            runner.reset()
            runner.model.setGlobalParameterValues(index, values[k])
            found[k] = np.asarray(runner.simulate(times=moments))[1:]
        return found

    return run


def _scipy_bdf(case: Case, rtol: float, cache: Cache) -> Run:
    from scipy.integrate import solve_ivp

    prepared = Prepared(case.system)
    parameters, derived, states = started(case)
    scales = state_scales(case.system, states)

    def run(n: int) -> np.ndarray:
        found = np.empty((n, case.times.size, len(case.system.states)))
        for k in range(n):
            leaves = Leaves(parameters[k], derived[k])
            rates = prepared.rates.bind(leaves)
            jacobian = prepared.bound_jacobian(leaves, rates)
            found[k] = solve_ivp(
                rates, (0.0, case.times[-1]), states[k], method="BDF", t_eval=case.times, rtol=rtol,
                atol=min(rtol, 1e-6) * scales[k], jac=jacobian,
            ).y.T  # fmt: skip
        return found

    return run


def _diffrax(case: Case, rtol: float, cache: Cache) -> Run:
    """Kvaerno5 with a PID controller, vmap over members; everything else as the package comes."""
    from in_jax import integrate

    parameters, derived, states = started(case)
    scales = state_scales(case.system, states)
    solve = integrate(case.system, case.times, rtol)

    def run(n: int) -> np.ndarray:
        return solve(parameters[:n], derived[:n], states[:n], min(rtol, 1e-6) * scales[:n])

    return run


SOLVERS = {
    s.name: s
    for s in (
        Solver("simd", _simd("double"), 512),
        Solver("simd single", _simd("single"), 512, smallest_rtol=1e-5),
        Solver("libroadrunner", _libroadrunner, 16, package="roadrunner"),
        Solver("reference (LSODA)", _reference, 4),
        Solver("SciPy BDF", _scipy_bdf, 2),
        Solver("diffrax", _diffrax, 4, package="diffrax"),
    )
}
