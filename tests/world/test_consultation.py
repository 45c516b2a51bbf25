"""Consultations as they are used: who comes, who moderates, who is called, what remains."""

import msgspec
import pytest

from rooms import consultation as r
from server.domain import command as c
from server.domain import mode as m
from server.domain import people as p
from server.domain import plans as pl
from server.domain.incident import ResponseLevel
from server.domain.message import Event
from server.domain.people import Post
from server.domain.refusal import Code, Rejected
from server.media.rules import camera_room
from tests.world.builders import FLOOD, District

ROOM = "room"
ON = {"consultation": ROOM}


def opened(*units: str, by: str = "commander") -> District:
    """A district with the consultation ROOM, to which units are invited."""
    district = District()
    to = c.Addressing(units=list(units) or ["east", "east1", "water"])
    district.ask(by, r.OpenConsultation(name="Room", to=to), id=ROOM)
    return district


def join(district: District, *who: str, device: str = "desk") -> None:
    for account in who:
        district.ask(account, r.JoinConsultation(**ON, device=device))


def room_of(district: District) -> r.Consultation:
    return district.state.consultations[ROOM]


def states(district: District) -> dict[str, r.Ringing]:
    return {unit: invited.state for unit, invited in room_of(district).invited.items()}


def sees(district: District, who: str) -> bool:
    return ROOM in district.view(who).consultations


def kinds(events: list[Event]) -> list[type[Event]]:
    return [type(event) for event in events]


# ── opened by the switch ──────────────────────────────────────────────────────────────────────────


def rooms_plan(district: District, *invitees: pl.Invitee) -> None:
    room = pl.PlannedRoom(id="flood-room", name="Flood room", invitees=list(invitees))
    known = district.state.plans["flood"]
    district.ask("admin", pl.SavePlan(plan=msgspec.structs.replace(known, rooms=[room])))


def test_the_switch_opens_the_rooms_of_the_plan_and_rings_at_the_posts_it_names() -> None:
    district = District()
    desks = [Post.DEPARTMENT_DESK, Post.TOWN_DESK]
    rooms_plan(district, *(pl.Invitee(post=post) for post in desks), pl.Invitee(post=Post.FIELD, unit="boat"))
    activation = district.declare(plan="flood")
    (room,) = district.state.consultations.values()
    assert (room.host, room.activation, room.planned_room) == ("d", activation, "flood-room")
    assert room.incident == f"{activation}.i"
    assert set(room.invited) == {"water", "safety", "east", "west", "boat"}
    assert {invited.state for invited in room.invited.values()} == {r.Ringing.RINGING}
    assert room.id in district.view("boat.chief").consultations
    assert room.id not in district.view("east1.desk").consultations
    assert room.id in district.view("east1.desk").doors


def test_a_dry_run_of_the_switch_shows_whom_it_would_ring_and_rings_nobody() -> None:
    district = District()
    declare = m.DeclareEmergency(
        scope="d", incident=FLOOD, level=ResponseLevel.III, reason="Rain", plan="flood"
    )
    _, events = district.decide("commander", declare)
    opened_ = [event for event in events if isinstance(event, r.ConsultationOpened)]
    assert [list(event.consultation.invited) for event in opened_] == [["east"]]
    assert district.state.consultations == {}


def test_a_switch_of_two_persons_opens_its_rooms_when_the_second_agrees() -> None:
    district = District()
    district.ask("admin", m.ChangeSettings(two_person=True))
    proposal = district.declare(plan="flood")
    assert district.state.consultations == {}
    district.ask("deputy", m.ConfirmEmergency(proposal=proposal))
    assert list(district.state.consultations) == [f"{proposal}.r1"]


def test_a_planned_post_that_nobody_holds_is_seen_to_be_absent_at_once() -> None:
    district = District()
    rooms_plan(district, pl.Invitee(post=Post.VILLAGE_DESK))
    district.declare(plan="flood")
    (room,) = district.state.consultations.values()
    assert room.invited["west2"].state is r.Ringing.ABSENT
    assert room.invited["west1"].state is r.Ringing.RINGING


