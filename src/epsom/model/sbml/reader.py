"""Read a model: SBML or Antimony, from text or a file, into the engine's `System`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from epsom.base.errors import problem
from epsom.engine.extent import derivative_work
from epsom.engine.system import System
from epsom.model.sbml.antimony_text import antimony_to_sbml
from epsom.model.sbml.build import build
from epsom.model.sbml.compose import flatten
from epsom.model.sbml.extract import check_packages, extract
from epsom.model.sbml.limits import LARGEST_FILE, MOST_DERIVATIVES, inspect, too_large


def read_sbml(text: str | bytes, *, source: str = "sbml") -> System:
    """Build the system of equations of an SBML document of any level.

    Parameters
    ----------
    text
        The document itself; bytes where its encoding is declared inside.
    source
        What to call it in error messages.

    Raises
    ------
    EpsomError
        With an ``E-SBML-...`` code: not XML or not SBML, a feature that Epsom does not simulate, an
        unknown identifier, circular formulas, or too large.
    """
    if isinstance(text, str):
        text = text.encode("utf-8", "replace")
    system = build(extract(_document(inspect(text, source), source), source))
    work = derivative_work(system.graph, system.rates)
    if work > MOST_DERIVATIVES:
        raise too_large(source, "derivatives", work, MOST_DERIVATIVES)
    return system


def read_model(path: str | Path) -> System:
    """Read a model file: SBML when it begins as XML does, otherwise Antimony.

    Raises
    ------
    EpsomError
        ``E-FILE`` when it cannot be read, and all that `read_sbml` and `antimony_to_sbml` raise.
    """
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise too_large(path.name, "bytes", path.stat().st_size, LARGEST_FILE)
        text = path.read_bytes()
    except OSError as fault:
        raise problem(
            "E-FILE", file=str(path), expected="SBML, Antimony", details={"reason": fault.strerror}
        ) from None
    start = text[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()
    if path.suffix.lower() in (".xml", ".sbml") or start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return read_sbml(text, source=path.name)
    try:
        written = text.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise problem(
            "E-FILE", file=path.name, expected="SBML, Antimony", details={"reason": fault.reason}
        ) from None
    return read_sbml(antimony_to_sbml(written, source=path.name), source=path.name)


def _document(text: str, source: str) -> Any:
    import libsbml

    document = libsbml.readSBMLFromString('<?xml version="1.0" encoding="UTF-8"?>' + text)
    for k in range(document.getNumErrors()):
        fault = document.getError(k)
        if fault.getSeverity() >= libsbml.LIBSBML_SEV_ERROR:
            reason = fault.getShortMessage() or fault.getMessage()
            raise problem(
                "E-SBML-INVALID", file=source, row=fault.getLine() or None, details={"reason": reason}
            )
    check_packages(document, source)
    flatten(document, source)
    return document
