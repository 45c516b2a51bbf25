"""Passwords, sessions and tokens. A token is a random secret kept by its bearer; here only its hash.

Whether a session still counts is decided with fresh facts on every use: the row must exist, the account
must be active, and the session must have begun after the account's sessions were last revoked.
"""

import asyncio
import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.domain.message import Id
from server.domain.people import Account, NotePasswordChosen
from server.domain.refusal import Code, Rejected
from server.engine.engine import Engine
from server.store.sessions import SessionRow
from server.store.store import Store
from server.store.throttle import address_key, login_key

DAY_MS = 86_400_000
SHORTEST_PASSWORD = 8
COMMON = frozenset({"12345678", "password", "88888888", "11111111", "123456789", "qwertyuiop", "pingji12"})


class Session(msgspec.Struct, frozen=True):
    """A session that counts now."""

    log: str
    account: str
    device: str
    token_hash: bytes
    began_at: int  # epoch ms
    ends_at: int


class Device(msgspec.Struct, frozen=True):
    id: Id
    label: str = ""


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def strong_enough(password: str, login: str) -> None:
    """Length beats composition (NIST SP 800-63B); the most common and one's own name are refused."""
    if len(password) < SHORTEST_PASSWORD or password.lower() in COMMON or password.lower() == login.lower():
        raise Rejected(Code.WEAK_PASSWORD, shortest=SHORTEST_PASSWORD)


class SignIn:
    """Signing in and out, for all logs of the node."""

    def __init__(self, store: Store, engines: dict[str, Engine], session_days: int) -> None:
        self._store = store
        self._engines = engines
        self._lasts = session_days * DAY_MS
        self._hasher = PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1)
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="argon2")
        self._nobody = self._hasher.hash(secrets.token_hex(8))  # verified when there is no such login

    async def login(
        self, log: str, login: str, password: str, device: Device, remote: str
    ) -> tuple[str, Account]:
        """A fresh token and its account. Raises Rejected(BAD_LOGIN, LOGIN_THROTTLED)."""
        now = await self._store.now()
        keys = (login_key(log, login), address_key(remote))
        for key in keys:
            until = await self._store.throttle.blocked_until(key, now)
            if until is not None:
                raise Rejected(Code.LOGIN_THROTTLED, after=until - now)
        account = self._account_named(log, login)
        known = await self._store.credentials.hash_of(log, account.id) if account else None
        right = await self._verify(known or self._nobody, password)
        if account is None or known is None or not right or not account.active:
            for key in keys:
                await self._store.throttle.failed(key, now)
            raise Rejected(Code.BAD_LOGIN)
        await self._store.throttle.clear(keys[0])
        return await self.open_session(log, account, device), account

    async def open_session(self, log: str, account: Account, device: Device) -> str:
        """A session without a password: after one, or for a paired phone, or a drill."""
        token = secrets.token_urlsafe(32)
        now = max(await self._store.now(), account.sessions_from + 1)
        await self._store.sessions.create(
            hash_token(token), log, account.id, device.id, device.label[:200], now, now + self._lasts
        )
        return token

    async def session(self, token: str) -> Session:
        """Raises Rejected(BAD_TOKEN) for a session that is unknown, expired or revoked."""
        if not token:
            raise Rejected(Code.BAD_TOKEN)
        row = await self._store.sessions.find(hash_token(token), await self._store.now())
        if row is None or row.log not in self._engines or not self._counts(row):
            raise Rejected(Code.BAD_TOKEN)
        return Session(row.log, row.account, row.device, row.token_hash, row.created_at, row.expires_at)

    def account(self, session: Session) -> Account:
        """The account as it is now. Raises Rejected(BAD_TOKEN)."""
        account = self._engines[session.log].world.state.accounts.get(session.account)
        if account is None or not account.active or session.began_at <= account.sessions_from:
            raise Rejected(Code.BAD_TOKEN)
        return account

    async def logout(self, session: Session) -> None:
        await self._store.sessions.revoke(session.token_hash)

    async def change_password(self, session: Session, old: str, new: str, action_id: str) -> list[bytes]:
        """One's own password; all other sessions of the account end: their hashes. Raises Rejected."""
        account = self.account(session)
        known = await self._store.credentials.hash_of(session.log, account.id)
        if known is None or not await self._verify(known, old):
            raise Rejected(Code.BAD_LOGIN)
        if new == old:
            raise Rejected(Code.WEAK_PASSWORD, shortest=SHORTEST_PASSWORD)
        strong_enough(new, account.login)
        await self._store.credentials.set_hash(session.log, account.id, await self.hashed(new))
        ended = await self._store.sessions.revoke_account(
            session.log, account.id, except_hash=session.token_hash
        )
        await self._engines[session.log].ask(action_id, account.id, NotePasswordChosen(account=account.id))
        return ended

    async def set_password(self, log: str, account: Account, password: str) -> None:
        """By an administrator; the caller asks RequirePassword, which ends the account's sessions."""
        strong_enough(password, account.login)
        await self._store.credentials.set_hash(log, account.id, await self.hashed(password))

    async def hashed(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._hasher.hash, password)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _account_named(self, log: str, login: str) -> Account | None:
        engine = self._engines.get(log)
        if engine is None:
            return None
        return next((a for a in engine.world.state.accounts.values() if a.login == login), None)

    def _counts(self, row: SessionRow) -> bool:
        account = self._engines[row.log].world.state.accounts.get(row.account)
        return account is not None and account.active and row.created_at > account.sessions_from

    async def _verify(self, known: str, password: str) -> bool:
        def check() -> bool:
            try:
                return self._hasher.verify(known, password)
            except (VerificationError, InvalidHashError):
                return False

        return await asyncio.get_running_loop().run_in_executor(self._pool, check)