def test_the_rain_that_returns_opens_no_second_room() -> None:
    district = District()
    activation = district.declare(plan="flood")
    district.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    district.declare(plan="flood")
    assert len(district.state.consultations) == 1


def test_standing_down_leaves_the_rooms_open_and_routine_closes_them() -> None:
    district = District()
    activation = district.declare()
    opening = r.OpenConsultation(name="Room", to=c.Addressing(units=["east"]))
    district.ask("commander", opening, id=ROOM)
    district.ask("commander", r.StartRecording(**ON))
    district.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    assert district.view("water.desk").doors[ROOM].activation == activation
    events = district.ask("commander", m.ResumeRoutine(activation=activation))
    assert r.ConsultationClosed in kinds(events)
    assert (district.state.consultations, district.state.doors) == ({}, {})
    assert [file.incident for file in district.state.recordings.values()] == [f"{activation}.i"]


# ── coming ────────────────────────────────────────────────────────────────────────────────────────


def test_only_the_host_and_the_invited_see_a_consultation() -> None:
    district = opened("east", "water")
    seeing = {district.state.accounts[who].unit for who in district.state.accounts if sees(district, who)}
    assert seeing == {"d", "east", "water"}


def test_one_tap_joins_and_it_is_seen_who_has_come() -> None:
    district = opened("east", "east1", "water")
    join(district, "east1.desk")
    assert states(district) == {
        "east": r.Ringing.RINGING,
        "east1": r.Ringing.JOINED,
        "water": r.Ringing.RINGING,
    }


def test_ringing_that_nobody_answers_becomes_absent_and_can_be_called_again() -> None:
    district = opened("east", "east1", "water")
    join(district, "east1.desk")
    district.wait(59)
    assert states(district)["water"] is r.Ringing.RINGING
    assert district.wait(1) == [r.InvitationsMissed(consultation=ROOM, units=["water", "east"])]
    district.ask("commander", r.CallAgain(consultation=ROOM, units=["water"]))
    assert states(district)["water"] is r.Ringing.RINGING
    assert states(district)["east"] is r.Ringing.ABSENT
    assert district.wait(61) == [r.InvitationsMissed(consultation=ROOM, units=["water"])]


def test_a_unit_says_why_it_does_not_come() -> None:
    district = opened()
    district.ask("water.desk", r.DeclineInvitation(consultation=ROOM, reason="At the sluice"))
    assert room_of(district).invited["water"].reason == "At the sluice"
    assert district.wait(61) == [r.InvitationsMissed(consultation=ROOM, units=["east", "east1"])]


def test_a_device_that_joins_replaces_the_one_before_and_its_leaving_means_nothing() -> None:
    district = opened()
    join(district, "east1.desk")
    district.ask("commander", r.MuteParticipant(**ON, account="east1.desk", muted=True))
    join(district, "east1.desk", device="phone")
    assert district.ask("east1.desk", r.LeaveConsultation(**ON, device="desk")) == []
    assert room_of(district).participants["east1.desk"].device == "phone"
    assert room_of(district).muted == ["east1.desk"]


def test_who_was_muted_is_still_muted_after_leaving_and_coming_back() -> None:
    district = opened()
    join(district, "east1.desk")
    district.ask("commander", r.MuteParticipant(**ON, account="east1.desk", muted=True))
    district.ask("east1.desk", r.LeaveConsultation(**ON, device="desk"))
    join(district, "east1.desk")
    assert room_of(district).muted == ["east1.desk"]


def test_an_invitation_that_means_a_post_lets_no_other_in() -> None:
    district = District()
    to = c.Addressing(units=["east"])
    district.ask("commander", r.OpenConsultation(name="Room", to=to, posts=[Post.TOWN_DESK]), id=ROOM)
    other = r.JoinConsultation(**ON, device="x")
    assert district.refused("east.commander", other) is Code.NOT_INVITED
    assert district.refused("east.desk", other) is None


