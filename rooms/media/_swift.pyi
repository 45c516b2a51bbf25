from collections.abc import Callable
from typing import Any

class Lane:
    """The compiled path of one port (rooms/media/c/module.c)."""

    packets_in: int
    packets_out: int
    refused: int
    barred: int
    unsent: int
    messages: int
    alone: int
    used: int

    def __init__(
        self,
        descriptor: int,
        name_size: int,
        ciphers: tuple[int, int, int, int],
        classes: dict[str, type],
        control: Callable[..., None],
        arrived: Callable[..., None],
        begin: Callable[..., None],
    ) -> None: ...
    def packet(self, end: Any, data: bytes, now: float, /) -> None: ...
    def forward(self, feed: Any, up: Any, packet: Any, now: float, /) -> None: ...
    def put(self, keys: Any, name: Any, data: bytes, control: bool, /) -> None: ...
    def flush(self) -> None: ...
    def read(self, ends: dict[Any, Any], other: Callable[[bytes, Any], None], /) -> None: ...

def scan(data: bytes, twcc: int, level: int, /) -> tuple[int, int, int, int] | None: ...
def vp8(data: bytes, start: int, end: int, /) -> tuple[int, int, bool, int, int, bool, int]: ...
