"""What a consultation allows on the media: a pure projection of its state, enforced packet by packet.

Whoever is not in `people` is disconnected at once, so everything that takes somebody's place away (ejected,
left, closed, another post, a closed account) follows from the state alone.
"""

from collections.abc import Mapping

from rooms.consultation.rights import may_enter, may_speak, moderates
from rooms.consultation.state import Consultation
from rooms.control import Kind, Person, Room
from server.domain.people import Account

CAMERA_PREFIX = "cam:"


def policy(room: Consultation, accounts: Mapping[str, Account], log: str, seq: int) -> Room:
    """What the worker is told, from the state at `seq` of `log`."""
    people: dict[str, Person] = {}
    for participant in room.participants.values():
        account = accounts.get(participant.account)
        if account is None or not may_enter(room, account):
            continue
        moderator = moderates(room, account)
        people[account.id] = Person(
            devices=[participant.device],
            may=_may(room, account.id, moderator),
            always_heard=moderator or account.id == room.floor,
        )
    for camera in room.cameras:
        people[f"{CAMERA_PREFIX}{camera}"] = Person(devices=[], may=[Kind.CAMERA])
    wanted = dict.fromkeys((room.spotlight, room.floor))
    return Room(
        room=f"{log}/{room.id}",
        seq=seq,
        people=people,
        stage=[who for who in wanted if who is not None and who in people],
        share=room.sharing if room.sharing is not None and room.sharing in people else "",
        recording=room.recording.id if room.recording is not None else "",
    )


def _may(room: Consultation, account: str, moderator: bool) -> list[Kind]:
    may: list[Kind] = []
    if may_speak(room, account, moderator):
        may.append(Kind.AUDIO)
    if account not in room.hidden:
        may.append(Kind.CAMERA)
    if room.sharing == account:
        may.append(Kind.SCREEN)
    return may
