"""The first minutes of a district: nothing has happened yet (fault 13), and then something does."""

from tests.scenarios.conftest import Enter
from tests.scenarios.district import LOG, TEAM, TOWN, VILLAGE, issue, tracebacks, truth
from tests.servers.pingji import Pingji


async def test_a_client_that_comes_when_nothing_has_happened_gets_a_snapshot_and_then_every_event(
    node: Pingji, enter: Enter
) -> None:
    commander, village = await enter(node, "commander", VILLAGE, look=True)
    assert (commander.resets, commander.seq) == (1, 1)
    assert commander.view.units[VILLAGE].name
    seq = await commander.act(issue([VILLAGE]))
    await village.reached(seq)
    assert [entry.seq for entry in village.entries] == [2]
    assert next(iter(village.view.deliveries.values())).keys() == {VILLAGE}
    assert tracebacks(node) == []


async def test_a_cursor_of_an_untouched_log_is_resumed_without_a_snapshot(node: Pingji, enter: Enter) -> None:
    team = await enter(node, TEAM.lower())
    team.hang_up()
    await team.until(lambda: team.resumed == 1)
    assert (team.resets, team.seqs, team.doubled) == (1, [], 0)


async def test_the_journal_of_a_new_district_is_one_entry(node: Pingji) -> None:
    found = await truth(node)
    assert found.ids() == ["found"]
    assert found.state.log == LOG
    assert found.state.units[TOWN].active
