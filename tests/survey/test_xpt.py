"""Transport files: numbers, texts, missing codes; anything cut off is refused."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epsom.base.errors import EpsomError
from epsom.people.survey.tables import read_table
from epsom.people.survey.xpt import ibm_to_ieee, parse_transport
from tests.survey.transport import ibm, transport


def _one(value: float | None) -> float:
    return float(ibm_to_ieee(np.frombuffer(ibm(value), dtype=np.uint8).reshape(1, 8))[0])


@given(st.floats(-1e60, 1e60).filter(lambda x: x == 0 or abs(x) > 1e-60))
def test_numbers_survive_the_ibm_form(value: float) -> None:
    assert _one(value) == value


@pytest.mark.parametrize("code", [b".", b"_", b"A", b"Z"])
def test_missing_codes_are_not_numbers(code: bytes) -> None:
    raw = np.frombuffer(code + bytes(7), dtype=np.uint8).reshape(1, 8)
    assert math.isnan(ibm_to_ieee(raw)[0])


def test_known_constants_of_the_ibm_form() -> None:
    raw = bytes.fromhex("c276a00000000000")  # -118.625, the textbook example
    assert ibm_to_ieee(np.frombuffer(raw, dtype=np.uint8).reshape(1, 8))[0] == -118.625


def test_a_table_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "RXQ_RX_J.XPT"
    path.write_bytes(
        transport({"SEQN": [1.0, 2.0, 3.0], "RXDDRUG": ["NIÑO; A", "", "B"], "X": [0.0, None, -2.5]})
    )
    table = read_table(path)
    assert table.to_dict(as_series=False) == {
        "SEQN": [1.0, 2.0, 3.0], "RXDDRUG": ["NIÑO; A", "", "B"], "X": [0.0, None, -2.5],
    }  # fmt: skip


def test_csv_and_transport_forms_agree(tmp_path: Path) -> None:
    (tmp_path / "A.XPT").write_bytes(transport({"SEQN": [1.0, 2.0], "NAME": ["É", ""], "X": [None, 3.5]}))
    (tmp_path / "A.csv").write_bytes('"SEQN","NAME","X"\n1,"É",NA\n2,"",3.5\n'.encode("latin-1"))
    assert read_table(tmp_path / "A.XPT").equals(read_table(tmp_path / "A.csv"))


_WHOLE = transport({"SEQN": [float(k) for k in range(60)], "X": [k / 7 for k in range(60)]})


@given(st.integers(0, len(_WHOLE) - 1))
def test_a_file_cut_off_anywhere_is_refused_or_lost_whole_records(cut: int) -> None:
    # 80 bytes hold exactly five rows of 16: only a cut there looks like a shorter file, which the
    # announced size and the published number of rows catch.
    codes: set[str] = set()
    rows = 0
    with contextlib.suppress(EpsomError):
        try:
            rows = len(parse_transport(_WHOLE[:cut], "A.XPT").rows)
        except EpsomError as error:
            codes.update(p.code for p in error.problems)
            raise
    assert codes <= {"E-XPT-TRUNCATED", "E-XPT-HEADER"}
    assert codes or (cut % 80 == 0 and rows < 60)


@given(st.integers(0, 1200), st.binary(min_size=1, max_size=8))
def test_spoilt_bytes_never_end_in_another_fault(place: int, junk: bytes) -> None:
    with contextlib.suppress(EpsomError):
        transport = parse_transport(_WHOLE[:place] + junk + _WHOLE[place + len(junk) :], "A.XPT")
        for variable in transport.variables:
            transport.texts(variable) if variable.is_text else transport.numbers(variable)


@pytest.mark.parametrize("data", [b"", b"<html>not found</html>", _WHOLE.replace(b"LIBRARY", b"LIBV8  ", 1)])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(EpsomError) as caught:
        parse_transport(data, "A.XPT")
    assert caught.value.problems[0].code == "E-XPT-HEADER"


def test_a_broken_csv_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "A.csv.xz"
    path.write_bytes(b"not xz at all")
    with pytest.raises(EpsomError) as caught:
        read_table(path)
    assert caught.value.problems[0].code == "E-FILE"
