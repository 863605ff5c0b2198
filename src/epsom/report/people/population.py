"""The status of a survey as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from epsom.base.i18n import Translator
from epsom.people.status.survey import GroupStatus
from epsom.people.survey.estimate import Estimate

_LAST_AGE = 120
_COLUMNS = ("mean_usual", "below_iom_EAR_one_day", "below_iom_EAR_food", "below_iom_EAR_with_supplement")
_ADVICE = ("efsa_AI", "health_council_nl_AI", "dach_EV", "nnr_AI", "uk_RNI", "iom_RDA")
_OTHER = (
    "takes_supplement", "supplement_above_250", "supplement_above_350", "mean_depletion_score",
    "depletion_score_3_or_more",
)  # fmt: skip
_ADULT = 19
_LEAST_AGE = 14  # children are in the JSON


def age_range(group: GroupStatus) -> str:
    """Return the ages of a group, as ``19–30`` or ``71+``."""
    return f"{group.age_from}+" if group.age_to >= _LAST_AGE else f"{group.age_from}–{group.age_to}"


def _cell(estimate: Estimate | None, t: Translator, digits: int = 1) -> str:
    if estimate is None:
        return "–"
    return f"{t.number(estimate.value, digits)} ({t.number(estimate.se, digits)})"


def _rows(
    groups: Sequence[GroupStatus], t: Translator, names: Sequence[str], head: Sequence[str]
) -> list[str]:
    width = max(15, *(len(h) + 2 for h in head))
    lines = [f"{'':<16}{'n':>6}" + "".join(f"{h:>{width}}" for h in head)]
    for group in groups:
        label = f"{t(f'status.sexes.{group.sex}')} {age_range(group)}"
        cells = "".join(
            f"{_cell(group.find(name), t, 2 if name == 'mean_depletion_score' else 1):>{width}}"
            for name in names
        )
        n = next((e.n for name in names if (e := group.find(name)) is not None), 0)
        lines.append(f"{label:<16}{t.number(n, 0):>6}{cells}")
    return lines


def survey_text(groups: Sequence[GroupStatus], cycle: str, t: Translator) -> str:
    """Write tables of usual intake, shares below advised amounts, supplements and depletion score."""
    groups = [g for g in groups if g.age_from >= _LEAST_AGE]
    adults = [g for g in groups if g.age_from >= _ADULT]
    advice = [name for name in _ADVICE if any(g.find(f"below_{name}_with_supplement") for g in adults)]
    other = [name for name in _OTHER if any(g.find(name) for g in adults)]
    lines = [t("status.survey.title", cycle=cycle), t("status.survey.errors"), ""]
    lines.append(t("status.survey.intake"))
    lines += _rows(groups, t, _COLUMNS, [t(f"status.column.{name}") for name in _COLUMNS])
    lines += ["", t("status.survey.advice")]
    heads = [t(f"status.column.{name}") for name in advice]
    lines += _rows(adults, t, [f"below_{name}_with_supplement" for name in advice], heads)
    if other:
        lines += ["", t("status.survey.other")]
        lines += _rows(adults, t, other, [t(f"status.column.{name}") for name in other])
    lines += ["", t("status.survey.note")]
    return "\n".join(lines)


def survey_json(groups: Sequence[GroupStatus], cycle: str) -> dict[str, Any]:
    """Return all figures as plain values."""
    return {
        "survey": cycle,
        "groups": [
            {
                "sex": g.sex,
                "age_from": g.age_from,
                "age_to": None if g.age_to >= _LAST_AGE else g.age_to,
                "usual_intake_percentiles": {str(k): v for k, v in g.percentiles.items()},
                "figures": {
                    s.name: {
                        "value": s.estimate.value,
                        "se": s.estimate.se,
                        "n": s.estimate.n,
                        "unit": s.unit,
                    }
                    for s in g.shares
                },
            }
            for g in groups
        ],
    }
