"""Antimony text to SBML, through the Antimony library."""

from __future__ import annotations

from epsom.base.errors import problem
from epsom.model.sbml.limits import LARGEST_FILE, too_large


def antimony_to_sbml(text: str, *, source: str = "antimony") -> str:
    """Translate Antimony text into SBML Level 3.

    Only the text itself is read: ``import`` of other files is refused, since it would open any path.

    Raises
    ------
    EpsomError
        ``E-ANTIMONY`` with the library's reason, or ``E-SBML-TOO-LARGE``.
    """
    import antimony

    if len(text) > LARGEST_FILE:
        raise too_large(source, "bytes", len(text), LARGEST_FILE)
    if "\0" in text or any(line.lstrip().startswith("import ") for line in text.splitlines()):
        raise problem("E-ANTIMONY", file=source, details={"reason": "import"})
    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString(text) < 0:
        raise problem("E-ANTIMONY", file=source, details={"reason": antimony.getLastError().strip()})
    sbml = antimony.getSBMLString(antimony.getMainModuleName())
    antimony.clearPreviousLoads()
    return str(sbml)
