"""A camera as a participant: a process of its own that reads one source and hands RTP to a media worker.

Nothing is transcoded: what a camera sends in H.264 goes out in H.264. What browsers cannot play is refused
with a reason. A synthetic camera is encoded here, for drills and tests.
"""
