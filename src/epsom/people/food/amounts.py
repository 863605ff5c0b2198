"""Split a list of foods into items, and an item into how many, of what measure, of which food."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from epsom.people.food.table import Measure
from epsom.people.food.words import plain

# A comma between digits is a decimal comma; any other comma ends an item.
_SPLIT = re.compile(r"(?<!\d),|,(?!\d)|[;\n]|\s\+\s|\s&\s|\b(?:en|and)\b", re.IGNORECASE)
_NUMBER = re.compile(r"^(\d+\s+\d+/\d+|\d+/\d+|\d+(?:[.,]\d+)?)\s*(?:x\s+|×\s*)?")
_SIGNS = {"½": " 1/2", "¼": " 1/4", "¾": " 3/4"}
_WORDS = {
    "1": ("een", "één", "a", "an", "one"),
    "2": ("twee", "two", "paar", "couple"),
    "3": ("drie", "three"),
    "4": ("vier", "four"),
    "5": ("vijf", "five"),
    "6": ("zes", "six"),
    "1/2": ("half", "halve"),
    "1.5": ("anderhalf", "anderhalve"),
}
_NUMBERS = {word: number for number, words in _WORDS.items() for word in words}
_AFTER_ONE = ("half", "halve", "paar", "couple")  # "een half", "een paar"
_MOST = 10_000.0


@dataclass(frozen=True)
class Amount:
    """Hold one item of a list.

    Parameters
    ----------
    text
        As it was written.
    count
        How many; None when no number was written.
    measure, measure_word
        The measure and the word used for it; None when none was written.
    food_text
        What is left: the words for the food.
    """

    text: str
    count: float | None
    measure: Measure | None
    measure_word: str | None
    food_text: str


def split_items(text: str) -> list[str]:
    """Split a list at commas, semicolons, new lines, plus signs and the word for and.

    Examples
    --------
    >>> split_items("1,5 glas melk, 2 sneetjes volkoren en een banaan")
    ['1,5 glas melk', '2 sneetjes volkoren', 'een banaan']
    """
    return [item for part in _SPLIT.split(text) if (item := " ".join(part.split()))]


def read_amount(item: str, measures: Mapping[str, Measure]) -> Amount:
    """Read one item.

    Examples
    --------
    >>> from epsom.people.food.table import food_table
    >>> a = read_amount("30g amandelen", food_table().measures)
    >>> a.count, a.measure.measure, a.food_text
    (30.0, 'gram', 'amandelen')
    """
    rest = item.strip().lower()
    for sign, digits in _SIGNS.items():
        rest = rest.replace(sign, digits)
    rest = rest.strip()
    count, rest = _take_number(_number_words(rest))
    words = plain(rest).split()
    measure = measures.get(words[0]) if words else None
    if measure is None:
        return Amount(item, count, None, None, " ".join(words))
    left = words[1:]
    if left and left[0] in ("of", "van"):
        left = left[1:]
    return Amount(item, count, measure, words[0], " ".join(left))


def _number_words(text: str) -> str:
    """Replace a number word at the beginning by its digits."""
    word, _, rest = text.partition(" ")
    if word not in _NUMBERS or not rest:
        return text
    second, _, more = rest.partition(" ")
    if second in _AFTER_ONE and more:
        return f"{_NUMBERS[second]} {more}"
    return f"{_NUMBERS[word]} {rest}"


def _take_number(text: str) -> tuple[float | None, str]:
    found = _NUMBER.match(text)
    if not found:
        return None, text
    total = sum(float(Fraction(part)) for part in found[1].replace(",", ".").split() if _is_fraction(part))
    return (total if 0.0 < total <= _MOST else None), text[found.end() :]


def _is_fraction(part: str) -> bool:
    return not part.endswith("/0") and "/00" not in part