def test_a_desk_invites_its_own_line_the_departments_and_the_towns_and_nobody_else() -> None:
    district = District()

    def invite(*units: str) -> r.OpenConsultation:
        return r.OpenConsultation(name="Room", to=c.Addressing(units=list(units)))

    assert district.refused("east.desk", invite("d", "east1", "water", "west")) is None
    assert district.refused("east.desk", invite("west1")) is Code.OUT_OF_REACH
    assert district.refused("commander", invite("west1", "boat")) is None
    assert district.refused("east.desk", invite("east")) is Code.NOBODY_ADDRESSED


def test_a_full_room_takes_nobody_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(r, "SEATS", 2)
    district = opened()
    join(district, "commander", "east1.desk")
    assert district.refused("water.desk", r.JoinConsultation(**ON, device="x")) is Code.ROOM_FULL
    assert district.refused("east1.desk", r.JoinConsultation(**ON, device="other")) is None


def test_who_is_invited_later_is_shown_all_of_it() -> None:
    district = opened("east")
    join(district, "east.desk")
    district.ask("east.desk", r.Say(**ON, text="The lane is under water"))
    invite = r.InviteToConsultation(consultation=ROOM, to=c.Addressing(units=["west1"]))
    events = district.ask("commander", invite)
    assert kinds(events) == [r.UnitsInvited, r.ConsultationShown]
    assert district.view("west1.desk").consultations == {ROOM: room_of(district)}
    topics = district.log[-1].audiences[1]
    assert topics == ("u:west1",)


# ── the lobby ─────────────────────────────────────────────────────────────────────────────────────


def test_who_is_not_invited_knocks_and_waits_until_the_host_lets_them_in() -> None:
    district = opened("east")
    district.ask("water.desk", r.KnockAtConsultation(**ON), id="knock")
    assert district.ask("water.desk", r.KnockAtConsultation(**ON)) == []
    assert not sees(district, "water.desk")
    assert list(district.view("commander").knocks) == list(district.view("water.desk").knocks) == ["knock"]
    assert district.view("east.desk").knocks == {}
    district.ask("deputy", r.AdmitKnock(knock="knock"))
    join(district, "water.desk")
    assert sees(district, "water.desk")
    assert district.state.knocks == {}


def test_a_refused_knock_is_known_to_both_and_may_be_repeated() -> None:
    district = opened("east")
    district.ask("water.desk", r.KnockAtConsultation(**ON), id="first")
    district.ask("commander", r.RefuseKnock(knock="first"))
    assert district.view("water.desk").knocks["first"].refused
    district.ask("water.desk", r.KnockAtConsultation(**ON), id="second")
    assert list(district.state.knocks) == ["second"]


def test_the_ejected_see_nothing_more_of_it_until_they_are_let_in_again() -> None:
    district = opened("east1")
    join(district, "east1.desk", "east1.second")
    before = district.scope("east1.desk").mark
    district.ask("commander", r.EjectParticipant(**ON, account="east1.desk"))
    assert not sees(district, "east1.desk")
    assert sees(district, "east1.second")
    assert district.scope("east1.desk").mark != before
    assert district.refused("east1.desk", r.JoinConsultation(**ON, device="desk")) is Code.EJECTED
    district.ask("east1.desk", r.KnockAtConsultation(**ON), id="knock")
    district.ask("commander", r.AdmitKnock(knock="knock"))
    join(district, "east1.desk")
    assert district.scope("east1.desk").mark == before


def test_nobody_ejects_a_moderator() -> None:
    district = opened()
    join(district, "commander", "deputy", "observer")
    eject = r.EjectParticipant(**ON, account="deputy")
    assert district.refused("commander", eject) is Code.NOT_ALLOWED
    assert district.refused("commander", r.EjectParticipant(**ON, account="observer")) is None


# ── the post moderates ────────────────────────────────────────────────────────────────────────────


def test_moderation_belongs_to_the_post_whoever_holds_it() -> None:
    district = opened()
    join(district, "commander", "east1.desk")
    district.ask("commander", r.LeaveConsultation(**ON, device="desk"))
    district.ask("deputy", r.GrantFloor(**ON, account="east1.desk"))
    district.ask("admin", p.AppointAccount(account="deputy", unit="d", post=Post.OBSERVER))
    assert district.refused("deputy", r.TakeFloorBack(**ON)) is Code.NOT_ALLOWED
    assert district.refused("commander", r.TakeFloorBack(**ON)) is None


