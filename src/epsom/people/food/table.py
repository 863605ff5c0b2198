"""The food table and the household measures, as shipped, with rows of one's own."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path

from epsom.base.errors import EpsomError, Problem, problem
from epsom.people.food.words import plain

_OWN_COLUMNS = ("food", "name_en", "name_nl", "mg_per_100g", "portion_g", "source")
_MOST_MG = 2000.0  # mg per 100 g: above anything that is eaten as food


@dataclass(frozen=True)
class Food:
    """Describe a food.

    Parameters
    ----------
    food
        Identifier.
    name_en, name_nl
        Names.
    group
        Food group, such as ``bread``.
    mg_per_100g, low, high
        Magnesium [mg/100 g edible part, or 100 ml] and its working range; None when no value may be
        shipped.
    portion_g
        Usual portion [g].
    portion_en, portion_nl
        What that portion is called, such as ``1 slice``.
    source, confidence
        Where the value is from; ``verified``, ``memory`` or ``none``.
    """

    food: str
    name_en: str
    name_nl: str
    group: str
    mg_per_100g: float | None
    low: float | None
    high: float | None
    portion_g: float
    portion_en: str
    portion_nl: str
    source: str
    confidence: str

    def name(self, language: str) -> str:
        """Return the name in a language."""
        return self.name_nl if language == "nl" else self.name_en


@dataclass(frozen=True)
class Measure:
    """Describe a household measure: its kind, its weight [g] for foods that have none of their own."""

    measure: str
    kind: str
    grams: float | None


@dataclass(frozen=True)
class FoodTable:
    """Hold foods by identifier, words that people use for them, and household measures by word."""

    foods: Mapping[str, Food]
    words: Mapping[str, str]
    measures: Mapping[str, Measure]


@dataclass(frozen=True)
class Portion:
    """Say that ``count`` of something (a measure, or else a piece of the food) weigh ``grams``."""

    count: float
    measure: Measure | None
    grams: float


def portions(food: Food, table: FoodTable) -> list[Portion]:
    """Return what the usual portion of a food is, in the words of both languages.

    Examples
    --------
    >>> almonds = food_table().foods["almonds"]
    >>> [(p.count, p.measure.measure, p.grams) for p in portions(almonds, food_table())][0]
    (1.0, 'handful', 25.0)
    """
    found = []
    for text in (food.portion_nl, food.portion_en):
        parts = re.fullmatch(r"(\d+(?:/\d+)?) (\S+).*", text.strip())
        if parts:
            count = float(Fraction(parts[1]))
            found.append(Portion(count, table.measures.get(plain(parts[2])), food.portion_g))
    return found


def _rows(name: str) -> list[dict[str, str]]:
    with files("epsom.people").joinpath("data", name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _number(text: str) -> float | None:
    return float(text) if text else None


def _food(row: Mapping[str, str]) -> Food:
    return Food(
        row["food"], row["name_en"], row["name_nl"], row["group"], _number(row["mg_per_100g"]),
        _number(row["low"]), _number(row["high"]), float(row["portion_g"]), row["portion_en"],
        row["portion_nl"], row["source"], row["confidence"],
    )  # fmt: skip


@cache
def food_table() -> FoodTable:
    """Read the shipped table."""
    foods = {row["food"]: _food(row) for row in _rows("foods.csv")}
    words = {plain(word): row["food"] for row in _rows("food_words.csv") for word in row["words"].split("|")}
    measures = {
        word: Measure(row["measure"], row["kind"], _number(row["grams"]))
        for row in _rows("measures.csv")
        for word in row["words"].split("|")
    }
    return FoodTable(foods, words, measures)


def with_own_foods(path: Path) -> FoodTable:
    """Return the table with rows of one's own, which go before shipped ones of the same identifier.

    The file is CSV with the columns food, name_en, name_nl, mg_per_100g, portion_g and source.

    Raises
    ------
    EpsomError
        ``E-FILE``, ``E-FOODS-COLUMNS`` or, for a row, ``E-FOODS-VALUE``.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [c for c in _OWN_COLUMNS if c not in (reader.fieldnames or ())]
            if missing:
                raise problem("E-FOODS-COLUMNS", file=str(path), value=", ".join(missing))
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise problem("E-FILE", file=str(path), expected="CSV", details={"reason": str(fault)}) from fault
    shipped = food_table()
    foods = {food.food: food for food in _own_foods(rows, path)}
    words = {plain(name): food.food for food in foods.values() for name in (food.name_en, food.name_nl)}
    return FoodTable({**shipped.foods, **foods}, {**shipped.words, **words}, shipped.measures)


def _own_foods(rows: list[dict[str, str]], path: Path) -> list[Food]:
    found, problems = [], []
    for number, row in enumerate(rows, start=1):
        for field, most in (("mg_per_100g", _MOST_MG), ("portion_g", _MOST_MG)):
            if not _is_amount(row[field], most):
                expected = f"0 – {most:g}"
                problems.append(
                    Problem(
                        "E-FOODS-VALUE",
                        file=str(path),
                        row=number,
                        field=field,
                        value=row[field],
                        expected=expected,
                    )
                )
        if not problems:
            known = food_table().foods.get(row["food"])
            value = row["mg_per_100g"]
            extra = {
                "group": known.group if known else "own",
                "low": row.get("low") or value,
                "high": row.get("high") or value,
                "portion_en": row.get("portion_en") or (known.portion_en if known else "1 portion"),
                "portion_nl": row.get("portion_nl") or (known.portion_nl if known else "1 portie"),
                "confidence": "own",
            }
            found.append(_food({**row, **extra}))
    if problems:
        raise EpsomError.of(problems)
    return found


def _is_amount(text: str | None, most: float) -> bool:
    try:
        return 0.0 <= float(text or "") <= most
    except ValueError:
        return False
