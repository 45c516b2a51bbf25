"""Who asks, under which id, and when: the circumstances of an action."""

import msgspec

from server.domain.people import Account
from server.domain.refusal import Code, Rejected


class Ask(msgspec.Struct, frozen=True, gc=False):
    id: str  # the action's id, made by the caller, unique in the log
    account: Account | None  # None: the house itself
    now: int  # epoch ms, the database's clock

    @property
    def who(self) -> Account:
        """The person who asks; refuses when it is the house."""
        if self.account is None:
            raise Rejected(Code.NOT_ALLOWED)
        return self.account
