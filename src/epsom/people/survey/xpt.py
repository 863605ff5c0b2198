"""Read SAS transport files (version 5), the form in which the survey is published.

The layout is that of the SAS note "The record layout of a data set in SAS transport (XPORT) format"
(TS-140): 80-byte header records, one 140-byte description a variable, then rows of fixed length in
which numbers are IBM System/360 doubles (base 16, big-endian) and texts are padded with blanks.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from epsom.base.errors import EpsomError, problem

_RECORD = 80
_LIBRARY = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!"
_MEMBER = b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!"
_NAMES = b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!"
_ROWS = b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!"
_DESCRIPTIONS = (b"0140", b"0136")  # bytes of one description; the second on VAX/VMS
_NUMBER, _TEXT = 1, 2
_WIDEST_NUMBER = 8


@dataclass(frozen=True)
class Variable:
    """Describe one column of a transport file: where its bytes lie in a row and what they mean."""

    name: str
    label: str
    is_text: bool
    start: int
    width: int


@dataclass(frozen=True)
class Transport:
    """Hold the parts of a transport file: its variables and its rows as raw bytes.

    Parameters
    ----------
    variables
        Columns in file order.
    rows
        Bytes of the rows (row, byte of the row).
    """

    variables: tuple[Variable, ...]
    rows: npt.NDArray[np.uint8]

    def numbers(self, variable: Variable) -> npt.NDArray[np.float64]:
        """Return a numeric column; missing codes become NaN."""
        part = self.rows[:, variable.start : variable.start + variable.width]
        padded = np.zeros((len(part), 8), dtype=np.uint8)  # short numbers lost their last bytes, which are 0
        padded[:, : variable.width] = part
        return ibm_to_ieee(padded)

    def texts(self, variable: Variable) -> list[str]:
        """Return a text column as Latin-1, without the blanks at the end."""
        part = self.rows[:, variable.start : variable.start + variable.width]
        whole = np.ascontiguousarray(part).tobytes()
        width = variable.width
        return [
            whole[k : k + width].decode("latin-1").rstrip(" \x00")
            for k in range(0, len(self.rows) * width, width)
        ]


def ibm_to_ieee(raw: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Convert IBM System/360 doubles to IEEE doubles.

    An IBM double is sign (1 bit), exponent of 16 in excess-64 (7 bits) and a 56-bit fraction:
    value = (-1)^sign x 0.fraction x 16^(exponent - 64). A first byte ``.``, ``_`` or ``A`` to ``Z``
    followed by zeros is one of the missing codes of SAS and becomes NaN.

    Parameters
    ----------
    raw
        Bytes (n, 8), most significant first.

    Returns
    -------
    numpy.ndarray
        Values (n,).

    Examples
    --------
    >>> one = np.array([[0x41, 0x10, 0, 0, 0, 0, 0, 0]], dtype=np.uint8)
    >>> float(ibm_to_ieee(one)[0])
    1.0
    """
    first = raw[:, 0]
    exponent = (first & 0x7F).astype(np.int64) - 64
    words = np.ascontiguousarray(raw).view(">u8").ravel().astype(np.uint64)
    fraction = words & np.uint64(0x00FFFFFFFFFFFFFF)
    # A 56-bit fraction is rounded to the 53 bits of IEEE by the conversion to float.
    value = np.ldexp(fraction.astype(np.float64), 4 * exponent - 56)
    value[(first & 0x80) != 0] *= -1.0
    code = (first == 0x2E) | (first == 0x5F) | ((first >= 0x41) & (first <= 0x5A))
    value[code & (fraction == 0)] = np.nan
    return value


def read_transport(path: Path) -> Transport:
    """Read a transport file of one data set.

    Raises
    ------
    EpsomError
        ``E-FILE`` when it cannot be read, ``E-XPT-HEADER`` when it is no transport file of one data
        set, ``E-XPT-TRUNCATED`` when it ends too early.
    """
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise problem(
            "E-FILE", file=str(path), expected="XPT", details={"reason": fault.strerror or str(fault)}
        ) from fault
    return parse_transport(data, str(path))


def parse_transport(data: bytes, name: str) -> Transport:
    """Parse the bytes of a transport file; ``name`` is used in error messages."""
    if not data.startswith(_LIBRARY):
        raise problem("E-XPT-HEADER", file=name)
    try:
        member = data.index(_MEMBER)
        names = data.index(_NAMES, member)
    except ValueError:
        raise _truncated(data, name) from None
    if len(data) < names + _RECORD:
        raise _truncated(data, name)
    sizes = data[member + 74 : member + 78], data[names + 54 : names + 58]
    if not (sizes[0] in _DESCRIPTIONS and sizes[1].isdigit()):
        raise problem("E-XPT-HEADER", file=name)
    described, count = (int(size) for size in sizes)
    start = names + _RECORD
    end = start + count * described
    rows_at = start + -(-count * described // _RECORD) * _RECORD
    if len(data) < rows_at + _RECORD:
        raise _truncated(data, name)
    if not data.startswith(_ROWS, rows_at):
        raise problem("E-XPT-HEADER", file=name)
    variables = tuple(_variable(data[k : k + described]) for k in range(start, end, described))
    return Transport(variables, _rows(data[rows_at + _RECORD :], variables, name))


def _variable(record: bytes) -> Variable:
    kind, _, width, _ = struct.unpack(">hhhh", record[:8])
    (position,) = struct.unpack(">i", record[84:88])
    return Variable(
        name=record[8:16].decode("latin-1").rstrip(),
        label=record[16:56].decode("latin-1").rstrip(" \x00"),
        is_text=kind == _TEXT,
        start=position,
        width=width,
    )


def _sound(v: Variable) -> bool:
    return v.start >= 0 and 0 < v.width <= (2**15 if v.is_text else _WIDEST_NUMBER)


def _rows(body: bytes, variables: tuple[Variable, ...], name: str) -> npt.NDArray[np.uint8]:
    length = max((v.start + v.width for v in variables), default=0)
    if not all(_sound(v) for v in variables) or length == 0 or _MEMBER in body:
        raise problem("E-XPT-HEADER", file=name)
    whole, rest = divmod(len(body), length)
    # The last record is filled up with blanks: anything else behind the last row is a broken row.
    if len(body) % _RECORD or body[whole * length :].strip(b" ") or rest >= _RECORD:
        raise _truncated(body, name)
    rows = np.frombuffer(body, dtype=np.uint8, count=whole * length).reshape(whole, length)
    blank = np.flatnonzero((rows != 0x20).any(axis=1))
    filled = int(blank[-1]) + 1 if len(blank) else 0
    return rows[:filled]


def _truncated(data: bytes, name: str) -> EpsomError:
    return problem("E-XPT-TRUNCATED", file=name, value=len(data), unit="bytes")
