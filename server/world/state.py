"""The live state of a district, as plain data: what a snapshot stores and what a client is shown.

A client's view is the same `State` restricted to its scope, and changes by the same events: the law
`evolve(restrict(s), visible events) == restrict(evolve(s))` is tested with random actions.
Closed things leave the state; they live on in the journal and in the read models.
"""

import msgspec

from resources.state import Board
from rooms.consultation.state import Camera, CameraId, Consultation, Door, Knock, RecordingFile
from server.domain.command import Command, Delivery
from server.domain.incident import Incident
from server.domain.mode import Activation, Proposal
from server.domain.people import Account
from server.domain.plans import Plan
from server.domain.situation import ANSWER_WITHIN, AnswerWithin, Distress, SituationReport
from server.domain.units import Group, Unit


class State(msgspec.Struct, kw_only=True):
    log: str
    name: str = ""
    exercise: bool = False
    seq: int = 0  # the entry this state stands at
    at: int = 0  # epoch ms of that entry
    two_person: bool = False
    distress_within: AnswerWithin = ANSWER_WITHIN
    units: dict[str, Unit] = msgspec.field(default_factory=dict)
    groups: dict[str, Group] = msgspec.field(default_factory=dict)
    accounts: dict[str, Account] = msgspec.field(default_factory=dict)
    plans: dict[str, Plan] = msgspec.field(default_factory=dict)
    incidents: dict[str, Incident] = msgspec.field(default_factory=dict)
    activations: dict[str, Activation] = msgspec.field(default_factory=dict)
    proposals: dict[str, Proposal] = msgspec.field(default_factory=dict)
    commands: dict[str, Command] = msgspec.field(default_factory=dict)
    deliveries: dict[str, dict[str, Delivery]] = msgspec.field(default_factory=dict)  # command → unit →
    situation: dict[str, SituationReport] = msgspec.field(default_factory=dict)
    distress: dict[str, Distress] = msgspec.field(default_factory=dict)
    consultations: dict[str, Consultation] = msgspec.field(default_factory=dict)
    doors: dict[str, Door] = msgspec.field(default_factory=dict)  # by consultation
    knocks: dict[str, Knock] = msgspec.field(default_factory=dict)
    recordings: dict[str, RecordingFile] = msgspec.field(default_factory=dict)  # that have ended
    cameras: dict[CameraId, Camera] = msgspec.field(default_factory=dict)
    camera_addresses: dict[CameraId, str] = msgspec.field(default_factory=dict)  # for administrators
    board: Board = msgspec.field(default_factory=Board)
