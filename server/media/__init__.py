"""The gateway's side of the media plane: workers kept alive, rooms placed, the log projected to them.

Touches no packet and knows no socket of a client; see rooms/control.py for what is said to a worker.
"""
