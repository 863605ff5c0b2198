"""Bring words of Dutch and English to a common form, so that plurals and accents do not matter."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

_ENDINGS = ("etjes", "tjes", "jes", "etje", "tje", "je", "en", "es", "s", "e")
_SHORTEST = 3
_SMALL_WORDS = frozenset(
    {"de", "het", "een", "of", "in", "met", "van", "op", "uit", "zonder"}
    | {"a", "an", "the", "with", "from", "on", "without", "and"}
)


def plain(text: str) -> str:
    """Return lower-case text without accents, quotes and other marks.

    Examples
    --------
    >>> plain("Pinda's, ongebrand")
    'pindas ongebrand'
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return " ".join(
        re.sub(
            r"[^a-z0-9+%]+", " ", bare.replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
        ).split()
    )


@cache
def stem(word: str) -> str:
    """Return a word without plural or diminutive ending and without doubled letters.

    Not a linguist's stem: it only has to treat the same word alike wherever it occurs.

    Examples
    --------
    >>> stem("bananen") == stem("banaan"), stem("amandelen") == stem("amandel")
    (True, True)
    """
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            word = word[: -len(ending)]
            break
    return re.sub(r"(.)\1", r"\1", word)


@lru_cache(maxsize=4096)
def stems(text: str) -> tuple[str, ...]:
    """Return the stems of the words that carry meaning, in order."""
    return tuple(stem(word) for word in plain(text).split() if word not in _SMALL_WORDS)
