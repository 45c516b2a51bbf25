"""Commands going down the tree and receipts coming back up, told as they are used."""

import pytest

from server.domain import command as c
from server.domain import people as p
from server.domain import situation as s
from server.domain import units as u
from server.domain.refusal import Code, Rejected
from server.domain.units import UnitKind
from tests.world.builders import DAY, District, order


@pytest.fixture
def district() -> District:
    return District()


def test_every_addressed_unit_has_a_row_from_the_moment_of_issue(district: District) -> None:
    everybody = c.Area(under="d", kinds=[UnitKind.TOWN, UnitKind.VILLAGE])
    to = c.Addressing(units=["water"], areas=[everybody], groups=["riverside"])
    district.ask("commander", c.IssueCommand(order=order(), to=to), id="all")
    rows = district.view("commander").deliveries["all"]
    assert list(rows) == ["water", "east", "west", "east1", "east2", "west1", "west2", "boat"]
    assert {row.step for row in rows.values()} == {c.Step.ISSUED}


def test_the_addressed_its_superiors_and_the_issuer_see_a_delivery_and_nobody_else(
    district: District,
) -> None:
    command = district.issue(["east1"])
    sees = {who for who in district.state.accounts if command in district.view(who).commands}
    assert {district.state.accounts[who].unit for who in sees} == {"d", "east", "east1"}


def test_a_village_does_not_see_its_neighbours_row(district: District) -> None:
    command = district.issue(["east1", "west1"])
    assert list(district.view("east1.desk").deliveries[command]) == ["east1"]


def test_nobody_commands_beyond_their_own_subtree(district: District) -> None:
    beyond = c.IssueCommand(order=order(), to=c.Addressing(units=["west1"]))
    assert district.refused("east.desk", beyond) is Code.OUT_OF_REACH
    nobody = c.IssueCommand(order=order(), to=c.Addressing())
    assert district.refused("commander", nobody) is Code.NOBODY_ADDRESSED


def test_receipts_are_per_person_and_each_is_said_once(district: District) -> None:
    command = district.issue(["east1"])
    district.acknowledge(command, "east1", "east1.desk")
    assert district.acknowledge(command, "east1", "east1.desk") == []
    district.acknowledge(command, "east1", "east1.second")
    assert set(district.delivery(command, "east1").acknowledged) == {"east1.desk", "east1.second"}


def test_reaching_a_device_is_not_an_acknowledgement(district: District) -> None:
    command = district.issue(["east1"])
    confirm = c.ConfirmDelivery(command=command, unit="east1", device="phone")
    district.ask("east1.desk", confirm)
    assert district.ask("east1.desk", confirm) == []
    delivery = district.delivery(command, "east1")
    assert (delivery.step, delivery.acknowledged) == (c.Step.DELIVERED, {})
    assert delivery.devices == {"phone": district.now}


def test_one_report_says_also_received_and_accepted(district: District) -> None:
    command = district.issue(["east1"])
    report = c.ReportProgress(command=command, unit="east1", counts={"moved": 12})
    happened = [type(event) for event in district.ask("east1.desk", report)]
    assert happened == [c.CommandAcknowledged, c.CommandAccepted, c.ProgressReported]
    delivery = district.delivery(command, "east1")
    assert delivery.accepted is not None
    assert (delivery.step, delivery.counts) == (c.Step.REPORTED, {"moved": 12})


def test_a_report_keeps_to_the_fields_that_were_asked_and_says_something(district: District) -> None:
    command = district.issue(["east1"])
    strange = c.ReportProgress(command=command, unit="east1", counts={"boats": 1})
    assert district.refused("east1.desk", strange) is Code.BAD_ACTION
    empty = c.ReportProgress(command=command, unit="east1")
    assert district.refused("east1.desk", empty) is Code.BAD_ACTION