def test_who_is_given_another_post_or_loses_their_account_leaves_the_room() -> None:
    district = opened()
    join(district, "water.desk", "east1.desk", "commander")
    district.ask("admin", p.AppointAccount(account="water.desk", unit="safety", post=Post.DEPARTMENT_DESK))
    district.ask("admin", p.CloseAccount(account="east1.desk"))
    district.ask("admin", p.AppointAccount(account="commander", unit="d", post=Post.OBSERVER))
    assert list(room_of(district).participants) == ["commander"]
    assert states(district)["water"] is r.Ringing.LEFT


def test_moderation_handed_over_goes_with_the_lobby_and_the_old_host_stays_in() -> None:
    district = opened("east")
    join(district, "commander")
    district.ask("water.desk", r.KnockAtConsultation(**ON), id="knock")
    district.ask("commander", r.HandOverModeration(**ON, unit="safety"))
    room = room_of(district)
    assert (room.host, room.invited["d"].state) == ("safety", r.Ringing.JOINED)
    assert "safety" not in room.invited
    assert district.refused("commander", r.CloseConsultation(**ON)) is Code.OUT_OF_REACH
    assert list(district.view("safety.desk").knocks) == ["knock"]
    assert district.view("commander").knocks == {}
    assert district.view("west.desk").doors[ROOM].host == "safety"
    district.ask("safety.desk", r.AdmitKnock(knock="knock"))


def test_moderation_is_not_handed_to_a_unit_without_a_desk() -> None:
    district = opened("boat")
    assert district.refused("commander", r.HandOverModeration(**ON, unit="boat")) is Code.NOT_ALLOWED
    assert district.refused("commander", r.HandOverModeration(**ON, unit="west2")) is Code.NOT_ALLOWED


# ── hands and the floor ───────────────────────────────────────────────────────────────────────────


def test_hands_wait_in_the_order_they_were_raised() -> None:
    district = opened()
    join(district, "water.desk", "east1.desk", "east.desk")
    for who in ("east1.desk", "east.desk", "water.desk"):
        district.ask(who, r.RaiseHand(**ON))
    assert district.ask("east1.desk", r.RaiseHand(**ON)) == []
    assert room_of(district).hands == ["east1.desk", "east.desk", "water.desk"]
    district.ask("commander", r.GrantFloor(**ON, account="east.desk"))
    assert room_of(district).hands == ["east1.desk", "water.desk"]
    others = r.LowerHand(consultation=ROOM, account="east1.desk")
    assert district.refused("water.desk", others) is Code.NOT_ALLOWED
    district.ask("commander", others)
    district.ask("water.desk", r.LowerHand(consultation=ROOM))
    assert room_of(district).hands == []


def test_the_floor_is_granted_passed_on_returned_and_taken_back() -> None:
    district = opened()
    join(district, "water.desk", "east1.desk")
    for holder in ("water.desk", "east1.desk"):
        district.ask("commander", r.GrantFloor(**ON, account=holder))
        assert room_of(district).floor == holder
    assert district.ask("water.desk", r.ReturnFloor(**ON)) == []
    district.ask("east1.desk", r.ReturnFloor(**ON))
    assert room_of(district).floor is None
    district.ask("commander", r.GrantFloor(**ON, account="water.desk"))
    district.ask("commander", r.TakeFloorBack(**ON))
    assert room_of(district).floor is None


