"""Who may do what, and where: the whole matrix, of the domain of the consultations, of the board."""

from resources.authority import AUTHORITY as ON_THE_BOARD
from rooms.consultation.authority import AUTHORITY as IN_CONSULTATIONS
from server.domain.authority import AUTHORITY as IN_THE_DISTRICT
from server.domain.authority import Reach
from server.domain.message import Action
from server.domain.people import Post
from server.world.founding import FoundDistrict

AUTHORITY: dict[type[Action], tuple[frozenset[Post], Reach]] = {
    **IN_THE_DISTRICT,
    **IN_CONSULTATIONS,
    **ON_THE_BOARD,
    FoundDistrict: (frozenset(), Reach.HOUSE),
}