def test_only_the_newest_reports_stay_on_the_screens(district: District) -> None:
    command = district.issue(["east1"])
    for number in range(c.REPORTS_KEPT + 3):
        report = c.ReportProgress(command=command, unit="east1", counts={"moved": number})
        district.ask("east1.desk", report)
    reports = district.delivery(command, "east1").reports
    assert [report.counts["moved"] for report in reports] == list(range(3, c.REPORTS_KEPT + 3))


def test_a_relay_rolls_up_to_everybody_above(district: District) -> None:
    command = district.issue(["east"])
    child = district.relay(command, "east", ["east1", "east2"], by="east.desk")
    report = c.ReportProgress(command=child, unit="east1", counts={"moved": 7})
    district.ask("east1.desk", report)
    above = district.view("commander")
    assert above.deliveries[command]["east"].relays == [child]
    assert above.commands[child].parent == command
    assert above.deliveries[child]["east1"].counts == {"moved": 7}
    assert above.deliveries[child]["east1"].watchers == ["east", "d"]


def test_a_required_relay_comes_before_completion(district: District) -> None:
    command = district.issue(["east"], order(relay=c.Relay.REQUIRED))
    complete = c.CompleteCommand(command=command, unit="east")
    assert district.refused("east.desk", complete) is Code.RELAY_FIRST
    district.relay(command, "east", ["east1"], by="east.desk")
    district.complete(command, "east", "east.desk")
    assert district.delivery(command, "east").step is c.Step.COMPLETED


def test_nobody_below_means_no_relay_is_demanded(district: District) -> None:
    command = district.issue(["boat"], order(relay=c.Relay.REQUIRED))
    district.complete(command, "boat", "boat.chief")
    assert district.delivery(command, "boat").step is c.Step.COMPLETED


def test_what_must_not_be_relayed_is_not(district: District) -> None:
    command = district.issue(["east"], order(relay=c.Relay.NONE))
    relay = c.RelayCommand(command=command, unit="east", to=c.Addressing(units=["east1"]))
    assert district.refused("east.desk", relay) is Code.NOT_ALLOWED


def test_an_order_is_relayed_whole_or_not_at_all(district: District) -> None:
    command = district.issue(["east"])
    to = c.Addressing(units=["east1"])
    long = c.RelayCommand(command=command, unit="east", to=to, text="x" * 4000)
    assert district.refused("east.desk", long) is Code.TOO_LARGE
    itself = c.RelayCommand(command=command, unit="east", to=c.Addressing(units=["east"]))
    assert district.refused("east.desk", itself) is Code.NOBODY_ADDRESSED


def test_an_amendment_asks_everybody_for_a_new_acknowledgement(district: District) -> None:
    command = district.issue(["east1"])
    district.acknowledge(command, "east1", "east1.desk")
    district.acknowledge(command, "east1", "east1.second")
    district.now += 60_000
    district.ask("commander", c.AmendCommand(command=command, order=order("Check both dykes")))
    delivery = district.delivery(command, "east1")
    assert delivery.step is c.Step.ACKNOWLEDGED
    assert delivery.clocks[c.Clock.ACKNOWLEDGE].due == district.now + 300_000
    for person in ("east1.desk", "east1.second"):
        assert len(district.acknowledge(command, "east1", person)) == 1
        assert delivery.acknowledged[person].version == 2
        assert district.acknowledge(command, "east1", person) == []
    assert c.Clock.ACKNOWLEDGE not in delivery.clocks


def test_an_amendment_that_says_the_same_is_none(district: District) -> None:
    command = district.issue(["east1"])
    assert district.ask("commander", c.AmendCommand(command=command, order=order())) == []


