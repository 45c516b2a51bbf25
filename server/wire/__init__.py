"""The wire: HTTP, sockets, parsing, fan-out, presence. The only place that knows aiohttp and Socket.IO."""
