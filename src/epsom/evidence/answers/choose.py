"""From what a user asks to the data of one pooling."""

from __future__ import annotations

from epsom.base.errors import EpsomError, problem
from epsom.evidence.answers.datasets import extremes, net_effects, slopes
from epsom.evidence.answers.estimates import Dataset
from epsom.evidence.base.load import Base
from epsom.evidence.base.outcomes import outcomes, question
from epsom.evidence.base.records import Grade

CONTRASTS = ("slope", "extremes", "net")
FAMILIES = ("dietary", "serum", "urinary", "supplement")


def outcome_key(base: Base, text: str) -> str:
    """Find the outcome that a user means: an outcome of the base, or the first one of a question.

    Raises
    ------
    EpsomError
        ``E-EVIDENCE-OUTCOME`` with the outcomes that the base holds.
    """
    wanted = text.strip().lower().replace("-", "_").replace(" ", "_")
    held = {record.outcome for record in (*base.cohorts, *base.trials)}
    for name in (text.strip(), wanted):
        if name in held:
            return name
    try:
        asked = question(text)
    except EpsomError as error:
        raise problem("E-EVIDENCE-OUTCOME", value=text, expected=", ".join(sorted(held))) from error
    return (*asked.events, *asked.trials)[0]


def family_of(base: Base, outcome: str, asked: str | None) -> str:
    """Choose the exposure: as asked, else supplements for outcomes of trials and diet for events.

    Raises
    ------
    EpsomError
        ``E-EVIDENCE-CHOICE`` for an exposure that cannot be pooled.
    """
    if asked is not None:
        if asked not in FAMILIES:
            raise problem("E-EVIDENCE-CHOICE", field="--exposure", value=asked, expected=", ".join(FAMILIES))
        return asked
    known = outcomes().get(outcome)
    if known is not None:
        return "dietary" if known.kind == "ratio" else "supplement"
    return "supplement" if any(t.outcome == outcome for t in base.trials) else "dietary"


def dataset(base: Base, outcome: str, family: str, contrast: str | None, grade: Grade | None) -> Dataset:
    """Collect the studies of one pooling; slopes where any study has doses, else extremes.

    Raises
    ------
    EpsomError
        ``E-EVIDENCE-CHOICE`` for an unknown contrast.
    """
    if contrast is not None and contrast not in CONTRASTS:
        raise problem("E-EVIDENCE-CHOICE", field="--contrast", value=contrast, expected=", ".join(CONTRASTS))
    if family == "supplement":
        trials = net_effects(base, outcome)
        if trials.k or contrast == "net":
            return trials
        return extremes(base, outcome, family, grade or Grade.TRIAL)
    observed = grade or Grade.COHORT
    if contrast == "extremes":
        return extremes(base, outcome, family, observed)
    sloped = slopes(base, outcome, family, observed)
    if sloped.k or contrast == "slope":
        return sloped
    return extremes(base, outcome, family, observed)
