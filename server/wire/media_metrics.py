"""Prometheus metrics of the rooms: what workers count, asked when a scrape comes.

Labels are bounded: a stream towards a listener is added up by room, kind and layer; one that somebody
sends is listed, and so is every participant's connection, at most `PEERS_AT_MOST` of a node. Device ids,
which clients choose, are no labels.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from rooms import control as c
from server.media.plane import Plane

PEERS_AT_MOST = 1_000
_COUNTED = ("packets", "bytes", "lost", "repaired", "keys")


class MediaMetrics:
    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._counted: Mapping[str, c.Counted] = {}

    async def ask(self) -> None:
        """Before a scrape is answered; who does not answer in time is missing from it."""
        self._counted = await self._plane.count()

    def health(self) -> dict[str, object]:
        workers = self._plane.workers
        return {
            "workers": len(workers),
            "up": sum(1 for worker in workers if worker.name),
            "rooms": len(self._plane.rooms),
            "unplaced": sum(1 for carried in self._plane.rooms.values() if not carried.sent),
        }

    def collect(self) -> Iterable[Metric]:
        yield from self._of_workers()
        yield from self._of_rooms()
        yield from self._of_streams()

    def _of_workers(self) -> Iterable[Metric]:
        up = GaugeMetricFamily("pingji_media_worker_up", "1 while it answers", labels=["worker"])
        path = GaugeMetricFamily(
            "pingji_media_worker_path",
            "1: its packet path, compiled or in python",
            labels=["worker", "path"],
        )
        starts = CounterMetricFamily("pingji_media_worker_starts", "starts of the worker", labels=["worker"])
        cpu = CounterMetricFamily("pingji_media_worker_cpu_seconds", "CPU time", labels=["worker"])
        packets = CounterMetricFamily(
            "pingji_media_worker_packets", "packets through the worker", labels=["worker", "direction"]
        )
        for number, worker in enumerate(self._plane.workers):
            place = str(number)
            up.add_metric([place], 1 if worker.name else 0)
            if worker.name:
                path.add_metric([place, worker.path], 1)
            starts.add_metric([place], worker.starts)
            counted = self._counted.get(worker.address)
            if counted is not None:
                cpu.add_metric([place], counted.cpu_seconds)
                packets.add_metric([place, "in"], counted.packets_in)
                packets.add_metric([place, "out"], counted.packets_out)
        yield from (up, path, starts, cpu, packets)
        yield CounterMetricFamily(
            "pingji_media_rooms_moved", "rooms placed anew because their worker was gone", self._plane.moves
        )

    def _of_rooms(self) -> Iterable[Metric]:
        people = GaugeMetricFamily("pingji_media_people", "who may be in the room", labels=["room"])
        connected = GaugeMetricFamily("pingji_media_connected", "devices with media", labels=["room"])
        for name, carried in self._plane.rooms.items():
            people.add_metric([name], len(carried.room.people))
            connected.add_metric([name], sum(1 for member in carried.members.values() if member.connected))
        yield from (people, connected)
        labels = ["room", "participant"]
        rtt = GaugeMetricFamily("pingji_media_peer_rtt_seconds", "round trip", labels=labels)
        loss = GaugeMetricFamily("pingji_media_peer_loss", "0..1, the worse direction", labels=labels)
        estimate = GaugeMetricFamily(
            "pingji_media_peer_estimate_bits_per_second", "towards the peer", labels=labels
        )
        worst: dict[tuple[str, str], c.Peer] = {}
        for name, peers in self._rooms():
            for peer in peers:
                key = (name, peer.participant)
                known = worst.get(key)
                if (known is None and len(worst) < PEERS_AT_MOST) or (known and peer.loss > known.loss):
                    worst[key] = peer
        for key, peer in worst.items():
            rtt.add_metric(key, peer.rtt_ms / 1000)
            loss.add_metric(key, peer.loss)
            estimate.add_metric(key, peer.estimate)
        yield from (rtt, loss, estimate)

    def _of_streams(self) -> Iterable[Metric]:
        """Sent by a participant: each; received: added up, by what they carry."""
        up_labels = ["room", "participant", "kind", "layer"]
        down_labels = ["room", "kind", "layer"]
        up: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0] * (len(_COUNTED) + 1))
        down: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0] * (len(_COUNTED) + 1))
        for name, peers in self._rooms():
            for peer in peers:
                for stream in peer.streams:
                    if stream.direction == "down":
                        sums = down[name, stream.kind.value, stream.layer]
                    elif len(up) < PEERS_AT_MOST * 3:
                        sums = up[name, peer.participant, stream.kind.value, stream.layer]
                    else:
                        continue
                    for place, counter in enumerate(_COUNTED):
                        sums[place] += getattr(stream, counter)
                    sums[-1] += stream.bitrate
        for direction, labels, streams in (("up", up_labels, up), ("down", down_labels, down)):
            for place, counter in enumerate(_COUNTED):
                family = CounterMetricFamily(
                    f"pingji_media_{direction}_{counter}", f"of streams {direction}: {counter}", labels=labels
                )
                for key, sums in streams.items():
                    family.add_metric(key, sums[place])
                yield family
            rate = GaugeMetricFamily(
                f"pingji_media_{direction}_bits_per_second", f"of streams {direction}", labels=labels
            )
            for key, sums in streams.items():
                rate.add_metric(key, sums[-1])
            yield rate

    def _rooms(self) -> Iterable[tuple[str, list[c.Peer]]]:
        for counted in self._counted.values():
            yield from counted.rooms.items()
