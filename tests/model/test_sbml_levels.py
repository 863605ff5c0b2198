"""One model in every level of SBML is one system."""

from __future__ import annotations

import libsbml
import numpy as np
import pytest

from epsom.engine.members import Members
from epsom.engine.reference import ReferenceEngine
from epsom.model.sbml import antimony_to_sbml, read_sbml

TEXT = """
model enzyme
  compartment C; C = 2
  species S in C, E in C, ES in C, $P in C
  S = 10; E = 1; ES = 0; P = 0
  bind: S + E -> ES; C*(on*S*E - off*ES); on = 2; off = 0.5
  turn: ES -> E + 2 P; C*rate*ES; rate = 3
  total := S + ES
end
"""


@pytest.mark.parametrize(("level", "version"), [(1, 2), (2, 1), (2, 4), (2, 5), (3, 1), (3, 2)])
def test_levels_agree(level: int, version: int) -> None:
    document = libsbml.readSBMLFromString(antimony_to_sbml(TEXT))
    assert document.setLevelAndVersion(level, version, False)
    system = read_sbml(libsbml.writeSBMLToString(document))
    times = np.array([0.0, 1.0, 4.0])
    names = ["S", "ES", "E", "total", "bind"]
    found = ReferenceEngine().solve(
        system, Members.of(system, 1), times, observe=names, rtol=1e-10, atol=1e-12
    )
    s, es, e, total, bind = found.values[0].T
    assert e + es == pytest.approx(1.0, rel=1e-11)
    assert total == pytest.approx(s + es, rel=1e-14)
    assert bind == pytest.approx(2 * (2 * s * e - 0.5 * es), rel=1e-12)

    def rates(_t: float, y: np.ndarray) -> list[float]:
        bound = 2 * y[0] * y[1] - 0.5 * y[2]
        return [-bound, 3 * y[2] - bound, bound - 3 * y[2]]

    from scipy.integrate import solve_ivp

    other = solve_ivp(rates, (0.0, 4.0), [10.0, 1.0, 0.0], "DOP853", times, rtol=1e-11, atol=1e-13)
    assert np.array([s, e, es]) == pytest.approx(other.y, rel=1e-8)


def test_a_document_may_come_in_another_encoding() -> None:
    text = antimony_to_sbml(TEXT).split("?>", 1)[1]
    for encoding in ("utf-16", "iso-8859-1"):
        declared = f'<?xml version="1.0" encoding="{encoding}"?>{text}'
        assert len(read_sbml(declared.encode(encoding)).states) == 3
