"""The dispatch board: µs per order when many hands want the same stock, over the real wire.

    make bench-board ARGS="--viewers 500 --hands 64 --rounds 20"

Contention: in every round all hands, each a connection of its own that sees the whole board, ask at once for
the one pump of that round or for a lot of sandbags, enough for every second who asks; who is too late is
refused. Counted are the orders that were issued, until each hand has its answer. Peers: the rows that this
brought into the journal, inserted without anything else into the same database (SQLite, WAL,
`synchronous=FULL`) with the very commits the server made (`same_commits`), and with a commit for each
(`commit_each`). `doubles`: pumps with two orders, lots promised beyond what is there, books that do not say
what the orders hold, as the board shows it afterwards.

Live: an order is issued, then recalled, with 500 viewers of the whole board; ms until the last has the entry,
beside the bare fan-out in C of as many bytes. Sourcing: 200 needs and 2,000 resources (`loadtests.sourcing`).
"""

from __future__ import annotations

import argparse
import itertools
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from loadtests import rig, sourcing
from loadtests.district import ROOT, Pingji
from loadtests.station import Station, act_packet, connect_packet

VIEWERS = frozenset({"duty_commander", "department_desk", "town_desk", "observer", "administrator"})
PER_ACCOUNT = 45  # connections; the server allows 50
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
    commander.act({"type": "SaveResources", "resources": [*rows, stock("boat", "争用艇", "boat", 1)]})
    for n in rounds:
        commander.act(wish("争用泵", hands), f"pumps.{n}")
        commander.act(wish("争用沙袋", hands), f"bags.{n}")
    commander.act(wish("争用艇", 1), "boats")


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


def rows_of(var: Path, prefix: str) -> list[list[tuple[Any, ...]]]:
    """The journal's rows of the contention, by commit: what one turn kept has one time."""
    with sqlite3.connect(var / "pingji.db") as database:
        found = database.execute("SELECT * FROM journal WHERE action_id LIKE ? ORDER BY seq", (f"{prefix}%",))
        place = [column[0] for column in found.description].index("at")
        return [list(turn) for _, turn in itertools.groupby(found, key=lambda row: row[place])]


def inserted(var: Path, turns: Sequence[Sequence[tuple[Any, ...]]]) -> float:
    """Seconds to insert the rows into an empty table like ours, a commit for each turn."""
    path = var / "bare.db"
    path.unlink(missing_ok=True)
    with sqlite3.connect(var / "pingji.db") as ours:
        [(table,)] = ours.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'journal'")
    bare = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 2000"):
        bare.execute(f"PRAGMA {pragma}")
    bare.execute(table)
    places = ", ".join("?" * len(turns[0][0]))
    began = time.perf_counter()
    for turn in turns:
        bare.execute("BEGIN IMMEDIATE")
        bare.executemany(f"INSERT INTO journal VALUES ({places})", turn)  # noqa: S608
        bare.execute("COMMIT")
    took = time.perf_counter() - began
    bare.close()
    return took


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
    parser.add_argument("--runs", type=int, default=3, help="of sourcing and of the bare inserts")
    options = parser.parse_args()
    rig.raise_limits()
    with ExitStack() as stack:
        var = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pingji-board-"))) / "var"
        command = [sys.executable, "-m", "server", "init", "--var", str(var)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        server = Pingji(var, "--rate", "100000")
        stack.callback(server.stop)
        commander = Station(server.port, server.token("commander"))
        told = contended(server, commander, var, options)
        live = watched(stack, server, commander, options)
        found = Station(server.port, server.token("observer"))
        twice = doubles(found.view["board"])
        needs = sourcing.timed(200, 2000, sourcing.KINDS, sourcing.PLACES, options.runs)
    source_ms = rig.median(needs["ms"]["pingji"])
    print(f"doubles: {twice}; sourcing 200 needs x 2,000 resources: {source_ms:.0f} ms")
    rig.report(
        "board",
        "µs per order issued under contention",
        {name: values for name, values in told.items() if name != "cpu"},
        orders_per_s=round(1e6 / rig.median(told["pingji"])),
        bare_per_s={name: round(1e6 / rig.median(told[name])) for name in ("same_commits", "commit_each")},
        cpu_us=rig.median(told["cpu"]),
        doubles=twice,
        viewers=options.viewers,
        live_ms=live,
        sourcing_ms=source_ms,
        within_100_ms=live["p99_ms"] <= 100,
    )


def contended(
    server: Pingji, commander: Station, var: Path, options: argparse.Namespace
) -> dict[str, list[float]]:
    """µs per issued order: ours by round, the bare inserts by run."""
    rounds = [f"{n:06d}" for n in range(options.rounds + 1)]  # the first warms up
    prepared(commander, rounds, options.hands)
    crowd = rig.Crowd(
        server,
        options.hands,
        contention(viewers(server, commander, options.hands + 1), options.hands),
        quiet=True,  # it tells of refusals, and they are meant
    )
    told: dict[str, list[float]] = {"pingji": [], "same_commits": [], "commit_each": [], "cpu": []}
    issued = options.hands // 4 + 1  # in each round: the lot, and the pump
    for n in range(options.rounds + 1):
        before = rig.settled(server)
        done = crowd.ask(f"acks {n}")
        if n:
            assert done["replies"] - done["refused"] == issued, done
            told["pingji"].append(done["seconds"] / issued * 1e6)
            told["cpu"].append((server.cpu() - before) / issued * 1e6)
    crowd.stop()
    turns = rows_of(var, "h")
    rows = sum(map(len, turns))
    each = [[row] for turn in turns for row in turn]
    for _ in range(options.runs):
        told["same_commits"].append(inserted(var, turns) / rows * 1e6)
        told["commit_each"].append(inserted(var, each) / rows * 1e6)
    print(
        f"{options.hands} hands, {issued} orders and {options.hands - issued} refusals a round, {rows} orders"
        f" in {len(turns)} commits: {rig.median(told['pingji']):.0f} µs per order, of CPU"
        f" {rig.median(told['cpu']):.0f}; bare {rig.median(told['same_commits']):.0f}, each by itself"
        f" {rig.median(told['commit_each']):.0f}"
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
