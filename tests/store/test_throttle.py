"""The waits after failed logins."""

from hypothesis import given
from hypothesis import strategies as st

from server.store.throttle import LONGEST_MS, penalty


def test_five_tries_are_free_and_then_the_wait_doubles_up_to_five_minutes() -> None:
    waits = [penalty(failures, free=5) // 1000 for failures in range(16)]
    assert waits == [0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300]


@given(failures=st.integers(0, 2**31), free=st.integers(0, 100))
def test_more_failures_never_wait_less(failures: int, free: int) -> None:
    assert 0 <= penalty(failures, free) <= penalty(failures + 1, free) <= LONGEST_MS
