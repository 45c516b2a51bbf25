"""First picture: from the press on "join" to the first decoded picture of whoever is in the room; ms.

    make bench-picture ARGS="--runs 20"

A real Chromium on the product's own pages, the real server and media worker, all on loopback: opening the
devices, JoinConsultation in the log, offer and answer, ICE, DTLS, key frame, decoder. Before each join the
room has been left, so nobody wanted the other's picture.
"""

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from loadtests import rig
from tests.servers.browser import play
from tests.servers.pingji import Pingji

SCRIPT = Path(__file__).with_suffix(".mjs")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    with TemporaryDirectory(prefix="pingji-picture-") as name:
        folder = Path(name)
        with Pingji(folder / "node", media=True, arguments=("--media-workers", "1")) as node:
            play(SCRIPT, node.base_url, folder, {"RUNS": str(options.runs)})
        lines = (folder / "picture.log").read_text().splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{")]
    assert len(found) == options.runs, lines
    for number, times in enumerate(found, 1):
        print(f"{number:3}  picture {times['picture']:6.0f} ms  answered {times['answered']:6.0f} ms")
    pictures = [times["picture"] for times in found]
    answered = rig.median([times["answered"] for times in found])
    rig.report("picture", "ms", {"pingji": pictures}, answered=answered, worst=round(max(pictures), 1))


if __name__ == "__main__":
    main()
