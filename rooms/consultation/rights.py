"""Who moderates, to whom a room is open, who may be heard, who watches a camera. From posts, never stored."""

from collections.abc import Mapping

from rooms.consultation.state import Camera, Consultation
from server.domain.authority import DESKS
from server.domain.people import Account, Post
from server.domain.units import Unit, is_under

WATCHERS = DESKS | {Post.OBSERVER, Post.ADMINISTRATOR}  # who looks at cameras; teams do not


def moderates(room: Consultation, account: Account) -> bool:
    """A desk at the host, whoever holds it now."""
    return account.active and account.unit == room.host and account.post in DESKS


def open_to(room: Consultation, account: Account) -> bool:
    """Whether it is shown to the account: through its unit, or because it was let in. Ejection aside."""
    return account.unit == room.host or account.unit in room.invited or account.id in room.admitted


def barred(room: Consultation, account: Account) -> bool:
    """Ejected; a moderator is not."""
    return account.id in room.ejected and not moderates(room, account)


def may_enter(room: Consultation, account: Account) -> bool:
    """Whether the account may take part: an invitation may mean certain posts of a unit only."""
    if not account.active or barred(room, account):
        return False
    invitation = room.invited.get(account.unit)
    meant = invitation is not None and (not invitation.posts or account.post in invitation.posts)
    return meant or account.unit == room.host or account.id in room.admitted


def may_speak(room: Consultation, account: str, moderator: bool) -> bool:
    """Muted is muted, for moderators too; hushed spares the floor, the moderators and the released."""
    if account in room.muted:
        return False
    return not room.hushed or moderator or account == room.floor or account in room.released


def may_watch(units: Mapping[str, Unit], camera: Camera, account: Account) -> bool:
    """At its owner and above: a village's camera is watched at the village, its town and the district, a
    department's at the department and the district. Others see it in a consultation it is brought into."""
    return account.active and account.post in WATCHERS and is_under(units, camera.owner, account.unit)
