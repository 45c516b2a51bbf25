"""Simulated stations of a drill: people at desks and in the field who answer as people do.

`python -m clients.drill` plays every station of one drill in one process, over the real wire and nothing
else: it imports nothing of the server, so what it shows is what any client gets.

    job       what the server asks to be played (one line of JSON on stdin)
    told      what the server tells, as far as a station listens
    seen      what a station knows: its duties, the units below it, the emergency
    person    PURE: who somebody is, and what they do next about an order to their own unit
    desk      PURE: what a desk does about the units below it
    ground    PURE: what comes up unasked: situation reports, distress calls
    board     what the server tells of the dispatch board; books: what a station keeps of it
    dispatching  PURE: asking for resources, answering orders, taking things there and back
    sourcing  PURE: a commander's hand at the board
    relaying  PURE: to whom an order is passed on; counting PURE: the numbers that are reported
    words, typhoon, scenes   PURE: sentences
    track     PURE: where a field team is
    mind      the choice among these for one station; director: a commander who acts when nobody does
    agenda    what to do when
    link      the lean Socket.IO client; station: one station's life, with its bad network

Law: what somebody does follows from the seed, what they see, and the time. Nothing is remembered that a
reconnect would lose, so a station that comes back goes on where it was.
"""
