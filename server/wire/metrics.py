"""Prometheus metrics of the node, read when asked: nothing is counted twice for them."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from server.wire.hosted import Hosted
from server.wire.media_metrics import MediaMetrics
from server.wire.sockets import SocketServer


class Metrics(Collector):
    def __init__(
        self,
        hosted: dict[str, Hosted],
        sockets: SocketServer,
        media: MediaMetrics,
        deaf: Callable[[], bool | None],
    ) -> None:
        self._hosted = hosted
        self._deaf = deaf
        self._media = media
        self._sockets = sockets
        self._registry = CollectorRegistry()
        self._registry.register(self)

    async def text(self) -> bytes:
        await self._media.ask()
        return generate_latest(self._registry)

    def media(self) -> dict[str, object]:
        """For the health page."""
        return self._media.health()

    def collect(self) -> Iterable[Metric]:
        """Called by the registry on every scrape."""
        stats = self._sockets.stats()
        for name, value in stats.items():
            if isinstance(value, int):
                yield GaugeMetricFamily(f"pingji_sockets_{name}", f"sockets: {name}", value)
            else:
                counter = CounterMetricFamily(f"pingji_sockets_{name}", f"sockets: {name}", labels=["code"])
                for code, count in value.items():
                    counter.add_metric([code], count)
                yield counter
        seq = GaugeMetricFamily("pingji_log_seq", "newest entry told", labels=["log"])
        down = GaugeMetricFamily("pingji_journal_down", "1 while the journal does not answer", labels=["log"])
        told = CounterMetricFamily("pingji_delivered", "entries written to sockets", labels=["log"])
        seats = GaugeMetricFamily("pingji_seats", "connections following the log", labels=["log"])
        foreign = CounterMetricFamily(
            "pingji_foreign_cursors", "cursors from another history: a backup was restored", labels=["log"]
        )
        for name, hosted in self._hosted.items():
            seq.add_metric([name], hosted.engine.seq)
            down.add_metric([name], 1 if hosted.engine.down else 0)
            told.add_metric([name], hosted.audience.delivered)
            seats.add_metric([name], sum(len(seats) for seats in hosted.seats.values()))
            foreign.add_metric([name], hosted.foreign)
        yield from (seq, down, told, seats, foreign)
        deaf = self._deaf()
        if deaf is not None:
            yield GaugeMetricFamily("pingji_hints_deaf", "1 while no hints are heard", int(deaf))
        yield from self._media.collect()
