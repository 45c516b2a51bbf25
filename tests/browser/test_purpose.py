"""The purpose of the software, as four people see it."""

from tests.browser.conftest import Meeting


def test_orders_go_down_receipts_come_up_and_the_district_is_routine_again(meeting: Meeting) -> None:
    meeting("purpose.mjs")
