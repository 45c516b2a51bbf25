"""What an operator sets, as one value. Read from the environment in `__main__` and nowhere else."""

from pathlib import Path

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Paths, addresses, limits. Sizes in bytes, times in seconds unless the name says otherwise."""

    var: Path = Path("var")
    url: str = ""  # database; empty: SQLite in `var`
    redis: str = ""  # hints between nodes; empty: one node
    geo: Path | None = None  # the district's vectors (GeoJSON); None: those of the sample
    host: str = "127.0.0.1"
    port: int = 8080
    origins: tuple[str, ...] = ()  # further origins that may connect, e.g. of a reverse proxy
    behind_proxy: bool = False  # believe X-Forwarded-For and X-Forwarded-Proto
    session_days: int = 7
    recordings_days: int = 30  # files of consultations go after that
    upload_limit: int = 64 * 1024 * 1024
    drills_at_once: int = 3
    webhook_timeout: float = 10.0
    webhook_patience: float = 86_400.0  # what is not answered by then is given up
    poll: float = 1.0
    turn_timeout: float = 5.0
    snapshot_every: int = 5_000
    max_connections: int = 20_000
    connections_per_account: int = 50
    rate: float = 20.0  # messages a second and connection
    ping_interval: float = 20.0
    stall_timeout: float = 15.0
    max_buffered: int = 1024 * 1024
    media: bool = True
    media_workers: int | None = None  # processes for media; None: one per core
    media_address: tuple[str, ...] = ()  # what clients are told; empty: this host's own addresses
    media_port: int = 0  # UDP, of the first worker; the others follow; 0: each takes a free one
    media_folder: Path | None = None  # shared by the nodes of this host; None: this node's own
    leave_media: bool = False  # when stopped in order, leave the workers to a successor
    media_at: tuple[str, ...] = ()  # further workers that others start: socket files or host:port
    turn_urls: tuple[str, ...] = ()
    turn_secret: str = ""
    tls: str = ""  # "": plain; "auto": certificates of our own; or "CERT,KEY"
    inner_port: int = 0  # plain, on loopback, for this node's own stations; 0: they use `port`

    @property
    def database_url(self) -> str:
        return self.url or f"sqlite:///{(self.var / 'pingji.db').resolve()}"

    @property
    def scheme(self) -> str:
        return "https" if self.tls else "http"

    @property
    def inner_url(self) -> str:
        """Where this node's own processes reach it."""
        if self.inner_port:
            return f"http://127.0.0.1:{self.inner_port}"
        return f"http://{'127.0.0.1' if self.host in ('0.0.0.0', '::') else self.host}:{self.port}"

    @property
    def tls_folder(self) -> Path:
        return self.var / "tls"

    @property
    def blobs(self) -> Path:
        return self.var / "blobs"
