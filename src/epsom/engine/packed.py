"""A system as bytes and back: plain JSON, so that reading one can never run anything."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from epsom.engine.graph import Graph
from epsom.engine.ops import Op
from epsom.engine.system import Assignment, Event, System


def pack(system: System) -> bytes:
    """Write a system as JSON; numbers keep every bit (as hexadecimal floats)."""
    graph = system.graph
    shape: dict[str, Any] = {
        "name": system.name,
        "nodes": [
            [int(op), list(args), value.hex()]
            for op, args, value in zip(graph.ops, graph.args, graph.values, strict=True)
        ],
        "states": system.states,
        "initial": system.initial,
        "rates": system.rates,
        "parameters": system.parameters,
        "defaults": [float(v).hex() for v in system.defaults],
        "derived": system.derived,
        "derived_nodes": system.derived_nodes,
        "observables": dict(system.observables),
        "events": [_event(event) for event in system.events],
    }
    if system.state_scale is not None:
        shape["state_scale"] = [float(v).hex() for v in system.state_scale]
    return json.dumps(shape, separators=(",", ":")).encode()


def _event(event: Event) -> dict[str, Any]:
    return {**vars(event), "assignments": [vars(a) for a in event.assignments]}


def unpack(data: bytes) -> System:
    """Read what `pack` wrote.

    Raises
    ------
    ValueError
        When the bytes are not a packed system.
    """
    shape = json.loads(data)
    try:
        scale = shape.get("state_scale")
        return System(
            name=shape["name"],
            graph=Graph.of_nodes(
                (Op(op), tuple(args), float.fromhex(value)) for op, args, value in shape["nodes"]
            ),
            states=tuple(shape["states"]),
            initial=tuple(shape["initial"]),
            rates=tuple(shape["rates"]),
            parameters=tuple(shape["parameters"]),
            defaults=np.array([float.fromhex(v) for v in shape["defaults"]]),
            derived=tuple(shape["derived"]),
            derived_nodes=tuple(shape["derived_nodes"]),
            observables=shape["observables"],
            events=tuple(
                Event(**{**e, "assignments": tuple(Assignment(**a) for a in e["assignments"])})
                for e in shape["events"]
            ),
            state_scale=None if scale is None else np.array([float.fromhex(v) for v in scale]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a packed system: {error}") from error
