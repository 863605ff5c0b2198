"""The status of a population: shares with design-based standard errors, by age and sex."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from epsom.people.reference_intakes import BODIES, reference_amounts
from epsom.people.status.intake import ADVICE
from epsom.people.survey.design import F64, Bool, Sample, read_sample
from epsom.people.survey.estimate import Estimate, mean, weighted_quantiles
from epsom.people.survey.jackknife import jackknife
from epsom.people.usual_intake import day_variation, usual_intake

AGES = ((1, 3), (4, 8), (9, 13), (14, 18), (19, 30), (31, 50), (51, 70), (71, 120), (19, 120))
_SEXES = ("female", "male", "all")
_SUPPLEMENT_LEVELS = (250.0, 350.0)  # mg/d: EFSA, Health Council and NNR; IOM
_FEWEST = 50  # people: below that no group is shown
_SHARES = (0.05, 0.25, 0.50, 0.75, 0.95)


@dataclass(frozen=True)
class Share:
    """Hold one figure of a group: what it is, its value and standard error, and from how many people."""

    name: str
    unit: str
    estimate: Estimate


@dataclass(frozen=True)
class GroupStatus:
    """Hold the figures of one age and sex group, and percentiles of usual intake from food [mg/d]."""

    sex: str
    age_from: int
    age_to: int
    shares: tuple[Share, ...]
    percentiles: dict[int, float]

    def find(self, name: str) -> Estimate | None:
        """Return a figure by name, or None."""
        return next((s.estimate for s in self.shares if s.name == name), None)


def _groups(sample: Sample) -> Iterator[tuple[str, int, int, Bool]]:
    age = sample.column("age_y")
    not_pregnant = sample.column("pregnant") != 1
    for low, high in AGES:
        for sex in _SEXES:
            yield sex, low, high, not_pregnant & sample.of_sex(sex) & (age >= low) & (age <= high)


def survey_status(people: pl.DataFrame) -> list[GroupStatus]:
    """Return the status of each age and sex group of a survey; pregnant women are left out.

    Usual intake and the shares that rest on it carry jackknife errors, which hold the uncertainty of
    the variance between days too; all other figures carry Taylor-linearised ones.
    """
    sample = read_sample(people)
    found = []
    for sex, low, high, part in _groups(sample):
        diet = part & (sample.column("wt_diet1") > 0) & ~np.isnan(sample.column("mg_diet_d1"))
        if diet.sum() >= _FEWEST:
            shares, percentiles = _usual(sample, diet)
            found.append(GroupStatus(sex, low, high, (*_plain(sample, part, diet), *shares), percentiles))
    return found


def advised(sample: Sample) -> dict[str, F64]:
    """Return body and kind, as ``iom_EAR`` -> the advised amount of each person [mg/d] (n,)."""
    age, female = sample.column("age_y"), sample.of_sex("female")
    amounts = {f"{b}_{k}": reference_amounts(b, [k], age, female) for b in BODIES for k in ADVICE}
    return {name: values for name, values in amounts.items() if not np.isnan(values).all()}


def _below(intake: F64, limit: F64) -> F64:
    gap = np.isnan(intake) | np.isnan(limit)
    return np.where(gap, np.nan, 100.0 * (intake < limit))


def _plain(sample: Sample, part: Bool, diet: Bool) -> list[Share]:
    """Return what needs no adjustment for days."""
    intake = sample.design("wt_diet1")
    day, supplement = sample.column("mg_diet_d1"), sample.column("mg_supp_30d")
    ear = reference_amounts("iom", ["EAR"], sample.column("age_y"), sample.of_sex("female"))
    rows = [
        Share("mean_one_day", "mg/d", mean(intake, day, diet)),
        Share("below_iom_EAR_one_day", "%", mean(intake, _below(day, ear), diet)),
    ]
    if np.isnan(supplement[diet]).all():
        return rows
    taken = np.where(np.isnan(supplement), np.nan, 100.0 * (supplement > 0))
    rows += [
        Share("mean_supplement", "mg/d", mean(intake, supplement, diet)),
        Share("takes_supplement", "%", mean(intake, taken, diet)),
    ]
    for level in _SUPPLEMENT_LEVELS:
        above = np.where(np.isnan(supplement), np.nan, 100.0 * (supplement > level))
        rows.append(Share(f"supplement_above_{level:g}", "%", mean(intake, above, diet)))
    score = sample.column("mds")
    if not np.isnan(score[part]).all():
        high = np.where(np.isnan(score), np.nan, 100.0 * (score >= 3))
        rows.append(Share("mean_depletion_score", "", mean(sample.design("wt_mec"), score, part)))
        rows.append(Share("depletion_score_3_or_more", "%", mean(sample.design("wt_mec"), high, part)))
    return rows


def _usual(sample: Sample, here: Bool) -> tuple[list[Share], dict[int, float]]:
    """Return figures of usual intake with jackknife errors, and percentiles."""
    first, second = sample.column("mg_diet_d1")[here], sample.column("mg_diet_d2")[here]
    weight_1 = sample.column("wt_diet1")[here]
    weight_2 = np.nan_to_num(sample.column("wt_diet2")[here])
    supplement = sample.column("mg_supp_30d")[here]
    amounts = {name: values[here] for name, values in advised(sample).items()}
    amounts = {name: values for name, values in amounts.items() if not np.isnan(values).any()}

    def usual(factor: F64) -> F64:
        v = day_variation(first, second, weight_1 * factor, weight_2 * factor)
        return usual_intake(first, second, v)

    def figures(factor: F64) -> F64:
        scale = factor[here]
        food = usual(scale)
        total = food + supplement
        values = [_average(food, weight_1 * scale), _average(total, weight_1 * scale)]
        for limit in amounts.values():
            values += [_average(_below(x, limit), weight_1 * scale) for x in (food, total)]
        return np.array(values)

    values, errors = jackknife(sample.frame, figures)
    names = [("mean_usual", "mg/d"), ("mean_usual_with_supplement", "mg/d")]
    names += [(f"below_{n}_{kind}", "%") for n in amounts for kind in ("food", "with_supplement")]
    estimates = [Estimate(float(v), float(e), int(here.sum())) for v, e in zip(values, errors, strict=True)]
    shares = [Share(n, u, e) for (n, u), e in zip(names, estimates, strict=True) if not np.isnan(e.value)]
    points = weighted_quantiles(usual(np.ones(int(here.sum()))), weight_1, _SHARES)
    return shares, {round(100 * s): p for s, p in zip(_SHARES, points, strict=True)}


def _average(values: F64, weight: F64) -> float:
    known = ~np.isnan(values)
    total = weight[known].sum()
    return float((values[known] * weight[known]).sum() / total) if total > 0 else float("nan")
