"""The spool survives what may happen to a file."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.media.recorder.spool import MAGIC, Record, Spool, read

RECORDS = st.lists(
    st.builds(
        Record, st.integers(0, 1 << 60), st.integers(0, 6), st.integers(0, 255), st.binary(max_size=300)
    ),
    max_size=20,
)


@given(records=RECORDS, cut=st.integers(0, 400))
def test_a_cut_spool_is_read_up_to_the_cut(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], cut: int
) -> None:
    path = tmp_path_factory.mktemp("spool") / "1.spool"
    spool = Spool(path)
    for record in records:
        spool.append(*record)
    spool.close()
    whole = path.read_bytes()
    assert spool.bytes == len(whole)
    assert list(read(path)) == records
    path.write_bytes(whole[: max(0, len(whole) - cut)])
    found = list(read(path))
    assert found == records[: len(found)]
    lost = sum(14 + len(r.body) for r in records[len(found) + 1 :])
    assert len(found) == len(records) or lost < cut


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_exception(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("spool") / "1.spool"
    path.write_bytes(MAGIC + data)
    assert sum(14 + len(record.body) for record in read(path)) <= len(data)


def test_a_spool_is_never_written_over(tmp_path: Path) -> None:
    Spool(tmp_path / "1.spool").close()
    with pytest.raises(FileExistsError):
        Spool(tmp_path / "1.spool")
