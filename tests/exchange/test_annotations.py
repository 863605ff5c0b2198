"""The exported SBML says what its variables are and where its numbers came from, and changes nothing."""

from __future__ import annotations

import re
from pathlib import Path

import libsbml
import numpy as np
import pytest

from epsom.cli.main import main
from epsom.engine.members import Members
from epsom.engine.reference import ReferenceEngine
from epsom.model.assemble import sbml_text
from epsom.model.sbml import read_sbml
from epsom.model.sbml.annotate import annotate
from epsom.model.terms import ADDRESS, terminology
from epsom.model.units import unit_findings
from epsom.study.exchange.annotated import annotated_sbml, literature

# What identifiers.org accepts for each collection.
PATTERNS = {
    "CHEBI": r"CHEBI:\d+",
    "uniprot": r"uniprot:[OPQ]\d[A-Z0-9]{3}\d",
    "UBERON": r"UBERON:\d{7}",
    "CL": r"CL:\d{7}",
    "GO": r"GO:\d{7}",
    "efo": r"efo:\d{7}",
    "opb": r"opb:OPB_\d{5}",
    "taxonomy": r"taxonomy:\d+",
    "doi": r"doi:10\.\d{4,9}/\S+",
    "pubmed": r"pubmed:\d+",
}


def _resources(element: libsbml.SBase) -> list[str]:
    terms = [element.getCVTerm(i) for i in range(element.getNumCVTerms())]
    return [term.getResourceURI(i) for term in terms for i in range(term.getNumResources())]


@pytest.fixture(scope="module")
def model() -> libsbml.Model:
    document = libsbml.readSBMLFromString(annotated_sbml())
    model = document.getModel()
    model.keep = document  # libSBML frees a model with its document
    return model


def test_libsbml_has_nothing_against_it() -> None:
    assert unit_findings(annotated_sbml()) == ()


def test_every_address_fits_its_collection(model: libsbml.Model) -> None:
    found = [r for p in model.getListOfParameters() for r in _resources(p)] + _resources(model)
    assert len(found) > 100
    for address in found:
        identifier = address.removeprefix(ADDRESS)
        assert address.startswith(ADDRESS)
        assert re.fullmatch(PATTERNS[identifier.partition(":")[0]], identifier), identifier


def test_every_term_has_a_label_and_every_label_a_use() -> None:
    words = terminology()
    used = {t for terms in (words.model, *words.elements.values()) for group in terms.values() for t in group}
    assert used == set(words.labels)


def test_the_model_names_its_species_maker_and_dates(model: libsbml.Model) -> None:
    assert f"{ADDRESS}taxonomy:9606" in _resources(model)
    history = model.getModelHistory()
    assert history.hasRequiredAttributes()
    assert history.getCreator(0).getName() == terminology().creator
    assert "animal evidence" in model.getNotesString()


def test_animal_evidence_carries_its_species(model: libsbml.Model) -> None:
    for name in ("substance_p", "oxidant_release", "myocardial_infiltrate"):
        assert f"{ADDRESS}taxonomy:10116" in _resources(model.getParameter(name))


def test_publications_are_those_of_the_records(model: libsbml.Model) -> None:
    cited = literature()
    assert f"{ADDRESS}doi:10.1172/JCI115317" in _resources(model.getParameter("KD"))  # Fine 1991: absorption
    for name, identifiers in cited.items():
        assert set(_resources(model.getParameter(name))) >= {ADDRESS + i for i in identifiers}


def test_annotations_change_no_number() -> None:
    plain, annotated = (read_sbml(text, source="test") for text in (sbml_text(), annotated_sbml()))
    days = np.array([0.0, 100.0])
    lives = [
        ReferenceEngine().solve(
            system, Members.of(system, 1, {"supplement": 300.0}), days, observe=system.states
        )
        for system in (plain, annotated)
    ]
    assert np.array_equal(lives[0].values, lives[1].values)


def test_a_term_for_a_variable_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError, match="unobtainium"):
        annotate(sbml_text(), terminology(), {"unobtainium": ["doi:10.1000/1"]}, [])


def test_the_command_writes_the_same_bytes_twice(tmp_path: Path) -> None:
    for name in ("a.xml", "b.xml"):
        assert main(["model", "export", str(tmp_path / name)]) == 0
    assert (tmp_path / "a.xml").read_bytes() == (tmp_path / "b.xml").read_bytes() == annotated_sbml().encode()
