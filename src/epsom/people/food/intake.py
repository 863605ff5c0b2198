"""Add up the magnesium of a list of foods; what is not understood is said, not guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from epsom.people.food.amounts import Amount, read_amount, split_items
from epsom.people.food.match import Match, find_food
from epsom.people.food.table import Food, FoodTable, portions

# "3 koffie" are three cups and "2 kiwi's" two fruits, but "20 amandelen" are not twenty handfuls.
_FROM_VESSELS = ("drinks_hot", "drinks_cold", "alcohol", "water", "dairy", "soups_dishes")
_BREAD_WORDS = ("slice",)  # a slice of nothing in particular is bread of some kind
_JOINED = re.compile(r"\s(?:met|with)\s", re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """Hold what became of one item.

    Parameters
    ----------
    text
        As it was written.
    status
        ``ok``; or why it is not counted: ``unknown``, ``choose``, ``like``, ``no_value``, ``amount``.
    foods
        The food, or the ones to choose from.
    grams
        Weight [g]; None when not known.
    assumed
        How the weight was got: ``weight`` (as written), ``portion`` (the food's own portion),
        ``household`` (a usual household measure), ``usual`` (no amount was written).
    mg, low, high
        Magnesium [mg] and its working range; None when not counted.
    """

    text: str
    status: str
    foods: tuple[Food, ...] = ()
    grams: float | None = None
    assumed: str = ""
    mg: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Intake:
    """Hold the items of a list and the sum of what could be counted [mg]."""

    items: tuple[Item, ...]
    mg: float
    low: float
    high: float

    @property
    def complete(self) -> bool:
        """Tell whether every item was counted."""
        return all(item.status == "ok" for item in self.items)


def food_intake(text: str, table: FoodTable) -> Intake:
    """Add up a list of foods.

    Examples
    --------
    >>> from epsom.people.food.table import food_table
    >>> round(food_intake("30 g amandelen", food_table()).mg)
    81
    """
    parts = [part for item in split_items(text) for part in _unjoin(item, table)]
    items = tuple(_item(read_amount(part, table.measures), table) for part in parts)
    counted = [item for item in items if item.status == "ok"]
    return Intake(
        items,
        sum(item.mg or 0.0 for item in counted),
        sum(item.low or 0.0 for item in counted),
        sum(item.high or 0.0 for item in counted),
    )


def _unjoin(item: str, table: FoodTable) -> list[str]:
    """Split "2 boterhammen met pindakaas" in two, unless the whole is a food of its own.

    What lies on slices of bread is counted as often as the slices.
    """
    halves = _JOINED.split(item, maxsplit=1)
    left = read_amount(halves[0], table.measures)
    whole = find_food(read_amount(item, table.measures).food_text, table)
    if len(halves) < 2 or (left.food_text and whole.how == "exact"):
        return [item]
    on_bread = left.measure is not None and left.measure.measure in _BREAD_WORDS and left.count is not None
    return [halves[0], f"{left.count:g} {halves[1]}" if on_bread else halves[1]]


def _item(amount: Amount, table: FoodTable) -> Item:
    match, amount = _match(amount, table)
    if match.how in ("none", "choose", "like"):
        return Item(amount.text, "unknown" if match.how == "none" else match.how, match.foods)
    food = match.foods[0]
    weighed = _grams(amount, food, table)
    if weighed is None:
        return Item(amount.text, "amount", match.foods)
    grams, assumed = weighed
    if food.mg_per_100g is None or food.low is None or food.high is None:
        return Item(amount.text, "no_value", match.foods, grams, assumed)
    mg, low, high = (grams / 100.0 * x for x in (food.mg_per_100g, food.low, food.high))
    return Item(amount.text, "ok", match.foods, grams, assumed, mg, low, high)


def _match(amount: Amount, table: FoodTable) -> tuple[Match, Amount]:
    """Find the food; a word that was taken for a measure may belong to its name (`kop koffie`)."""
    match = find_food(amount.food_text, table)
    if amount.measure is not None and not amount.food_text and amount.measure.measure in _BREAD_WORDS:
        return find_food("brood", table), amount
    if amount.measure_word is not None and match.how in ("none", "like", "choose"):
        whole = f"{amount.measure_word} {amount.food_text}".strip()
        with_word = find_food(whole, table)
        if with_word.how in ("exact", "part"):
            return with_word, Amount(amount.text, amount.count, None, None, whole)
    return match, amount


def _grams(amount: Amount, food: Food, table: FoodTable) -> tuple[float, str] | None:
    """Return the weight [g] and how it was got, or None when the amount cannot be understood."""
    measure = amount.measure
    if measure is None:
        return _without_measure(amount.count, food, table)
    times = 1.0 if amount.count is None else amount.count
    if measure.kind in ("weight", "volume") and measure.grams is not None:
        return times * measure.grams, "weight"
    if measure.kind == "portion":
        return times * food.portion_g, "portion"
    for portion in portions(food, table):
        if portion.measure is not None and portion.measure.measure == measure.measure:
            return times * portion.grams / portion.count, "portion"
    if measure.grams is None:
        return _without_measure(amount.count, food, table)
    return times * measure.grams, "household"


def _without_measure(count: float | None, food: Food, table: FoodTable) -> tuple[float, str] | None:
    if count is None:
        return food.portion_g, "usual"
    countable = ("piece", "vessel") if food.group in _FROM_VESSELS else ("piece",)
    for portion in portions(food, table):
        if portion.measure is None or portion.measure.kind in countable:
            return count * portion.grams / portion.count, "portion"
    return (food.portion_g, "usual") if count == 1.0 else None