def test_whoever_loses_their_network_gives_the_floor_and_the_screen_back_and_leaves_in_time() -> None:
    district = opened()
    join(district, "water.desk")
    district.ask("commander", r.GrantFloor(**ON, account="water.desk"))
    district.ask("water.desk", r.ShareScreen(**ON))
    lose = r.LoseParticipant(**ON, account="water.desk", device="desk")
    district.ask(None, r.LoseParticipant(**ON, account="water.desk", device="other"))
    assert room_of(district).floor == "water.desk"
    district.ask(None, lose)
    assert (room_of(district).floor, room_of(district).sharing) == (None, None)
    assert district.refused("commander", r.GrantFloor(**ON, account="water.desk")) is Code.NOT_IN_ROOM
    district.ask(None, r.RegainParticipant(**ON, account="water.desk", device="desk"))
    assert r.ParticipantLeft not in kinds(district.wait(301))
    district.ask(None, lose)
    (left,) = district.wait(300)
    assert isinstance(left, r.ParticipantLeft)
    assert left.lost
    assert states(district)["water"] is r.Ringing.LEFT


def test_one_screen_at_a_time_and_a_moderator_takes_over() -> None:
    district = opened()
    join(district, "commander", "water.desk", "east1.desk")
    district.ask("water.desk", r.ShareScreen(**ON))
    assert district.refused("east1.desk", r.ShareScreen(**ON)) is Code.SCREEN_TAKEN
    assert district.ask("east1.desk", r.StopSharing(**ON)) == []
    district.ask("commander", r.ShareScreen(**ON))
    assert room_of(district).sharing == "commander"
    district.ask("commander", r.StopSharing(**ON))
    district.ask("commander", r.HushConsultation(**ON, hushed=True))
    assert district.refused("east1.desk", r.ShareScreen(**ON)) is Code.HUSHED


# ── roll call ─────────────────────────────────────────────────────────────────────────────────────


def test_a_roll_call_tells_who_answered_who_was_late_and_who_was_absent() -> None:
    district = opened("east", "east1", "water")
    join(district, "commander", "east.desk", "east1.desk")
    district.ask("commander", r.StartRollCall(**ON, seconds=30))
    assert district.refused("commander", r.StartRollCall(**ON, seconds=30)) is Code.WRONG_STEP
    district.now += 4000
    district.ask("east1.desk", r.AnswerRollCall(consultation=ROOM, picture=True))
    assert district.ask("east1.desk", r.AnswerRollCall(consultation=ROOM)) == []
    assert district.refused("water.desk", r.AnswerRollCall(consultation=ROOM)) is Code.NOT_IN_ROOM
    (ended,) = district.wait(26)
    assert isinstance(ended, r.RollCallEnded)
    assert (ended.answered, ended.absent, ended.by) == ({"east1": 4000}, ["water", "east"], "")
    assert {"u:water", "u:east", "u:east1"} <= set(district.log[-1].audiences[0])
    district.ask("east.desk", r.AnswerRollCall(consultation=ROOM))
    called = room_of(district).roll_call
    assert called is not None
    assert {unit: answer.late for unit, answer in called.answered.items()} == {"east1": False, "east": True}


def test_a_roll_call_ended_by_hand_does_not_end_again() -> None:
    district = opened()
    district.ask("commander", r.StartRollCall(**ON, seconds=300))
    district.ask("commander", r.EndRollCall(**ON))
    assert district.ask("commander", r.EndRollCall(**ON)) == []
    assert r.RollCallEnded not in kinds(district.wait(400))


# ── what remains ──────────────────────────────────────────────────────────────────────────────────


def test_everybody_in_the_room_sees_that_it_is_recorded_and_the_host_finds_the_recording() -> None:
    district = opened("east")
    district.ask("commander", r.StartRecording(**ON), id="tape")
    assert district.view("east.desk").consultations[ROOM].recording is not None
    district.ask("commander", r.StopRecording(**ON))
    assert district.view("east.desk").consultations[ROOM].recording is None
    assert district.view("east.desk").recordings == {}
    keep = r.KeepRecording(recording="tape", sha256="1" * 64, duration_ms=61_000, bytes=9)
    district.ask(None, keep)
    assert district.ask(None, keep) == []
    file = district.view("commander").recordings["tape"]
    assert (file.state, file.sha256, file.duration_ms) == (r.Kept.KEPT, "1" * 64, 61_000)
    with pytest.raises(Rejected) as refusal:
        district.ask(None, r.KeepRecording(recording="never", sha256=None))
    assert refusal.value.code is Code.UNKNOWN_RECORDING


