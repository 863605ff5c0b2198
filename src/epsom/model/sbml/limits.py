"""Look at SBML text before any library parses it: size, depth, entities, number of things."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from epsom.base.errors import EpsomError, problem

# What a model may hold. The dense Jacobian of the reference engine sets the number of states; the
# others keep parsing within seconds and some hundreds of megabytes.
LARGEST_FILE = 64_000_000
DEEPEST = 400
MOST_ELEMENTS = 2_000_000
MOST_OF_A_KIND: Mapping[str, int] = {
    "species": 20_000,
    "parameter": 50_000,
    "reaction": 50_000,
    "compartment": 20_000,
    "event": 5_000,
}
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
MOST_STATES = 5_000
# Operations that depend on states, once for each state (`epsom.engine.extent`): a million take the
# reference engine about a minute and 800 MB to differentiate.
MOST_DERIVATIVES = 1_000_000
# Elements of a model made of models once it is flat, and how deep models may stand in models.
MOST_FLATTENED = 50_000
DEEPEST_SUBMODELS = 30
MOST_STEPS_IN_FUNCTIONS = 100_000


def too_large(source: str, what: str, value: int, limit: int) -> EpsomError:
    """Build the error for a model over one of the limits."""
    return problem("E-SBML-TOO-LARGE", file=source, field=what, value=value, expected=f"<= {limit}")


@dataclass
class _Census:
    source: str
    depth: int = 0
    elements: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    encoding: str = "utf-8"

    def declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.encoding = encoding or self.encoding

    def start(self, name: str, _attributes: object) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > DEEPEST:
            raise too_large(self.source, "depth", self.depth, DEEPEST)
        if self.elements > MOST_ELEMENTS:
            raise too_large(self.source, "elements", self.elements, MOST_ELEMENTS)
        kind = name.rpartition(":")[2]
        if kind in MOST_OF_A_KIND:
            count = self.kinds[kind] = self.kinds.get(kind, 0) + 1
            if count > MOST_OF_A_KIND[kind]:
                raise too_large(self.source, kind, count, MOST_OF_A_KIND[kind])

    def end(self, _name: str) -> None:
        self.depth -= 1

    def refuse(self, *_declaration: object) -> None:
        raise problem("E-SBML-DOCTYPE", file=self.source)


def inspect(text: bytes, source: str) -> str:
    """Refuse text that is no XML, declares entities, or is too large, deep or numerous to read safely.

    Returns
    -------
    str
        The document as text, without its XML declaration.

    Raises
    ------
    EpsomError
        ``E-SBML-DOCTYPE``, ``E-SBML-TOO-LARGE`` or ``E-SBML-INVALID``.
    """
    if len(text) > LARGEST_FILE:
        raise too_large(source, "bytes", len(text), LARGEST_FILE)
    census = _Census(source)
    parser = expat.ParserCreate()
    parser.StartElementHandler = census.start
    parser.EndElementHandler = census.end
    parser.XmlDeclHandler = census.declaration
    parser.StartDoctypeDeclHandler = census.refuse
    parser.EntityDeclHandler = census.refuse
    try:
        parser.Parse(text, True)
        decoded = text.decode("utf-16" if text[:2] in _UTF16_MARKS else census.encoding)
    except expat.ExpatError as fault:
        raise problem(
            "E-SBML-INVALID", file=source, row=fault.lineno, details={"reason": expat.ErrorString(fault.code)}
        ) from None
    except (LookupError, ValueError) as fault:  # an encoding that does not exist
        raise problem("E-SBML-INVALID", file=source, details={"reason": str(fault)}) from None
    return _DECLARATION.sub("", decoded.removeprefix("\ufeff"), count=1)
