"""Dutch and English: catalogues of texts, numbers the local way, plurals.

A text is found by a key whose first part names its catalogue: ``forecast.title`` is the entry
``title`` context ``forecast`` in ``locale/<language>/forecast.po``. Keys are the message ids, so
a translator's tool can be used and no language is the master of the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "nl")
_MINUS = "\N{MINUS SIGN}"


class MissingTextError(KeyError):
    """A key has no text in a catalogue: a fault of Epsom, found by the tests."""


@cache
def catalogue(language: str, domain: str) -> Mapping[str, str | tuple[str, ...]]:
    """Read one catalogue: key -> text, or key -> plural forms.

    Raises
    ------
    MissingTextError
        When the catalogue file does not exist.
    """
    from babel.messages.pofile import read_po

    path = files("epsom").joinpath("locale", language, f"{domain}.po")
    if not path.is_file():
        raise MissingTextError(f"{language}/{domain}.po")
    with path.open("rb") as stream:
        entries = read_po(stream, locale=language, domain=domain)
    texts: dict[str, str | tuple[str, ...]] = {}
    for entry in entries:
        if isinstance(entry.id, tuple):
            texts[str(entry.id[0])] = tuple(str(form) for form in entry.string or ())
        elif entry.id:
            texts[str(entry.id)] = str(entry.string)
    return texts


class Translator:
    """Say things in one language.

    Parameters
    ----------
    language
        ``"en"`` or ``"nl"``.

    Examples
    --------
    >>> Translator("nl").number(-1234.5, digits=1)
    '−1.234,5'
    """

    def __init__(self, language: str = "en") -> None:
        if language not in LANGUAGES:
            raise ValueError(f"language {language!r} is not one of {LANGUAGES}")
        self.language = language

    def __call__(self, key: str, *, count: float | None = None, **values: Any) -> str:
        """Return the text of ``key`` with ``values`` filled in; ``count`` picks the plural form.

        Floats among the values are written with up to six significant digits the local way; format
        them beforehand with `number` where precision matters.
        """
        text = catalogue(self.language, key.partition(".")[0]).get(key)
        if text is None:
            raise MissingTextError(f"{self.language}: {key}")
        if isinstance(text, tuple):
            text = text[0 if count == 1 else -1]
        if count is not None:
            values["count"] = self.number(count, digits=0) if float(count).is_integer() else self.plain(count)
        return text.format(**{name: self.plain(value) for name, value in values.items()})

    def has(self, key: str) -> bool:
        """Tell whether ``key`` has a text."""
        return key in catalogue(self.language, key.partition(".")[0])

    def number(self, value: float, digits: int = 1, *, sign: bool = False) -> str:
        """Write a number with fixed decimals, local separators and a true minus sign.

        Parameters
        ----------
        value
            Any real number; NaN is written as an en dash.
        digits
            Decimals shown.
        sign
            Also write a plus sign before positive numbers.
        """
        from babel.numbers import format_decimal

        if value != value:
            return "–"
        rounded = round(value, digits) + 0.0  # adding zero turns -0.0 into 0.0
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        text = format_decimal(abs(rounded), format=pattern, locale=self.language)
        return (_MINUS if rounded < 0 else "+" if sign and rounded > 0 else "") + text

    def plain(self, value: Any) -> str:
        """Write any value: floats locally with six significant digits, all else as it is."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        if isinstance(value, int):
            return str(value)
        text = f"{value:.6g}"
        if "e" in text or text in ("nan", "inf", "-inf"):
            return text
        return text.replace(".", "," if self.language == "nl" else ".").replace("-", _MINUS)
