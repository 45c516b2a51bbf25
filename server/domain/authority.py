"""Who may do what, and where: one matrix of action × post, each with a reach.

Authority is decided by the server on every action, from the post somebody holds now. A post that is
not in an action's row may not do it at all; a reach says at which units.
"""

from enum import StrEnum

from server.domain import command as c
from server.domain import house as h
from server.domain import mode as m
from server.domain import people as p
from server.domain import plans as pl
from server.domain import situation as s
from server.domain import units as u
from server.domain.message import Action
from server.domain.people import Post


class Reach(StrEnum):
    SELF = "self"  # about oneself
    OWN = "own"  # at one's own unit
    SUBTREE = "subtree"  # at one's own unit or below
    ISSUED = "issued"  # commands that one's own unit issued or holds
    WATCHED = "watched"  # deliveries that one's own unit watches
    LISTED = "listed"  # checklist items that name one's post, or any where one's desk stands above
    HOSTED = "hosted"  # consultations that one's own unit moderates
    INVITED = "invited"  # consultations open to one's unit or to oneself
    DISPATCHED = "dispatched"  # orders that one's own unit issued, or stands above the owner of
    SUPPLIED = "supplied"  # orders that one's own unit is asked to send or to carry
    PARTY = "party"  # orders that concern one's own unit
    HOUSE = "house"  # asked by the house itself, nobody else


DESKS = frozenset({Post.DUTY_COMMANDER, Post.DEPARTMENT_DESK, Post.TOWN_DESK, Post.VILLAGE_DESK})
HANDS = DESKS | {Post.FIELD}
COMMANDERS = frozenset({Post.DUTY_COMMANDER})
STAFF = frozenset({Post.ADMINISTRATOR})
PLANNERS = COMMANDERS | STAFF
EVERYBODY = frozenset(Post)

AUTHORITY: dict[type[Action], tuple[frozenset[Post], Reach]] = {
    # the switch
    m.DeclareEmergency: (COMMANDERS, Reach.SUBTREE),
    m.ConfirmEmergency: (COMMANDERS, Reach.SUBTREE),
    m.DropProposal: (COMMANDERS, Reach.SUBTREE),
    m.ChangeLevel: (COMMANDERS, Reach.SUBTREE),
    m.ChangeIncident: (COMMANDERS, Reach.SUBTREE),
    m.TickChecklist: (HANDS, Reach.LISTED),
    m.StandDown: (COMMANDERS, Reach.SUBTREE),
    m.ResumeRoutine: (COMMANDERS, Reach.SUBTREE),
    m.ChangeSettings: (STAFF, Reach.SUBTREE),
    # commands, from above
    c.IssueCommand: (DESKS, Reach.SUBTREE),
    c.AmendCommand: (DESKS, Reach.ISSUED),
    c.RecallCommand: (DESKS, Reach.ISSUED),
    c.CloseCommand: (DESKS, Reach.ISSUED),
    c.VerifyDelivery: (DESKS, Reach.ISSUED),
    c.SendBack: (DESKS, Reach.ISSUED),
    c.ReassignDelivery: (DESKS, Reach.ISSUED),
    c.RemindDelivery: (DESKS, Reach.WATCHED),
    c.RecordAcknowledgement: (DESKS, Reach.WATCHED),
    # commands, at the addressee
    c.ConfirmDelivery: (HANDS, Reach.OWN),
    c.AcknowledgeCommand: (HANDS, Reach.OWN),
    c.AcceptCommand: (HANDS, Reach.OWN),
    c.DeclineCommand: (HANDS, Reach.OWN),
    c.RelayCommand: (DESKS, Reach.OWN),
    c.ReportProgress: (HANDS, Reach.OWN),
    c.CompleteCommand: (HANDS, Reach.OWN),
    # from the ground
    s.ReportSituation: (HANDS, Reach.OWN),
    s.RaiseDistress: (HANDS, Reach.OWN),
    s.AnswerDistress: (DESKS, Reach.WATCHED),
    s.CloseDistress: (HANDS, Reach.WATCHED),
    # the house
    u.AddUnit: (STAFF, Reach.SUBTREE),
    u.ChangeUnit: (STAFF, Reach.SUBTREE),
    u.MoveUnit: (STAFF, Reach.SUBTREE),
    u.RetireUnit: (STAFF, Reach.SUBTREE),
    u.RestoreUnit: (STAFF, Reach.SUBTREE),
    u.SaveGroup: (PLANNERS, Reach.SUBTREE),
    u.DropGroup: (PLANNERS, Reach.SUBTREE),
    p.OpenAccount: (STAFF, Reach.SUBTREE),
    p.ChangeAccount: (STAFF, Reach.SUBTREE),
    p.AppointAccount: (STAFF, Reach.SUBTREE),
    p.CloseAccount: (STAFF, Reach.SUBTREE),
    p.ReopenAccount: (STAFF, Reach.SUBTREE),
    p.RequirePassword: (STAFF, Reach.SUBTREE),
    p.RevokeSessions: (STAFF, Reach.SUBTREE),
    p.NotePasswordChosen: (EVERYBODY, Reach.SELF),
    pl.SavePlan: (PLANNERS, Reach.SUBTREE),
    pl.RetirePlan: (PLANNERS, Reach.SUBTREE),
    h.Lapse: (frozenset(), Reach.HOUSE),
    h.NoteWebhook: (frozenset(), Reach.HOUSE),
    p.JoinTeam: (frozenset(), Reach.HOUSE),
}
