"""Write MIRIAM annotations, history and a note into an SBML document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import libsbml

from epsom.model.terms import ADDRESS, Terminology

_BIOLOGY = {
    "isVersionOf": libsbml.BQB_IS_VERSION_OF,
    "isPropertyOf": libsbml.BQB_IS_PROPERTY_OF,
    "hasProperty": libsbml.BQB_HAS_PROPERTY,
    "hasTaxon": libsbml.BQB_HAS_TAXON,
    "occursIn": libsbml.BQB_OCCURS_IN,
    "isDescribedBy": libsbml.BQB_IS_DESCRIBED_BY,
}
FRAMEWORK = 293  # SBO: non-spatial continuous framework


def _done(code: int, what: str) -> None:
    if code != libsbml.LIBSBML_OPERATION_SUCCESS:
        raise RuntimeError(f"libSBML refused {what}: {libsbml.OperationReturnValue_toString(code)}")


def _add(element: Any, qualifier: str, terms: Iterable[str]) -> None:
    term = libsbml.CVTerm(libsbml.BIOLOGICAL_QUALIFIER)
    _done(term.setBiologicalQualifierType(_BIOLOGY[qualifier]), qualifier)
    for identifier in terms:
        _done(term.addResource(ADDRESS + identifier), identifier)
    _done(element.addCVTerm(term), f"a term of {element.getId()}")


def _history(words: Terminology) -> Any:
    history, creator = libsbml.ModelHistory(), libsbml.ModelCreator()
    creator.setUseSingleName(True)  # a group has no family name (vCard 4)
    _done(creator.setName(words.creator), "the creator")
    _done(history.addCreator(creator), "the creator")
    _done(history.setCreatedDate(libsbml.Date(words.created)), "the date of creation")
    _done(history.addModifiedDate(libsbml.Date(words.modified)), "the date of change")
    return history


def annotate(
    sbml: str, words: Terminology, literature: Mapping[str, Iterable[str]], notes: Iterable[str]
) -> str:
    """Add annotations to a model.

    Parameters
    ----------
    sbml
        SBML Level 3 document.
    words
        Ontology terms of the model and its variables, and its history.
    literature
        Parameter name -> identifiers of the publications that it was read from (``doi:...``, ``pubmed:...``).
    notes
        Paragraphs of plain text that people read first.

    Returns
    -------
    str
        The same model with annotations; its mathematics is untouched.

    Raises
    ------
    KeyError
        When a term belongs to a variable that the model does not have.
    """
    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    model.setMetaId("meta_model")
    _done(model.setSBOTerm(FRAMEWORK), "the modelling framework")
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in notes)
    _done(model.setNotes(f'<body xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</body>'), "the notes")
    _done(model.setModelHistory(_history(words)), "the history")
    for qualifier, terms in words.model.items():
        _add(model, qualifier, terms)
    for name in sorted({*words.elements, *literature}):
        element = model.getParameter(name)
        if element is None:
            raise KeyError(name)
        element.setMetaId(f"meta_{name}")
        for qualifier, terms in words.elements.get(name, {}).items():
            _add(element, qualifier, terms)
        if name in literature:
            _add(element, "isDescribedBy", literature[name])
    return str(libsbml.writeSBMLToString(document))
