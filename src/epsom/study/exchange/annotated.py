"""The model as annotated SBML: what its variables are, and which publications its numbers came from."""

from __future__ import annotations

from collections.abc import Mapping

from epsom import __version__
from epsom.evidence.base.load import base
from epsom.model.assemble import model_hash, sbml_text
from epsom.model.publications import publications
from epsom.model.records import parameters
from epsom.model.sbml.annotate import annotate
from epsom.model.terms import terminology

VERIFIED = "verified"


def _identifier(key: str) -> str | None:
    """Return the DOI or PubMed number of a publication whose bibliography was verified."""
    listed = base().source_of.get(key)
    if listed is not None:
        if listed.confidence != VERIFIED:
            return None
        return f"doi:{listed.doi}" if listed.doi else f"pubmed:{listed.pmid}" if listed.pmid else None
    other = publications().get(key)
    known = other is not None and other.confidence == VERIFIED and other.doi
    return f"doi:{other.doi}" if other is not None and known else None


def literature() -> Mapping[str, tuple[str, ...]]:
    """Return, for each parameter, identifiers of the verified publications among its sources."""
    found = {}
    for name, record in parameters().items():
        keys = dict.fromkeys(source.key for source in record.sources)
        identifiers = tuple(dict.fromkeys(i for key in keys if (i := _identifier(key)) is not None))
        if identifiers:
            found[name] = identifiers
    return found


def notes() -> tuple[str, ...]:
    """Return what stands in the model file for people to read."""
    return (
        f"Epsom {__version__}: magnesium in the human heart and blood vessels, from the plate and the pill "
        "to blood, kidney, vessel wall, inflammation, artery wall and metabolism. Time is counted in days.",
        "The model starts at rest: its initial assignments solve the person (parameters such as serum0, "
        "intake0, sbp0) so that nothing but age changes until an input (supplement, intake, infusion, "
        "...) does.",
        "The chain substance_p, oxidant_release, myocardial_infiltrate is animal evidence (rodents, severe "
        "deficiency).",
        f"Model {model_hash()}. Apache-2.0. Not medical advice.",
    )


def annotated_sbml() -> str:
    """Return the whole model as SBML Level 3 Version 2 with MIRIAM annotations."""
    return annotate(sbml_text(), terminology(), literature(), notes())
