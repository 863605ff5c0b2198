"""Build one tidy table of people from the tables of a cycle: one row a person, plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from epsom.base.errors import EpsomError, Problem
from epsom.people.depletion_score import depletion_score, status_rules
from epsom.people.kidney import egfr_ckd_epi_2021
from epsom.people.reference_intakes import reference_amounts
from epsom.people.survey import decode
from epsom.people.survey.cycles import ColumnRule, Cycle, column_rules, facts
from epsom.people.survey.tables import find_table, read_table

F64 = npt.NDArray[np.float64]
Progress = Callable[[str], None]
_RELIABLE = 1  # DR1DRSTZ, DR2DRSTZ: reliable and met the minimum criteria
_MANY_ROWS = ("RXQ_RX",)  # one row for each medicine
_LEAST_AGE_EAR = 14
_LEAST_AGE_EGFR = 18


def read_tables(
    folder: Path, cycle: Cycle, progress: Progress = lambda table: None
) -> dict[str, pl.DataFrame]:
    """Read all tables of a cycle that lie in ``folder``.

    Raises
    ------
    EpsomError
        ``E-SURVEY-TABLE`` when a table that everything rests on is missing, ``E-SURVEY-ROWS`` when a
        table has other people or another number of rows than it should have.
    """
    found = {table: find_table(folder, cycle, table) for table in cycle.tables}
    missing = [t for t in facts()["required"] if found[t] is None]
    if missing:
        raise EpsomError.of(
            Problem("E-SURVEY-TABLE", file=str(folder), value=f"{t}_{cycle.letter}") for t in missing
        )
    tables: dict[str, pl.DataFrame] = {}
    for table, path in found.items():
        if path is not None:
            progress(table)
            tables[table] = read_table(path)
            check_rows(tables[table], table, cycle, str(path))
            check_people(tables["DEMO"], tables[table], table, str(path))
    return tables


def check_rows(table: pl.DataFrame, name: str, cycle: Cycle, file: str) -> None:
    """Refuse a table whose number of rows is not the published one, where that is known."""
    known = cycle.rows.get(name)
    if known is not None and len(table) != known:
        raise EpsomError(Problem("E-SURVEY-ROWS", file=file, value=len(table), expected=str(known)))


def check_people(demo: pl.DataFrame, table: pl.DataFrame, name: str, file: str) -> None:
    """Refuse a table with people who are not in the survey, or twice where once is due."""
    strangers = int((~table["SEQN"].is_in(demo["SEQN"].implode())).sum())
    twice = 0 if name in _MANY_ROWS else len(table) - table["SEQN"].n_unique()
    if strangers or twice:
        raise EpsomError(Problem("E-SURVEY-PEOPLE", file=file, value=strangers or twice))


def build_people(tables: Mapping[str, pl.DataFrame], cycle: Cycle) -> pl.DataFrame:
    """Merge and decode the tables of a cycle into one row a person.

    The columns are those of ``data/nhanes_columns.csv`` and derived ones: means of blood pressure
    readings and recall days, total magnesium, eGFR, Magnesium Depletion Score, requirement.

    Parameters
    ----------
    tables
        Tables by name, as from `read_tables`; absent tables leave their columns missing.
    """
    people = tables["DEMO"].select(pl.col("SEQN"))
    done: set[str] = set()
    for table, rules in _by_table(column_rules(), tables).items():
        fresh = [r for r in rules if r.column not in done]
        people = people.join(_columns(tables[table], fresh), on="SEQN", how="left", validate="1:1")
        done.update(r.column for r in fresh)
    people = _questionnaires(people, tables)
    wanted = dict.fromkeys(r.column for r in column_rules())
    absent = [pl.lit(None, dtype=pl.Float64).alias(name) for name in wanted if name not in people.columns]
    people = people.with_columns(pl.lit(cycle.name).alias("cycle"), *absent)
    people = _derived(_averages(_reliable(people)))
    first = ["seqn", "cycle"]
    rest = [c for c in people.columns if c not in (*first, "SEQN")]
    return people.select(*first, *rest).sort("seqn")


def _by_table(rules: Sequence[ColumnRule], tables: Mapping[str, pl.DataFrame]) -> dict[str, list[ColumnRule]]:
    groups: dict[str, list[ColumnRule]] = {}
    for rule in rules:
        if rule.table in tables and rule.variable in tables[rule.table].columns:
            groups.setdefault(rule.table, []).append(rule)
    return groups


def _columns(table: pl.DataFrame, rules: Sequence[ColumnRule]) -> pl.DataFrame:
    return table.select(
        "SEQN",
        *(
            (
                decode.DECODERS[r.decode](pl.col(r.variable)) * r.scale
                if r.scale != 1
                else decode.DECODERS[r.decode](pl.col(r.variable))
            ).alias(r.column)
            for r in rules
        ),
    )


def _questionnaires(people: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    parts: list[pl.DataFrame] = []
    if "SMQ" in tables:
        parts.append(tables["SMQ"].select("SEQN", decode.smoker().alias("smoker")))
    if "BPQ" in tables:
        parts.append(tables["BPQ"].select("SEQN", decode.bp_medicine().alias("bp_med_now")))
    if "ALQ" in tables:
        table = tables["ALQ"]
        drinks = decode.drinks_per_day(table.columns, facts()["drinking"])
        parts.append(table.select("SEQN", drinks.alias("drinks_per_day")))
    if "RXQ_RX" in tables:
        parts.append(decode.medicines(tables["RXQ_RX"], facts()["drugs"]))
    for part in parts:
        people = people.join(part, on="SEQN", how="left", validate="1:1")
    empty = {"smoker": pl.String, "bp_med_now": pl.Float64, "drinks_per_day": pl.Float64}
    empty |= dict.fromkeys(facts()["drugs"], pl.Float64)
    return people.with_columns(
        pl.lit(None, dtype=kind).alias(name) for name, kind in empty.items() if name not in people.columns
    )


def _reliable(people: pl.DataFrame) -> pl.DataFrame:
    """Blank the diet of recalls that were not reliable."""
    return people.with_columns(
        pl.when(pl.col(f"d{day}_status") == _RELIABLE).then(pl.col(name)).alias(name)
        for day in (1, 2)
        for name in people.columns
        if (name.startswith(f"d{day}_") and name != f"d{day}_status") or name == f"mg_diet_d{day}"
    )


def _averages(people: pl.DataFrame) -> pl.DataFrame:
    pressure = {
        f"{kind}_mean": [c for c in people.columns if c[:-1] == kind and c[-1].isdigit()]
        for kind in ("sbp", "dbp", "osbp", "odbp")
    }
    days = ["mg_diet_d1", "mg_diet_d2"]
    first_day = pl.col("mg_diet_d1").is_not_null()
    asked = pl.col("supp_any30d_code").is_in([1.0, 2.0]) | pl.col("supp30_mg_mg").is_not_null()
    return people.with_columns(
        *(pl.mean_horizontal(readings).alias(name) for name, readings in pressure.items()),
        # The dietary weights rest on day 1: who has no reliable first day has no weighted diet.
        pl.when(first_day).then(pl.mean_horizontal(days)).alias("mg_diet_mean"),
        pl.when(first_day)
        .then(pl.sum_horizontal(pl.col(d).is_not_null().cast(pl.Float64) for d in days))
        .otherwise(0.0)
        .alias("n_recall"),
        pl.when(asked).then(pl.col("supp30_mg_mg").fill_null(0.0)).alias("mg_supp_30d"),
        (pl.col("u_alb_ug_ml") / pl.col("u_cr_mg_dl") * 100.0).alias("uacr_mg_g"),
    ).with_columns((pl.col("mg_diet_mean") + pl.col("mg_supp_30d")).alias("mg_total"))


def _array(people: pl.DataFrame, name: str) -> F64:
    return people[name].cast(pl.Float64).fill_null(np.nan).to_numpy()


def _derived(people: pl.DataFrame) -> pl.DataFrame:
    age = _array(people, "age_y")
    female = (people["sex"] == "female").fill_null(False).to_numpy()
    drugs = [_array(people, name) for name in ("rx_thiazide", "rx_loop", "rx_k_sparing")]
    egfr = np.where(
        age >= _LEAST_AGE_EGFR, egfr_ckd_epi_2021(_array(people, "scr_mg_dl"), age, female), np.nan
    )
    score = depletion_score(
        np.maximum.reduce(drugs), _array(people, "rx_ppi"), egfr, _array(people, "drinks_per_day"), female
    )
    score = np.where(age >= status_rules()["depletion_score"]["least_age"], score, np.nan)
    ear = np.where(age >= _LEAST_AGE_EAR, reference_amounts("iom", ["EAR"], age, female), np.nan)
    derived = {"egfr_ckdepi2021": egfr, "mds": score, "ear_mg": ear}
    return people.with_columns(
        pl.Series(name, values, dtype=pl.Float64, nan_to_null=True) for name, values in derived.items()
    )
