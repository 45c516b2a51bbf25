"""Who may do what in consultations: rows of the matrix, as in `server.domain.authority`."""

from rooms.consultation import actions as a
from server.domain.authority import DESKS, EVERYBODY, STAFF, Reach
from server.domain.message import Action
from server.domain.people import Post

AUTHORITY: dict[type[Action], tuple[frozenset[Post], Reach]] = {
    a.OpenConsultation: (DESKS, Reach.OWN),
    a.KnockAtConsultation: (EVERYBODY, Reach.OWN),
    # whoever it is open to
    a.DeclineInvitation: (EVERYBODY, Reach.INVITED),
    a.JoinConsultation: (EVERYBODY, Reach.INVITED),
    a.LeaveConsultation: (EVERYBODY, Reach.INVITED),
    a.RaiseHand: (EVERYBODY, Reach.INVITED),
    a.LowerHand: (EVERYBODY, Reach.INVITED),
    a.ReturnFloor: (EVERYBODY, Reach.INVITED),
    a.ShareScreen: (EVERYBODY, Reach.INVITED),
    a.StopSharing: (EVERYBODY, Reach.INVITED),
    a.AnswerRollCall: (EVERYBODY, Reach.INVITED),
    a.Say: (EVERYBODY, Reach.INVITED),
    # the moderators: a desk at the host
    a.InviteToConsultation: (DESKS, Reach.HOSTED),
    a.CallAgain: (DESKS, Reach.HOSTED),
    a.AdmitKnock: (DESKS, Reach.HOSTED),
    a.RefuseKnock: (DESKS, Reach.HOSTED),
    a.EjectParticipant: (DESKS, Reach.HOSTED),
    a.GrantFloor: (DESKS, Reach.HOSTED),
    a.TakeFloorBack: (DESKS, Reach.HOSTED),
    a.MuteParticipant: (DESKS, Reach.HOSTED),
    a.HushConsultation: (DESKS, Reach.HOSTED),
    a.AskToUnmute: (DESKS, Reach.HOSTED),
    a.HideParticipant: (DESKS, Reach.HOSTED),
    a.SetSpotlight: (DESKS, Reach.HOSTED),
    a.SetLayout: (DESKS, Reach.HOSTED),
    a.BringCamera: (DESKS, Reach.HOSTED),
    a.RemoveCamera: (DESKS, Reach.HOSTED),
    a.StartRollCall: (DESKS, Reach.HOSTED),
    a.EndRollCall: (DESKS, Reach.HOSTED),
    a.StartRecording: (DESKS, Reach.HOSTED),
    a.StopRecording: (DESKS, Reach.HOSTED),
    a.HandOverModeration: (DESKS, Reach.HOSTED),
    a.CloseConsultation: (DESKS, Reach.HOSTED),
    # cameras
    a.RegisterCamera: (STAFF, Reach.SUBTREE),
    a.ChangeCamera: (STAFF, Reach.SUBTREE),
    a.RetireCamera: (STAFF, Reach.SUBTREE),
    # the house
    a.LoseParticipant: (frozenset(), Reach.HOUSE),
    a.RegainParticipant: (frozenset(), Reach.HOUSE),
    a.KeepRecording: (frozenset(), Reach.HOUSE),
}
