"""`python -m clients.drill`: read the job, play it until stdin closes, SIGTERM, or the log is closed."""

import asyncio
import logging
import signal
import sys

import aiohttp

from clients.drill import job as jobs
from clients.drill.director import DirectorMind
from clients.drill.job import Directing, Job, Post
from clients.drill.mind import StationMind, person_of
from clients.drill.network import network_of, reliable
from clients.drill.station import Station

log = logging.getLogger("clients.drill")
LINE_AT_MOST = 64 * 1024 * 1024
ARRIVE_WITHIN = 2.0  # seconds over which the stations come in
LOG_CLOSED = "log_closed"


async def main() -> None:
    reader = asyncio.StreamReader(limit=LINE_AT_MOST)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    line = await reader.readline()
    if not line:
        return
    job = jobs.read(line)
    told_to_end = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, told_to_end.set)
    playing = asyncio.create_task(play(job))
    ends = [playing, asyncio.create_task(_closed(reader)), asyncio.create_task(told_to_end.wait())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for task in ends:
        task.cancel()
    for outcome in await asyncio.gather(*ends, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome


async def _closed(reader: asyncio.StreamReader) -> None:
    while await reader.read(65536):
        pass


async def play(job: Job) -> None:
    """Until every station has ended or the log is closed."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        step = ARRIVE_WITHIN / max(1, len(job.stations))
        lives = {
            asyncio.create_task(_live(_station(http, job, post), n * step), name=post.account)
            for n, post in enumerate(job.stations)
        }
        if job.director is not None:
            director = _director(http, job, job.director)
            lives.add(asyncio.create_task(_live(director, 0.0), name="director"))
        pending = lives
        try:
            while pending:
                ended, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                if LOG_CLOSED in [_why(task) for task in ended]:
                    return
        finally:
            for task in lives:
                task.cancel()
            await asyncio.gather(*lives, return_exceptions=True)


def _why(ended: asyncio.Task[str]) -> str:
    """One station that breaks does not end the drill of the others, but it is told."""
    problem = ended.exception()
    if problem is not None:
        log.error("station %s broke", ended.get_name(), exc_info=problem)
        return "broke"
    return ended.result()


async def _live(station: Station, after: float) -> str:
    await asyncio.sleep(after)
    return await station.live()


def _station(http: aiohttp.ClientSession, job: Job, post: Post) -> Station:
    who = person_of(job, post)
    return Station(http, job.url, post.token, who, StationMind(who), network_of(who))


def _director(http: aiohttp.ClientSession, job: Job, given: Directing) -> Station:
    post = Post(given.token, given.account, given.unit, "district", "duty_commander")
    who = person_of(job, post)
    return Station(http, job.url, given.token, who, DirectorMind(who, given.after), reliable())


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="drill: %(levelname)s %(message)s")
    asyncio.run(main())
