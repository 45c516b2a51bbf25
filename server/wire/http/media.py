"""What a client needs before it offers: relays for networks without UDP, with passing credentials."""

from aiohttp import web

from server.media.turn import credentials
from server.wire import signals as s
from server.wire.answers import json_answer
from server.wire.http.door import Door


class Media:
    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/media", self.servers)]

    async def servers(self, request: web.Request) -> web.StreamResponse:
        """For anybody who is signed in: a relay without an account would be open to the world."""
        _, account = await self._door.person(request)
        settings = self._door.settings
        if not (settings.turn_urls and settings.turn_secret):
            return json_answer(s.MediaServers(ice_servers=[], expires=0))
        name, password, ends = credentials(settings.turn_secret, account.id, await self._door.store.now())
        relay = s.IceServer(urls=list(settings.turn_urls), username=name, credential=password)
        return json_answer(s.MediaServers(ice_servers=[relay], expires=ends))
