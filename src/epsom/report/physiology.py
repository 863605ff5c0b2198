"""The Mendelian-randomisation style run as a table."""

from __future__ import annotations

from collections.abc import Mapping

from epsom.base.i18n import Translator
from epsom.report.charts.table import Table

_ROWS = (
    ("genetic_serum_shift", 3, "mmol/L"),
    ("genetic_imt", 3, "mm"),
    ("genetic_sbp", 1, "mmHg"),
    ("genetic_ln_calcification", 2, ""),
    ("genetic_odds_ratio", 2, ""),
    ("genetic_odds_ratio_low", 2, ""),
    ("genetic_odds_ratio_high", 2, ""),
    ("genetic_odds_ratio_lowest_serum", 2, ""),
    ("genetic_odds_ratio_highest_serum", 2, ""),
    ("imt_low_serum", 3, "mm"),
)


def genetic_table(found: Mapping[str, float], t: Translator) -> Table:
    """Return what lifelong higher serum magnesium changes, by name."""
    rows = tuple(
        (t(f"deficiency.{name}"), f"{t.number(found[name], digits)} {unit}".strip())
        for name, digits, unit in _ROWS
    )
    head = (t("deficiency.genetic"), t("deficiency.model"))
    return Table(t("deficiency.genetic-title"), head, rows)