def test_a_recall_takes_back_the_whole_family(district: District) -> None:
    command = district.issue(["east", "west"])
    child = district.relay(command, "east", ["east1"], by="east.desk")
    grandchild = district.relay(child, "east1", ["patrol"], by="east1.desk")
    other = district.issue(["east"])
    district.ask("commander", c.RecallCommand(command=command, reason="False alarm"))
    for recalled in (command, child, grandchild):
        assert district.state.commands[recalled].recalled == "False alarm"
        assert {d.step for d in district.state.deliveries[recalled].values()} == {c.Step.RECALLED}
    assert district.state.commands[other].recalled is None
    again = c.RecallCommand(command=command, reason="False alarm")
    assert district.refused("commander", again) is Code.COMMAND_OVER
    late = c.AcknowledgeCommand(command=grandchild, unit="patrol")
    assert district.refused("patrol.chief", late) is Code.COMMAND_OVER


def test_a_relayer_recalls_what_it_relayed_and_nothing_above(district: District) -> None:
    command = district.issue(["east"])
    child = district.relay(command, "east", ["east1"], by="east.desk")
    above = c.RecallCommand(command=command, reason="No")
    assert district.refused("east.desk", above) is Code.OUT_OF_REACH
    district.ask("east.desk", c.RecallCommand(command=child, reason="Wrong village"))
    assert district.state.commands[command].recalled is None


def test_what_was_already_verified_keeps_its_receipts_in_a_recall(district: District) -> None:
    command = district.issue(["east1", "east2"])
    district.complete(command, "east1", "east1.desk")
    district.ask("commander", c.VerifyDelivery(command=command, unit="east1"))
    district.ask("commander", c.RecallCommand(command=command, reason="Enough"))
    delivery = district.delivery(command, "east1")
    assert delivery.step is c.Step.VERIFIED
    assert delivery.verified is not None


def test_an_acknowledgement_by_telephone_names_who_was_heard_and_who_wrote_it_down(
    district: District,
) -> None:
    command = district.issue(["west2"])
    heard = c.RecordAcknowledgement(command=command, unit="west2", name="Old Wang", phone="021 99")
    district.ask("west.desk", heard)
    (receipt,) = district.delivery(command, "west2").acknowledged.values()
    assert (receipt.name, receipt.via) == ("Old Wang", c.Via.TELEPHONE)
    assert (receipt.recorded_by, receipt.note) == ("Name of west.desk", "021 99")
    assert district.delivery(command, "west2").step is c.Step.ACKNOWLEDGED
    assert district.refused("east.desk", heard) is Code.OUT_OF_REACH


def test_two_telephone_calls_are_two_receipts(district: District) -> None:
    command = district.issue(["west2"])
    for name in ("Old Wang", "Old Li"):
        district.ask("west.desk", c.RecordAcknowledgement(command=command, unit="west2", name=name))
    names = [receipt.name for receipt in district.delivery(command, "west2").acknowledged.values()]
    assert names == ["Old Wang", "Old Li"]


def test_a_declined_command_is_given_to_another_unit_and_the_first_one_still_sees_its_own(
    district: District,
) -> None:
    command = district.issue(["east1"])
    district.ask("east1.desk", c.DeclineCommand(command=command, unit="east1", reason="No pumps"))
    moved = c.ReassignDelivery(command=command, unit="east1", to="pump", reason="They have pumps")
    district.ask("commander", moved)
    assert district.delivery(command, "east1").step is c.Step.REASSIGNED
    assert district.delivery(command, "east1").reassigned_to == "pump"
    assert district.delivery(command, "pump").step is c.Step.ISSUED
    assert "d" in district.delivery(command, "pump").watchers
    assert list(district.view("pump.chief").deliveries[command]) == ["pump"]
    assert list(district.view("east1.desk").deliveries[command]) == ["east1"]


def test_a_reassignment_goes_to_a_unit_within_reach_that_has_no_row_yet(district: District) -> None:
    command = district.issue(["east1", "east2"])
    taken = c.ReassignDelivery(command=command, unit="east1", to="east2", reason="x")
    assert district.refused("commander", taken) is Code.NAME_TAKEN
    own = district.issue(["east1"], by="east.desk")
    beyond = c.ReassignDelivery(command=own, unit="east1", to="west1", reason="x")
    assert district.refused("east.desk", beyond) is Code.OUT_OF_REACH


