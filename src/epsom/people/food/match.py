"""Find the food that words mean: exactly, by a part of its name, or as a question."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from epsom.people.food.table import Food, FoodTable
from epsom.people.food.words import plain, stems

_LIKE = 0.78  # how alike two spellings must be to be worth a question
_SHOWN = 4
_SHORTEST_KIND = 4


@dataclass(frozen=True)
class Match:
    """Tell what words for a food mean.

    ``how`` is ``exact`` (a name or a word that people use for it), ``part`` (the one food with these
    words in its name), ``choose`` (several), ``like`` (a near spelling) or ``none``; only the first
    two name a food that may be counted.
    """

    how: str
    foods: tuple[Food, ...]


def find_food(text: str, table: FoodTable) -> Match:
    """Find the food that ``text`` means.

    Examples
    --------
    >>> from epsom.people.food.table import food_table
    >>> find_food("amandelen", food_table()).foods[0].food
    'almonds'
    >>> find_food("amandeln", food_table()).how
    'like'
    """
    wanted = stems(text)
    if not wanted:
        return Match("none", ())
    known = table.words.get(plain(text)) or _by_stems(wanted, table)
    if known is not None:
        return Match("exact", (table.foods[known],))
    parts = _by_part(wanted, table)
    if len(wanted) == 1:  # one word is a kind of food rather than one food: brood, bonen
        parts = _distinct([*parts, *_by_ending(wanted[0], table)])
    if len(parts) == 1:
        return Match("part", tuple(parts))
    if parts:
        return Match("choose", tuple(parts[:_SHOWN]))
    like = _by_spelling(plain(text), table)
    if like:
        return Match("like", tuple(like))
    kinds = _by_ending(wanted[-1], table)[:_SHOWN]
    return Match("choose" if kinds else "none", tuple(kinds))


def _by_ending(word: str, table: FoodTable) -> list[Food]:
    """Return foods that are a kind of ``word``, as volkorenbrood is of brood."""
    if len(word) < _SHORTEST_KIND:
        return []
    names = [(food, stems(food.name_nl) + stems(food.name_en)) for food in table.foods.values()]
    return [food for food, found in names if any(part.endswith(word) for part in found)]


def _by_stems(wanted: tuple[str, ...], table: FoodTable) -> str | None:
    for word, known in table.words.items():
        if stems(word) == wanted:
            return known
    for food in table.foods.values():
        if wanted in (stems(food.name_en), stems(food.name_nl)):
            return food.food
    return None


def _by_part(wanted: tuple[str, ...], table: FoodTable) -> list[Food]:
    """Return foods whose name holds all the words, shortest name first."""
    found: list[tuple[int, Food]] = []
    for food in table.foods.values():
        names = [stems(food.name_en), stems(food.name_nl)]
        lengths = [len(name) for name in names if set(wanted) <= set(name)]
        if lengths:
            found.append((min(lengths), food))
    return [food for _, food in sorted(found, key=lambda pair: pair[0])]


def _by_spelling(text: str, table: FoodTable) -> list[Food]:
    names = dict(table.words)
    for food_id, food in table.foods.items():
        names.setdefault(plain(food.name_en), food_id)
        names.setdefault(plain(food.name_nl), food_id)
    close = difflib.get_close_matches(text, list(names), n=_SHOWN * 2, cutoff=_LIKE)
    return _distinct([table.foods[names[name]] for name in close])[:_SHOWN]


def _distinct(foods: Sequence[Food]) -> list[Food]:
    return list({food.food: food for food in foods}.values())
