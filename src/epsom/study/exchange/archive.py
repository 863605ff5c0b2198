"""A COMBINE archive (OMEX): manifest, metadata, annotated SBML, a simulation, a text for people."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from epsom import __version__
from epsom.model.assemble import model_hash
from epsom.model.terms import ADDRESS, terminology
from epsom.study.exchange.annotated import annotated_sbml
from epsom.study.exchange.sedml import Experiment, sedml_text

MODEL, SIMULATION, METADATA, README = "epsom.xml", "supplement.sedml", "metadata.rdf", "README.md"
_COMBINE = "http://identifiers.org/combine.specifications/"  # as OMEX version 1 writes it
FORMATS: Mapping[str, str] = {
    MODEL: f"{_COMBINE}sbml.level-3.version-2",
    SIMULATION: f"{_COMBINE}sed-ml.level-1.version-4",
    METADATA: f"{_COMBINE}omex-metadata",
    README: "http://purl.org/NET/mediatypes/text/markdown",
}
# A zip cannot hold a date before 1980; one fixed date makes the bytes the same on every day.
FIXED_DATE = (1980, 1, 1, 0, 0, 0)
READABLE = 0o644 << 16


def _manifest() -> str:
    rows = [f'<content location="." format="{_COMBINE}omex"/>']
    rows.append(f'<content location="./manifest.xml" format="{_COMBINE}omex-manifest"/>')
    for name, kind in FORMATS.items():
        master = ' master="true"' if name == SIMULATION else ""
        rows.append(f'<content location="./{name}" format="{kind}"{master}/>')
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<omexManifest xmlns="{_COMBINE}omex-manifest">',
            *rows,
            "</omexManifest>",
            "",
        ]
    )


def _metadata(asked: Experiment) -> str:
    words = terminology()
    title = "Epsom: magnesium in the human heart and blood vessels"
    what = (
        f"The whole model as annotated SBML, and its own person for {asked.days} days without and with "
        f"{asked.supplement:g} mg of magnesium a day. Model {model_hash()}."
    )
    taxa = "".join(f'<bqbiol:hasTaxon rdf:resource="{ADDRESS}{t}"/>' for t in words.model["hasTaxon"])

    def date(name: str, when: str) -> str:
        inside = f"<dcterms:W3CDTF>{when}</dcterms:W3CDTF>"
        return f'<dcterms:{name} rdf:parseType="Resource">{inside}</dcterms:{name}>'

    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"',
            '  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"',
            '  xmlns:vCard="http://www.w3.org/2006/vcard/ns#" xmlns:bqbiol="http://biomodels.net/biology-qualifiers/">',
            '<rdf:Description rdf:about=".">',
            f"<dc:title>{title}</dc:title>",
            f"<dcterms:description>{what}</dcterms:description>",
            '<dcterms:creator><rdf:Bag><rdf:li rdf:parseType="Resource">',
            f"<vCard:organization-name>{words.creator}</vCard:organization-name>",
            "</rdf:li></rdf:Bag></dcterms:creator>",
            '<dcterms:license rdf:resource="https://spdx.org/licenses/Apache-2.0"/>',
            date("created", words.created),
            date("modified", words.modified),
            taxa,
            "</rdf:Description>",
            "</rdf:RDF>",
            "",
        ]
    )


def _readme(asked: Experiment) -> str:
    outcomes = ", ".join(f"`{name}`" for name in asked.outcomes)
    return f"""# Epsom {__version__}: magnesium in the human heart and blood vessels

- `{MODEL}`: the whole model, SBML Level 3 Version 2, time in days, every number with a unit, annotated
  with ontology terms and the publications behind its parameters.
- `{SIMULATION}`: the model's own person for {asked.days} days, without and with {asked.supplement:g} mg of
  magnesium a day; reports {outcomes}.

The model starts at rest by its own initial assignments. To simulate somebody else set the person (`age0`,
`serum0`, `intake0`, `sbp0`, ...) and every input that has a value at rest (`intake` = `intake0`,
`supplement` = `supplement0`, ...); then change an input.

Model {model_hash()}. Apache-2.0. Not medical advice. The chain `substance_p`, `oxidant_release`,
`myocardial_infiltrate` is animal evidence.
"""


def archive_bytes() -> bytes:
    """Return the archive; the same model gives the same bytes.

    Files are stored uncompressed: compressors differ between machines.
    """
    asked = Experiment(MODEL)
    contents = {
        "manifest.xml": _manifest(),
        METADATA: _metadata(asked),
        MODEL: annotated_sbml(),
        SIMULATION: sedml_text(asked),
        README: _readme(asked),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, text in contents.items():
            entry = zipfile.ZipInfo(name, FIXED_DATE)
            entry.external_attr, entry.create_system = READABLE, 3
            archive.writestr(entry, text.encode("utf-8"))
    return buffer.getvalue()
