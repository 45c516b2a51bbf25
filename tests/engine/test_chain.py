"""An entry's bytes and hash: compiled or in Python, the same."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.engine.chain import plain

swift: Any = pytest.importorskip("server._swift", reason="it was not compiled here")

bodies = st.lists(st.binary(max_size=200), max_size=20)
topics = st.lists(st.lists(st.text(max_size=40), max_size=20).map(tuple), max_size=20)


@settings(deadline=None)
@given(
    st.binary(min_size=32, max_size=32),
    st.integers(0, 2**63),
    st.integers(-(2**63), 2**63 - 1),
    bodies,
    topics,
)
def test_the_chain_is_the_same(
    previous: bytes, seq: int, at: int, events: list[bytes], seen: list[Any]
) -> None:
    for id, actor in (("a.1", "system"), ("é" * 40, "账号")):
        said = (previous, seq, at, id, actor, events, seen)
        assert swift.chain(*said) == plain(*said)
