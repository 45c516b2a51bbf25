"""The web client, the district's vectors, health and metrics."""

import gzip
import hashlib
import os
from pathlib import Path

from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from server.domain.refusal import Code, Rejected
from server.wire.answers import json_answer
from server.wire.http.door import Door
from server.wire.metrics import Metrics

MISSING = (
    "<!doctype html><meta charset=utf-8><title>Pingji</title>"
    "<p>The web client has not been built. Run <code>make web</code>."
)


class Pages:
    def __init__(self, door: Door, web_dir: Path, geo: Path, metrics: Metrics) -> None:
        self._door = door
        self._web = web_dir
        self._metrics = metrics
        raw = geo.read_bytes() if geo.exists() else b'{"type":"FeatureCollection","features":[]}'
        self._geo = gzip.compress(raw, 6, mtime=0)
        self._geo_tag = f'"{hashlib.sha256(raw).hexdigest()[:16]}"'

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/district", self.district),
            web.get("/api/geo.json", self.geo),
            web.get("/healthz", self.health),
            web.get("/metrics", self.metrics),
            web.route("*", "/api/{rest:.*}", self.unknown),
            web.get("/{path:.*}", self.page),
        ]

    async def district(self, request: web.Request) -> web.StreamResponse:
        """What a sign-in page may know without an account."""
        state = self._door.hosted[self._door.district].engine.world.state
        return json_answer(
            {
                "log": state.log,
                "name": state.name,
                "exercise": state.exercise,
                "limits": {"upload": self._door.settings.upload_limit},
            }
        )

    async def geo(self, request: web.Request) -> web.StreamResponse:
        headers = {"ETag": self._geo_tag, "Cache-Control": "public, max-age=86400"}
        if request.headers.get("If-None-Match") == self._geo_tag:
            return web.Response(status=304, headers=headers)
        headers["Content-Encoding"] = "gzip"
        return web.Response(body=self._geo, content_type="application/geo+json", headers=headers)

    async def health(self, request: web.Request) -> web.StreamResponse:
        """200 while the node serves; says which logs have trouble with their journal."""
        down = {name: h.engine.down for name, h in self._door.hosted.items() if h.engine.down}
        return json_answer({"ok": not down, "journals_down": down, "media": self._metrics.media()})

    async def metrics(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=await self._metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def unknown(self, request: web.Request) -> web.StreamResponse:
        raise Rejected(Code.NOT_FOUND)

    async def page(self, request: web.Request) -> web.StreamResponse:
        """A file of the client, else the client itself: it has its own routes."""
        path = (self._web / request.match_info["path"]).resolve()
        if path.is_relative_to(self._web.resolve()) and _is_file(path):
            return _file(path, lasting=path.parent.name == "assets")
        if Path(request.match_info["path"]).suffix in (".js", ".css", ".map", ".png", ".svg", ".woff2"):
            return web.Response(status=404, text="not found")
        index = self._web / "index.html"
        if not index.exists():
            return web.Response(status=503, text=MISSING, content_type="text/html")
        return _file(index, lasting=False)


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # unlike Path.is_file it answers for a name of any length


def _file(path: Path, *, lasting: bool) -> web.FileResponse:
    response = web.FileResponse(path)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "no-cache"
    return response
