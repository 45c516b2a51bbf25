"""Random things that people ask in consultations: what the laws are tried on, see `machine`."""

import random
from typing import Any

from rooms import consultation as r
from server.domain import command as c
from server.domain.message import Action
from server.domain.people import Post
from server.world.state import State
from tests.world.builders import TREE

Asked = tuple[str | None, Action]
CAMERAS = ["gate", "dyke"]
DEVICES = ["desk", "phone"]


def some_invitees(chance: random.Random) -> c.Addressing:
    return c.Addressing(units=chance.sample(list(TREE), chance.randrange(1, 5)))


def somebody_convenes(chance: random.Random, state: State) -> Asked:
    if len(state.consultations) > 2:
        return somebody_comes(chance, state)
    who = chance.choice(["commander", "commander", "east.desk", "water.desk", *state.accounts])
    posts = chance.choice([[], [], [], [Post.VILLAGE_DESK, Post.TOWN_DESK]])
    activation = chance.choice([None, None, *state.activations])
    to = some_invitees(chance)
    return who, r.OpenConsultation(name="Room", to=to, posts=posts, activation=activation)


def _room(chance: random.Random, state: State) -> r.Consultation | None:
    return chance.choice([*state.consultations.values()] or [None]) if chance.random() < 0.97 else None


def somebody_comes(chance: random.Random, state: State) -> Asked:
    """Answers to ringing, knocks, joining and leaving; and what the house notes of media."""
    room = _room(chance, state)
    on: Any = {"consultation": room.id if room else "never"}
    device = chance.choice(DEVICES)
    invited = [a.id for a in state.accounts.values() if room and a.unit in (room.host, *room.invited)]
    who: str | None = chance.choice(invited if invited and chance.random() < 0.8 else [*state.accounts])
    asked: list[Action] = [
        *[r.JoinConsultation(**on, device=device)] * 4,
        r.LeaveConsultation(**on, device=device),
        r.DeclineInvitation(**on, reason=chance.choice(["", "no camera"])),
        r.KnockAtConsultation(**on),
        r.KnockAtConsultation(**on),
    ]
    action = chance.choice(asked)
    if room is not None and room.participants and chance.random() < 0.2:
        there = chance.choice([*room.participants.values()])
        media = chance.choice([r.LoseParticipant, r.LoseParticipant, r.RegainParticipant])
        who, action = None, media(**on, account=there.account, device=chance.choice([there.device, device]))
    return who, action


def somebody_moderates(chance: random.Random, state: State) -> Asked:
    room = _room(chance, state)
    on: Any = {"consultation": room.id if room else "never"}
    desks = [a.id for a in state.accounts.values() if room and a.unit == room.host]
    who = chance.choice(desks if desks and chance.random() < 0.9 else [*state.accounts])
    there = [*room.participants] if room else []
    account = chance.choice(there if there and chance.random() < 0.9 else [*state.accounts])
    knock = chance.choice([*state.knocks] or ["never"])
    yes = chance.random() < 0.5
    asked: list[Action] = [
        r.InviteToConsultation(**on, to=some_invitees(chance)),
        r.CallAgain(**on),
        r.CallAgain(**on, units=chance.choice([[], [chance.choice(list(TREE))]])),
        *[r.AdmitKnock(knock=knock)] * 3,
        r.RefuseKnock(knock=knock),
        r.EjectParticipant(**on, account=account),
        r.EjectParticipant(**on, account=account),
        r.GrantFloor(**on, account=account),
        r.GrantFloor(**on, account=account),
        r.TakeFloorBack(**on),
        r.MuteParticipant(**on, account=account, muted=yes),
        r.HushConsultation(**on, hushed=yes),
        r.AskToUnmute(**on, account=account),
        r.HideParticipant(**on, account=account, hidden=yes),
        r.SetSpotlight(**on, participant=chance.choice([None, account, "cam:gate"])),
        r.SetLayout(**on, layout=chance.choice([*r.Layout])),
        r.BringCamera(**on, camera=chance.choice(CAMERAS)),
        r.RemoveCamera(**on, camera=chance.choice(CAMERAS)),
        r.StartRollCall(**on, seconds=chance.choice([5, 60])),
        r.StartRollCall(**on, seconds=30),
        r.EndRollCall(**on),
        r.StartRecording(**on),
        r.StopRecording(**on),
        r.HandOverModeration(**on, unit=chance.choice(list(TREE))),
        *([r.CloseConsultation(**on)] if chance.random() < 0.15 else []),
    ]
    return who, chance.choice(asked)


def somebody_takes_part(chance: random.Random, state: State) -> Asked:
    room = _room(chance, state)
    on: Any = {"consultation": room.id if room else "never"}
    there = [*room.participants] if room else []
    who = chance.choice(there if there and chance.random() < 0.95 else [*state.accounts])
    asked: list[Action] = [
        r.RaiseHand(**on),
        r.RaiseHand(**on),
        r.LowerHand(**on, account=chance.choice([None, who, *there])),
        r.ReturnFloor(**on),
        r.ShareScreen(**on),
        r.ShareScreen(**on),
        r.StopSharing(**on),
        r.AnswerRollCall(**on, picture=chance.random() < 0.5),
        r.AnswerRollCall(**on),
        r.Say(**on, text="Water is rising"),
    ]
    return who, chance.choice(asked)


def somebody_sees_to_cameras(chance: random.Random, state: State) -> Asked:
    id = chance.choice(CAMERAS)
    camera = r.Camera(id=id, name="Gate", owner=chance.choice(list(TREE)), kind=r.CameraKind.RTSP)
    address = chance.choice(["rtsp://a:b@10.0.0.1/1", "rtsp://a:c@10.0.0.2/1"])
    asked: list[Asked] = [
        ("admin", r.RegisterCamera(camera=camera, address=address)),
        ("admin", r.RegisterCamera(camera=camera, address=address)),
        ("admin", r.ChangeCamera(camera=camera, address=chance.choice([None, address]))),
        ("admin", r.RetireCamera(camera=id)),
    ]
    recording = chance.choice([*state.recordings] or ["never"])
    sha = chance.choice([None, "0" * 64])
    asked.append((None, r.KeepRecording(recording=recording, sha256=sha, duration_ms=5, bytes=7)))
    return chance.choice(asked)


MEETINGS = [
    somebody_convenes,
    *[somebody_comes] * 4,
    *[somebody_moderates] * 3,
    *[somebody_takes_part] * 2,
    somebody_sees_to_cameras,
]


def a_day_of_meetings(machine: Any, seed: int, steps: int) -> None:
    """Little else than consultations, so that they go deep: a law of `machine` is tried on it."""
    chance = random.Random(seed)
    for _ in range(steps):
        what = chance.random()
        if what < 0.86:
            machine.somebody_meets(seed=chance.randrange(2**30))
        elif what < 0.93:
            machine.time_passes(seconds=chance.choice([1, 5, 30, 61, 301]))
        elif what < 0.935:
            machine.time_passes(seconds=chance.choice([50_000, 90_000, 100 * 86_400]))
        else:
            rule = chance.choice(["people_come_and_go", "somebody_declares", "somebody_stands_down"])
            getattr(machine, rule)(seed=chance.randrange(2**30))
    machine.teardown()
