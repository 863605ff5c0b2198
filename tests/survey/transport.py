"""Write small SAS transport files for the tests."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

Column = Sequence[float | None] | Sequence[str]


def ibm(value: float | None) -> bytes:
    """Encode one number as an IBM double; None becomes the missing code ``.``."""
    if value is None:
        return b"." + bytes(7)
    if value == 0.0:
        return bytes(8)
    sign, size = (0x80, -value) if value < 0 else (0, value)
    exponent = 64
    while size >= 1.0:
        size /= 16.0
        exponent += 1
    while size < 1.0 / 16.0:
        size *= 16.0
        exponent -= 1
    fraction = int(size * 2**56)
    return bytes([sign | exponent]) + fraction.to_bytes(7, "big")


def transport(columns: Mapping[str, Column], name: str = "TABLE") -> bytes:
    """Build a transport file of one data set."""
    records, position = [], 0
    widths = []
    for number, (title, values) in enumerate(columns.items(), start=1):
        text = bool(values) and isinstance(values[0], str)
        width = max([len(str(v)) for v in values] + [1]) if text else 8
        record = struct.pack(">hhhh", 2 if text else 1, 0, width, number)
        record += title.ljust(8).encode() + title.ljust(40).encode() + bytes(8 + 2 + 2 + 2 + 2 + 8 + 2 + 2)
        record = record.ljust(84, b"\0")[:84] + struct.pack(">i", position)
        records.append(record.ljust(140, b"\0"))
        widths.append((text, width))
        position += width
    rows = b"".join(
        str(v).encode("latin-1").ljust(width) if text else ibm(v)  # type: ignore[arg-type]
        for row in zip(*columns.values(), strict=True)
        for v, (text, width) in zip(row, widths, strict=True)
    )
    described = b"".join(records)
    return b"".join(
        _fill(part)
        for part in (
            _header("LIBRARY HEADER RECORD!!!!!!!" + "0" * 30),
            _plain("SAS     SAS     SASLIB  9.4"),
            _plain("21NOV26:10:00:00"),
            _header("MEMBER  HEADER RECORD!!!!!!!" + "0" * 17 + "1600000000140"),
            _header("DSCRPTR HEADER RECORD!!!!!!!" + "0" * 30),
            _plain(f"SAS     {name:<8}SASDATA 9.4"),
            _plain("21NOV26:10:00:00"),
            _header("NAMESTR HEADER RECORD!!!!!!!" + f"000000{len(columns):04d}" + "0" * 20),
            described,
            _header("OBS     HEADER RECORD!!!!!!!" + "0" * 30),
            rows,
        )
    )


def _header(text: str) -> bytes:
    return ("HEADER RECORD*******" + text).encode().ljust(80)


def _plain(text: str) -> bytes:
    return text.encode().ljust(80)


def _fill(part: bytes) -> bytes:
    return part + b" " * (-len(part) % 80)
