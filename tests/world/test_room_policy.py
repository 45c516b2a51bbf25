"""What the media of a room obey follows from the state alone."""

from rooms import consultation as r
from rooms.consultation.policy import policy
from rooms.control import Kind, Person, Room
from server.domain import people as p
from server.domain.people import Post
from tests.world.builders import District
from tests.world.test_consultation import ON, join, opened, room_of

EVERYTHING = [Kind.AUDIO, Kind.CAMERA]


def projected(district: District) -> Room:
    state = district.state
    return policy(room_of(district), state.accounts, state.log, state.seq)


def met() -> District:
    district = opened("east", "east1", "water")
    join(district, "commander", "east1.desk", "water.desk")
    return district


def may(district: District, who: str) -> list[Kind]:
    return projected(district).people[who].may


def test_who_is_in_the_room_may_speak_and_be_seen_with_the_device_they_joined_with() -> None:
    district = met()
    join(district, "east1.desk", device="phone")
    room = projected(district)
    assert room.room == "d/room"
    assert room.seq == district.state.seq
    assert room.people == {
        "commander": Person(devices=["desk"], may=EVERYTHING, always_heard=True),
        "east1.desk": Person(devices=["phone"], may=EVERYTHING),
        "water.desk": Person(devices=["desk"], may=EVERYTHING),
    }


def test_the_muted_are_not_heard_whatever_they_do() -> None:
    district = met()
    district.ask("commander", r.MuteParticipant(**ON, account="east1.desk", muted=True))
    assert may(district, "east1.desk") == [Kind.CAMERA]
    district.ask("east1.desk", r.LeaveConsultation(**ON, device="desk"))
    join(district, "east1.desk", device="other")
    assert may(district, "east1.desk") == [Kind.CAMERA]
    district.ask("commander", r.AskToUnmute(**ON, account="east1.desk"))
    assert may(district, "east1.desk") == EVERYTHING


def test_in_a_hushed_room_the_floor_the_moderators_and_the_released_are_heard() -> None:
    district = met()
    join(district, "east.desk", "observer")
    district.ask("commander", r.HushConsultation(**ON, hushed=True))
    district.ask("commander", r.GrantFloor(**ON, account="east1.desk"))
    district.ask("commander", r.MuteParticipant(**ON, account="water.desk", muted=False))
    room = projected(district)
    heard = {who for who, person in room.people.items() if Kind.AUDIO in person.may}
    assert heard == {"commander", "east1.desk", "water.desk"}
    assert {who for who, person in room.people.items() if person.always_heard} == {"commander", "east1.desk"}
    district.ask("commander", r.HushConsultation(**ON, hushed=True))
    assert Kind.AUDIO not in may(district, "water.desk")


def test_a_muted_floor_holder_loses_the_floor() -> None:
    district = met()
    district.ask("commander", r.GrantFloor(**ON, account="east1.desk"))
    district.ask("commander", r.MuteParticipant(**ON, account="east1.desk", muted=True))
    assert (projected(district).stage, may(district, "east1.desk")) == ([], [Kind.CAMERA])


def test_the_hidden_are_not_seen() -> None:
    district = met()
    district.ask("commander", r.HideParticipant(**ON, account="water.desk", hidden=True))
    assert may(district, "water.desk") == [Kind.AUDIO]


def test_one_may_send_a_screen_and_it_is_the_one_that_is_shown() -> None:
    district = met()
    district.ask("water.desk", r.ShareScreen(**ON))
    room = projected(district)
    assert room.share == "water.desk"
    assert [who for who, person in room.people.items() if Kind.SCREEN in person.may] == ["water.desk"]


def test_the_spotlight_comes_before_the_floor_on_the_stage() -> None:
    district = met()
    district.ask("commander", r.GrantFloor(**ON, account="east1.desk"))
    assert projected(district).stage == ["east1.desk"]
    district.ask("commander", r.SetSpotlight(**ON, participant="water.desk"))
    assert projected(district).stage == ["water.desk", "east1.desk"]
    district.ask("commander", r.SetSpotlight(**ON, participant="east1.desk"))
    assert projected(district).stage == ["east1.desk"]


def test_the_ejected_and_those_who_lost_their_post_are_out_at_once() -> None:
    district = met()
    join(district, "east.desk")
    district.ask("commander", r.EjectParticipant(**ON, account="east1.desk"))
    district.ask("admin", p.CloseAccount(account="water.desk"))
    district.ask("admin", p.AppointAccount(account="east.desk", unit="west", post=Post.TOWN_DESK))
    assert set(projected(district).people) == {"commander"}


def test_who_lost_their_network_may_come_back_with_the_same_device() -> None:
    district = met()
    district.ask(None, r.LoseParticipant(**ON, account="water.desk", device="desk"))
    assert projected(district).people["water.desk"].devices == ["desk"]
    district.wait(301)
    assert "water.desk" not in projected(district).people


def test_a_camera_takes_part_under_its_own_name_and_may_only_be_seen() -> None:
    district = met()
    camera = r.Camera(id="gate", name="Gate", owner="east1", kind=r.CameraKind.SYNTHETIC)
    district.ask("admin", r.RegisterCamera(camera=camera, address="x"))
    district.ask("commander", r.BringCamera(**ON, camera="gate"))
    assert projected(district).people["cam:gate"] == Person(devices=[], may=[Kind.CAMERA])


def test_a_running_recording_is_told_to_the_media() -> None:
    district = met()
    district.ask("commander", r.StartRecording(**ON), id="tape")
    assert projected(district).recording == "tape"
    district.ask("commander", r.StopRecording(**ON))
    assert projected(district).recording == ""