def test_completed_work_is_sent_back_and_completed_again(district: District) -> None:
    command = district.issue(["east1"], order(report=60))
    district.complete(command, "east1", "east1.desk")
    district.ask("commander", c.SendBack(command=command, unit="east1", reason="Photos missing"))
    delivery = district.delivery(command, "east1")
    assert (delivery.step, delivery.completed) == (c.Step.ACCEPTED, None)
    assert [back.reason for back in delivery.sent_back] == ["Photos missing"]
    assert c.Clock.REPORT in delivery.clocks
    district.complete(command, "east1", "east1.desk")
    assert delivery.step is c.Step.COMPLETED


def test_a_refusal_sent_back_is_accepted_and_the_first_acceptance_stays(district: District) -> None:
    command = district.issue(["east1"])
    accept = c.AcceptCommand(command=command, unit="east1", note="On it")
    district.ask("east1.desk", accept)
    first = district.delivery(command, "east1").accepted
    district.now += 1000
    district.ask("east1.desk", c.DeclineCommand(command=command, unit="east1", reason="No pumps"))
    assert district.refused("east1.desk", accept) is Code.WRONG_STEP
    district.ask("commander", c.SendBack(command=command, unit="east1", reason="Pumps are coming"))
    district.ask("east1.second", accept)
    delivery = district.delivery(command, "east1")
    assert (delivery.step, delivery.declined) == (c.Step.ACCEPTED, None)
    assert delivery.accepted == first


def test_the_last_verification_closes_the_command(district: District) -> None:
    command = district.issue(["east1", "east2"])
    for unit in ("east1", "east2"):
        district.complete(command, unit, f"{unit}.desk")
        assert district.state.commands[command].closed_at is None
        district.ask("commander", c.VerifyDelivery(command=command, unit=unit))
    assert district.state.commands[command].closed_at == district.now


def test_a_team_moved_in_mid_command_keeps_its_obligation(district: District) -> None:
    """Fault 20: the delivery stays as issued; its old superiors still see it, the new ones do not."""
    command = district.issue(["patrol"])
    before = district.delivery(command, "patrol").watchers
    district.ask("admin", u.MoveUnit(code="patrol", parent="west1"))
    assert district.delivery(command, "patrol").watchers == before == ["east1", "east", "d"]
    assert command in district.view("patrol.chief").commands
    assert command not in district.view("west1.desk").commands
    district.complete(command, "patrol", "patrol.chief")
    (acknowledged, *_) = district.log[-1].audiences
    assert acknowledged == ("u:patrol", "u:east1", "u:east", "u:d")
    assert district.delivery(command, "patrol").step is c.Step.COMPLETED
    later = district.issue(["patrol"])
    assert district.delivery(later, "patrol").watchers == ["west1", "west", "d"]


def test_closed_and_recalled_commands_leave_the_screens_after_a_day(district: District) -> None:
    closed, recalled, kept = (district.issue([unit]) for unit in ("east1", "east2", "west1"))
    district.acknowledge(kept, "west1", "west1.desk")
    district.ask("commander", c.CloseCommand(command=closed))
    district.ask("commander", c.RecallCommand(command=recalled, reason="No"))
    assert district.wait(DAY - 1) == []
    assert closed in district.view("east1.desk").commands
    archived = district.wait(1)
    assert archived == [c.CommandArchived(command=closed), c.CommandArchived(command=recalled)]
    assert list(district.state.commands) == list(district.state.deliveries) == [kept]
    assert district.world.topics_of.keys() <= {kept}


def test_a_closed_command_is_over_for_everybody(district: District) -> None:
    command = district.issue(["east1"])
    district.ask("commander", c.CloseCommand(command=command))
    assert district.ask("commander", c.CloseCommand(command=command)) == []
    late = c.AcknowledgeCommand(command=command, unit="east1")
    assert district.refused("east1.desk", late) is Code.COMMAND_OVER