def test_closing_ends_the_roll_call_and_the_recording_and_says_who_came() -> None:
    district = opened("east", "water")
    join(district, "east.desk")
    district.ask("water.desk", r.KnockAtConsultation(**ON))
    district.ask("commander", r.StartRollCall(**ON, seconds=300))
    district.ask("commander", r.StartRecording(**ON))
    events = district.ask("commander", r.CloseConsultation(**ON))
    assert kinds(events) == [
        r.RollCallEnded,
        r.RecordingStopped,
        r.RecordingListed,
        r.ConsultationClosed,
        r.DoorClosed,
    ]
    closed = events[3]
    assert isinstance(closed, r.ConsultationClosed)
    assert (closed.came, closed.absent) == (["east"], ["water"])
    assert district.state.consultations == {}


def test_only_the_newest_lines_of_the_chat_stay_on_the_screens() -> None:
    district = opened()
    for number in range(r.CHAT_KEPT + 5):
        district.ask("east.desk", r.Say(**ON, text=f"line {number}"))
    assert [line.text for line in room_of(district).chat][:1] == ["line 5"]
    assert len(room_of(district).chat) == r.CHAT_KEPT


def test_a_room_that_nobody_enters_closes_by_itself_unless_it_belongs_to_an_emergency() -> None:
    district = opened("east")
    assert r.ConsultationClosed in kinds(district.wait(13 * 3600))
    district.declare(plan="flood")
    assert r.ConsultationClosed not in kinds(district.wait(13 * 3600))


# ── cameras ───────────────────────────────────────────────────────────────────────────────────────


def gate(owner: str = "east1") -> r.Camera:
    return r.Camera(id="gate", name="Gate", owner=owner, kind=r.CameraKind.RTSP)


def test_a_cameras_address_is_for_administrators_alone() -> None:
    district = District()
    district.ask("admin", r.RegisterCamera(camera=gate(), address="rtsp://a:secret@gate"))
    for who, account in district.state.accounts.items():
        view = district.view(who)
        assert bool(view.camera_addresses) == (account.post is Post.ADMINISTRATOR)
        assert bool(view.cameras) == (account.post is not Post.FIELD)
    entry = district.log[-1]
    told = dict(zip([type(event) for event in entry.events()], entry.audiences, strict=True))
    assert told[r.CameraAddressed] == ("p:administrator",)


def watchers(district: District, owner: str) -> set[str]:
    if "gate" in district.state.cameras:
        district.ask("admin", r.ChangeCamera(camera=gate(owner)))
    else:
        district.ask("admin", r.RegisterCamera(camera=gate(owner), address="x"))
    room = camera_room(district.state, "gate")
    assert room is not None
    return room.people.keys() - {"cam:gate"}


def test_a_camera_is_watched_alone_at_its_owner_and_above_and_by_no_team() -> None:
    district = District()
    desks = {a.id: a.unit for a in district.state.accounts.values() if a.post is not Post.FIELD}

    def at(*units: str) -> set[str]:
        return {id for id, unit in desks.items() if unit in units}

    assert watchers(district, "east1") == at("d", "east", "east1")
    assert watchers(district, "east") == at("d", "east")
    assert watchers(district, "water") == at("d", "water")
    assert watchers(district, "boat") == at("d", "west")
    assert watchers(district, "d") == at("d")


def test_a_moderator_brings_a_camera_of_their_part_of_the_district_and_a_retired_one_goes() -> None:
    district = opened("west", by="east.desk")
    district.ask("admin", r.RegisterCamera(camera=gate("west"), address="x"))
    bring = r.BringCamera(**ON, camera="gate")
    assert district.refused("east.desk", bring) is Code.OUT_OF_REACH
    district.ask("admin", r.ChangeCamera(camera=gate("east1")))
    district.ask("east.desk", bring)
    district.ask("east.desk", r.SetSpotlight(**ON, participant="cam:gate"))
    district.ask("admin", r.RetireCamera(camera="gate"))
    assert (room_of(district).cameras, room_of(district).spotlight) == ({}, None)
