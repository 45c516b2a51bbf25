"""Time-limited credentials for a TURN server: the scheme of coturn's `use-auth-secret`.

draft-uberti-behave-turn-rest-00: the user name is "<expiry>:<account>", the password its HMAC-SHA1 with a
secret that the TURN server knows; it keeps no accounts, and a leaked password is worth nothing tomorrow.
"""

import base64
import hashlib
import hmac

LIVES_MS = 8 * 3600_000


def credentials(secret: str, account: str, now: int) -> tuple[str, str, int]:
    """(user name, password, when they end as epoch ms); `now` in epoch ms."""
    ends = now + LIVES_MS
    name = f"{ends // 1000}:{account}"
    digest = hmac.new(secret.encode(), name.encode(), hashlib.sha1).digest()
    return name, base64.b64encode(digest).decode(), ends
