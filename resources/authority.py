"""Who may do what on the board: rows of the matrix, as in `server.domain.authority`."""

from resources import actions as a
from server.domain.authority import COMMANDERS, DESKS, HANDS, STAFF, Reach
from server.domain.message import Action
from server.domain.people import Post

AUTHORITY: dict[type[Action], tuple[frozenset[Post], Reach]] = {
    # stock, of one's own unit and below
    a.SaveResources: (DESKS | STAFF, Reach.SUBTREE),
    a.CountStock: (HANDS | STAFF, Reach.SUBTREE),
    a.RetireResource: (DESKS | STAFF, Reach.SUBTREE),
    # requests
    a.RequestResources: (HANDS, Reach.OWN),
    a.AmendRequest: (HANDS, Reach.SUBTREE),
    a.WithdrawRequest: (HANDS, Reach.SUBTREE),
    a.CloseRequest: (HANDS, Reach.SUBTREE),
    a.ApproveRequest: (COMMANDERS, Reach.SUBTREE),
    a.RefuseRequest: (COMMANDERS, Reach.SUBTREE),
    # orders, from above: what one's own unit and those below it own
    a.DraftOrders: (DESKS, Reach.SUBTREE),
    a.DispatchResources: (DESKS, Reach.SUBTREE),
    a.IssueOrders: (DESKS, Reach.DISPATCHED),
    a.DropDraft: (DESKS, Reach.DISPATCHED),
    a.RecallOrder: (DESKS, Reach.DISPATCHED),
    a.RedirectOrder: (DESKS, Reach.DISPATCHED),
    a.SplitOrder: (DESKS, Reach.DISPATCHED),
    a.ExtendOrder: (DESKS, Reach.DISPATCHED),
    a.RemindOrder: (DESKS, Reach.DISPATCHED),
    a.CloseOrder: (DESKS, Reach.DISPATCHED),
    a.SettleDiscrepancy: (DESKS, Reach.DISPATCHED),
    # orders, at who sends and carries
    a.AcknowledgeOrder: (HANDS, Reach.SUPPLIED),
    a.AcceptOrder: (HANDS, Reach.SUPPLIED),
    a.DeclineOrder: (HANDS, Reach.SUPPLIED),
    a.CommitOrder: (HANDS, Reach.SUPPLIED),
    a.EstimateOrder: (HANDS, Reach.SUPPLIED),
    a.ReportDeparture: (HANDS, Reach.SUPPLIED),
    a.ReportArrival: (HANDS, Reach.SUPPLIED),
    a.ReportReturn: (HANDS, Reach.SUPPLIED),
    # orders, also at who receives
    a.HandOverResources: (HANDS, Reach.PARTY),
    a.ReportReturning: (HANDS, Reach.PARTY),
    a.ReportConsumed: (HANDS, Reach.PARTY),
}