def test_somebody_who_was_sent_away_may_nothing_any_more(district: District) -> None:
    command = district.issue(["east1"])
    district.ask("admin", p.CloseAccount(account="east1.desk"))
    late = c.AcknowledgeCommand(command=command, unit="east1")
    assert district.refused("east1.desk", late) is Code.SESSION_REVOKED


def test_a_distress_call_is_seen_up_the_line_until_it_is_closed(district: District) -> None:
    district.ask("patrol.chief", s.RaiseDistress(), id="sos")
    assert district.ask("patrol.chief", s.RaiseDistress()) == []
    sees = {who for who in district.state.accounts if "sos" in district.view(who).distress}
    assert {district.state.accounts[who].unit for who in sees} == {"patrol", "east1", "east", "d"}
    district.ask("east.desk", s.AnswerDistress(distress="sos"))
    assert district.ask("commander", s.AnswerDistress(distress="sos")) == []
    assert district.state.distress["sos"].answered_by == "Name of east.desk"
    close = s.CloseDistress(distress="sos", reason="Safe")
    assert district.refused("west.desk", close) is Code.OUT_OF_REACH
    district.ask("patrol.chief", close)
    assert district.state.distress == {}


def test_only_the_newest_situation_reports_stay_on_the_screens(district: District) -> None:
    for number in range(s.SITUATION_KEPT + 2):
        district.now += 1000
        district.ask(
            "patrol.chief",
            s.ReportSituation(kind=s.SituationKind.HAZARD, text="x"),
            id=f"r{number % 7}.{number}",
        )
    kept = [report.at for report in district.state.situation.values()]
    assert len(kept) == s.SITUATION_KEPT
    assert min(kept) == district.now - (s.SITUATION_KEPT - 1) * 1000


def test_nobody_is_left_in_a_retired_unit(district: District) -> None:
    assert district.refused("admin", u.RetireUnit(code="boat")) is Code.UNIT_IN_USE
    district.ask("admin", p.CloseAccount(account="boat.chief"))
    district.ask("admin", u.RetireUnit(code="boat"))
    with pytest.raises(Rejected) as refusal:
        district.ask("admin", p.ReopenAccount(account="boat.chief"))
    assert refusal.value.code is Code.UNKNOWN_UNIT
    to_boat = c.IssueCommand(order=order(), to=c.Addressing(units=["boat"]))
    assert district.refused("commander", to_boat) is Code.UNKNOWN_UNIT


def test_a_unit_returns_only_under_one_that_is_there(district: District) -> None:
    district.ask(
        "admin", u.AddUnit(unit=u.Unit(code="t", kind=UnitKind.TEAM, name="T", short="T", parent="west2"))
    )
    district.ask("admin", u.RetireUnit(code="t"))
    district.ask("admin", u.RetireUnit(code="west2"))
    assert district.refused("admin", u.RestoreUnit(code="t")) is Code.UNKNOWN_UNIT


def test_the_last_administrator_stays(district: District) -> None:
    district.ask("admin", p.CloseAccount(account="admin2"))
    assert district.refused("admin", p.CloseAccount(account="admin")) is Code.LAST_ADMINISTRATOR


def test_a_phone_joins_a_team_once_and_takes_nobodys_place(district: District) -> None:
    join = p.JoinTeam(account="phone", unit="boat", name="New hand", phone="1")
    district.ask(None, join)
    assert district.state.accounts["phone"].post is p.Post.FIELD
    assert district.ask(None, join) == []  # the answer was lost: it is so already
    taken = p.JoinTeam(account="commander", unit="boat", name="x", phone="")
    assert district.refused(None, taken) is Code.NAME_TAKEN
    elsewhere = p.JoinTeam(account="other", unit="west1", name="x", phone="")
    assert district.refused(None, elsewhere) is Code.BAD_PLACE_IN_TREE
