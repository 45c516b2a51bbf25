"""The media worker: it forwards packets. What outsiders know of it is `rooms.control`."""
