"""Where everything is kept: SQLite or PostgreSQL for what must be found again, a folder for photos and
recordings.

The only place that knows SQLAlchemy, and the only one that blocks. It does so in threads of its own
(`lane.py`): the event loop never waits for a disk, and every caller is answered within its timeout.
Database failures are `server.engine.journal.JournalDown`, a full folder is `StorageFull`. `Store` composes
the parts.
"""

from server.store.store import Store

__all__ = ["Store"]
