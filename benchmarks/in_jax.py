"""A model's rates in JAX, for diffrax."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np

from epsom.engine.ops import Op
from epsom.engine.system import System

jax.config.update("jax_enable_x64", True)
_FUNCTIONS: dict[Op, Callable[..., Any]] = {
    Op.ADD: jnp.add, Op.SUB: jnp.subtract, Op.MUL: jnp.multiply, Op.DIV: jnp.divide, Op.POW: jnp.power,
    Op.NEG: jnp.negative, Op.MIN: jnp.minimum, Op.MAX: jnp.maximum, Op.EXP: jnp.exp, Op.LOG: jnp.log,
    Op.SQRT: jnp.sqrt, Op.ABS: jnp.abs, Op.SIN: jnp.sin, Op.COS: jnp.cos, Op.LT: jnp.less,
    Op.LE: jnp.less_equal, Op.EQ: jnp.equal, Op.NE: jnp.not_equal, Op.AND: jnp.logical_and,
    Op.OR: jnp.logical_or, Op.NOT: jnp.logical_not, Op.SELECT: lambda c, a, b: jnp.where(c != 0, a, b),
}  # fmt: skip


def rates(system: System) -> Callable[..., Any]:
    """Return the rates as a function of time, states and (parameters, derived values)."""
    graph = system.graph
    order = graph.order(system.rates)

    def function(t: Any, y: Any, args: Any) -> Any:
        parameters, derived = args
        leaves = {Op.PARAMETER: parameters, Op.DERIVED: derived, Op.STATE: y}
        found: dict[int, Any] = {}
        for node in order:
            op = graph.ops[node]
            if op is Op.CONST:
                found[node] = graph.values[node]
            elif op is Op.TIME:
                found[node] = t
            elif op in leaves:
                found[node] = leaves[op][int(graph.values[node])]
            else:
                found[node] = _FUNCTIONS[op](*(found[a] for a in graph.args[node]))
        return jnp.stack([jnp.asarray(found[node], dtype=float) for node in system.rates])

    return function


def integrate(system: System, times: np.ndarray, rtol: float) -> Callable[..., np.ndarray]:
    """Return a function of members' parameters, derived values, states and absolute tolerances."""
    term = diffrax.ODETerm(rates(system))
    save = diffrax.SaveAt(ts=jnp.asarray(times))

    def one(parameters: Any, derived: Any, states: Any, atol: Any) -> Any:
        controller = diffrax.PIDController(rtol=rtol, atol=atol)
        return diffrax.diffeqsolve(
            term, diffrax.Kvaerno5(), t0=0.0, t1=float(times[-1]), dt0=None, y0=states,
            args=(parameters, derived), saveat=save, stepsize_controller=controller, max_steps=100_000,
            throw=False,
        ).ys  # fmt: skip

    batch = jax.jit(jax.vmap(one))
    return lambda *arrays: np.asarray(batch(*map(jnp.asarray, arrays)))
