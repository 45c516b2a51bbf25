"""The dispatch board: µs per order when many hands want the same stock, over the real wire.

    make bench-board ARGS="--viewers 500 --hands 64 --rounds 20 --runs 3"
    make bench-board ARGS="--postgres"

Contention: in every round all hands, each a connection of its own that sees the whole board, ask at once for
the one pump of that round or for a lot of sandbags, enough for every second who asks; who is too late is
refused. A run is so many rounds, one behind the other; counted are the orders that were issued. Peers, after
each run: the rows that it brought into the journal, inserted without anything else into the same database
with the same durability, with a commit for each (`commit_each`), which is what keeping each order before its
answer costs whoever does nothing else; and with the very commits the server made (`same_commits`). SQLite:
WAL, `synchronous=FULL`. PostgreSQL (`--postgres`): a server of the benchmark's own with `fsync` and
`synchronous_commit` on, reached over TCP, for us and for the peer. `doubles`: pumps with two orders, lots
promised beyond what is there, books that do not say what the orders hold, as the board shows it afterwards.

Live: an order is issued, then recalled, with 500 viewers of the whole board; ms until the last has the entry,
beside the bare fan-out in C of as many bytes. Sourcing: 200 needs and 2,000 resources (`loadtests.sourcing`).
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from loadtests import rig, sourcing
from loadtests.district import ROOT, Pingji
from loadtests.rows import PostgresRows, Rows, SqliteRows
from loadtests.station import Station, act_packet, connect_packet

VIEWERS = frozenset({"duty_commander", "department_desk", "town_desk", "observer", "administrator"})
PER_ACCOUNT = 45  # connections; the server allows 50
ROUNDS_AT_ONCE = 40  # prepared by one action
LOG, STANDING_DOWN = "310116", ("recalled", "declined", "closed", "returned", "consumed")


def stock(id: str, kind: str, category: str, quantity: int) -> dict[str, Any]:
    facts = {"kind": kind, "owner": "D03"}
    return {"id": id, "category": category, "measure": "只", "facts": facts, "quantity": quantity}


def wish(kind: str, quantity: int) -> dict[str, Any]:
    need = {"kind": kind, "quantity": quantity, "to": {"place": "塘边"}, "priority": "lifesaving"}
    return {"type": "RequestResources", "need": need}


def send(request: str, resource: str) -> dict[str, Any]:
    sent = [{"lines": [{"resource": resource, "quantity": 1}]}]
    return {"type": "DispatchResources", "request": request, "consignments": sent}


def prepared(commander: Station, rounds: Sequence[str], hands: int) -> None:
    """A pump, a lot and their needs for every round; and a boat for those who watch."""
    rows = [stock(f"pump.{n}", "争用泵", "pump", 1) for n in rounds]
    rows += [stock(f"lot.{n}", "争用沙袋", "material", hands // 4) for n in rounds]
    commander.act({"type": "SaveResources", "resources": rows})
    for n in rounds:
        commander.act(wish("争用泵", hands), f"pumps.{n}")
        commander.act(wish("争用沙袋", hands), f"bags.{n}")


def contention(tokens: Sequence[str], hands: int) -> rig.CrowdPackets:
    """Client 0 only listens. The others ask, in turn, for the pump and for the lot of the round."""
    wanted = itertools.cycle((("pumps.@round", "pump.@round"), ("bags.@round", "lot.@round")))
    acts = [act_packet("t@round", {"type": "RemindOrder", "order": "none"})]
    acts += [act_packet(f"h@round.{hand:06d}", send(*next(wanted))) for hand in range(hands)]
    connects = [connect_packet(token, f"hand{n}") for n, token in enumerate(tokens)]
    return rig.CrowdPackets(connects, connects, acts)


def changes(rounds: int) -> list[bytes]:
    """What a viewer sees happen, round by round: the boat is sent, and called back."""
    acts: list[bytes] = []
    for n in range(rounds // 2):
        acts.append(act_packet(f"live.{n:06d}", send("boats", "boat"), n))
        recall = {"type": "RecallOrder", "order": f"live.{n:06d}.1", "reason": "另有安排"}
        acts.append(act_packet(f"back.{n:06d}", recall, n))
    return acts


def viewers(server: Pingji, commander: Station, count: int) -> list[str]:
    """Tokens of people who see the whole board, each for as many connections as they may have."""
    people = [a["login"] for a in commander.view["accounts"].values() if a["post"] in VIEWERS]
    tokens = [server.token(login) for login in people[: -(-count // PER_ACCOUNT)]]
    return list(itertools.islice(itertools.cycle(tokens), count))


def doubles(board: dict[str, Any]) -> int:
    """Resources of which more is promised than there is, or books that do not say what the orders hold."""
    held: Counter[str] = Counter()
    for order in board["orders"].values():
        if order["step"] not in (*STANDING_DOWN, "draft"):
            for line in order["lines"]:
                held[line["resource"]] += line["quantity"]
    wrong = 0
    for id, resource in board["resources"].items():
        books = resource["stock"]
        promised = books["reserved"] + books["out"]
        wrong += held[id] > books["supplied"] or promised != held[id] or min(books.values()) < 0
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--viewers", type=int, default=500)
    parser.add_argument("--hands", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=20, help="of contention")
    parser.add_argument("--changes", type=int, default=200, help="that the viewers are told of")
    parser.add_argument("--runs", type=int, default=3, help="of contention, sourcing and the bare inserts")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL, which is started")
    options = parser.parse_args()
    rig.raise_limits()
    with ExitStack() as stack:
        var = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pingji-board-"))) / "var"
        rows: Rows = stack.enter_context(PostgresRows()) if options.postgres else SqliteRows(var)
        place = ["--var", str(var), *rows.arguments]
        command = [sys.executable, "-m", "server", "init", *place]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        server = Pingji(var, "--rate", "100000", *rows.arguments)
        stack.callback(server.stop)
        commander = Station(server.port, server.token("commander"))
        told = contended(server, commander, rows, options)
        live = watched(stack, server, commander, options)
        found = Station(server.port, server.token("observer"))
        twice = doubles(found.view["board"])
        needs = sourcing.timed(200, 2000, sourcing.KINDS, sourcing.PLACES, options.runs)
    source_ms = rig.median(needs["ms"]["pingji"])
    print(f"doubles: {twice}; sourcing 200 needs x 2,000 resources: {source_ms:.0f} ms")
    each = [ours / peer for ours, peer in zip(told["pingji"], told["commit_each"], strict=True)]
    rig.report(
        "board",
        "µs per order issued under contention",
        {name: values for name, values in told.items() if name != "cpu"},
        database=rows.name,
        orders_per_s=round(1e6 / rig.median(told["pingji"])),
        bare_per_s={name: round(1e6 / rig.median(told[name])) for name in ("same_commits", "commit_each")},
        of_bare=round(1 / rig.median(each), 2),
        cpu_us=rig.median(told["cpu"]),
        doubles=twice,
        viewers=options.viewers,
        live_ms=live,
        sourcing_ms=source_ms,
        within_100_ms=live["p99_ms"] <= 100,
    )


def contended(
    server: Pingji, commander: Station, rows: Rows, options: argparse.Namespace
) -> dict[str, list[float]]:
    """µs per issued order, by run: ours, of CPU, and the bare inserts."""
    total = options.runs * options.rounds + options.rounds  # the first so many warm up
    rounds = [f"{n:06d}" for n in range(total)]
    for start in range(0, total, ROUNDS_AT_ONCE):
        prepared(commander, rounds[start : start + ROUNDS_AT_ONCE], options.hands)
    commander.act({"type": "SaveResources", "resources": [stock("boat", "争用艇", "boat", 1)]})
    commander.act(wish("争用艇", 1), "boats")
    crowd = rig.Crowd(
        server,
        options.hands,
        contention(viewers(server, commander, options.hands + 1), options.hands),
        quiet=True,  # it tells of refusals, and they are meant
    )
    told: dict[str, list[float]] = {"pingji": [], "same_commits": [], "commit_each": [], "cpu": []}
    issued = options.hands // 4 + 1  # in each round: the lot, and the pump
    for run in range(options.runs + 1):
        before, took = rig.settled(server), 0.0
        mine = range(run * options.rounds, (run + 1) * options.rounds)
        for n in mine:
            done = crowd.ask(f"acks {n}")
            assert done["replies"] - done["refused"] == issued, done
            took += done["seconds"]
        cpu = rig.settled(server) - before
        if run:
            turns = rows.of([f"h{n:06d}." for n in mine])
            each = [[row] for turn in turns for row in turn]
            assert len(each) == len(mine) * issued
            told["pingji"].append(took / len(each) * 1e6)
            told["cpu"].append(cpu / len(each) * 1e6)
            told["same_commits"].append(rows.inserted(turns) / len(each) * 1e6)
            told["commit_each"].append(rows.inserted(each) / len(each) * 1e6)
    crowd.stop()
    print(
        f"{rows.name}: {options.hands} hands, {issued} orders and {options.hands - issued} refusals a round:"
        f" {rig.median(told['pingji']):.0f} µs per order, of CPU {rig.median(told['cpu']):.0f} with all that"
        f" is kept behind; bare {rig.median(told['commit_each']):.0f} with a commit each,"
        f" {rig.median(told['same_commits']):.0f} with our {len(turns)} commits for {len(each)}"
    )
    return told


def watched(
    stack: ExitStack, server: Pingji, commander: Station, options: argparse.Namespace
) -> dict[str, float]:
    """ms from a change to the last of the viewers, beside as many bytes to as many sockets."""
    tokens = viewers(server, commander, options.viewers + 1)
    commander.act(send("boats", "boat"), "size")
    commander.act({"type": "RecallOrder", "order": "size.1", "reason": "x"})
    size = max(commander.size_heard("OrderDrafted"), commander.size_heard("OrderRecalled"))
    connects = [connect_packet(token, f"viewer{n}") for n, token in enumerate(tokens)]
    sink = rig.Sink(server, options.viewers, rig.Packets(connects, changes(options.changes + 10)))
    stack.callback(sink.stop)
    bare = rig.Server("bare_send", rig.commands(size)["bare_send"])
    stack.callback(bare.stop)
    plain = rig.Sink(bare, options.viewers, rig.plain_packets(), size)
    stack.callback(plain.stop)
    sink.go(10)
    plain.go(10)
    before = rig.settled(server)
    done = sink.go(options.changes)
    cpu = (rig.settled(server) - before) / done["deliveries"] * 1e6
    peer = plain.go(options.changes)
    print(
        f"{options.viewers} viewers, frames of {size} bytes: last told after {done['p50_ms']:.1f} ms, p99"
        f" {done['p99_ms']:.1f}, at most {done['max_ms']:.1f}; bare {peer['p50_ms']:.1f};"
        f" {cpu:.1f} µs CPU each"
    )
    kept = {name: done[name] for name in ("p50_ms", "p99_ms", "max_ms")}
    return kept | {"bare_p50_ms": peer["p50_ms"], "cpu_us": round(cpu, 2), "bytes": size}


if __name__ == "__main__":
    main()
