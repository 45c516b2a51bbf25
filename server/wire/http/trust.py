"""How to trust this server's own authority (`--tls auto`): its certificate, and a page that says how."""

from collections.abc import Callable
from pathlib import Path

from aiohttp import web

PAGE = Path(__file__).resolve().parents[2] / "data/trust.html"


class Trust:
    def __init__(self, authority: Path, fingerprint: Callable[[], str]) -> None:
        self._authority = authority
        self._fingerprint = fingerprint
        self._page = PAGE.read_text()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/ca.crt", self.certificate), web.get("/trust", self.page)]

    async def certificate(self, request: web.Request) -> web.StreamResponse:
        """Public by nature: it is what everybody is to trust."""
        response = web.FileResponse(self._authority)
        response.content_type = "application/x-x509-ca-cert"
        return response

    async def page(self, request: web.Request) -> web.StreamResponse:
        text = self._page.replace("{fingerprint}", self._fingerprint())
        return web.Response(text=text, content_type="text/html")
