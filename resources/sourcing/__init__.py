"""Sourcing: which stock goes to which need, why, when it arrives, and what is short.

Lifesaving needs are answered first, then urgent ones, then the rest; a later one never takes from an
earlier one. Within one priority it is a transport problem, answered by a solver
(docs/adr/0010-sourcing-is-a-transport-problem.md): as much as can be had, shared evenly where it does not
suffice; then as soon as possible, with the burden spread over the owners. What an owner keeps as its
minimum is broken into for lifesaving needs only.

A proposal is no promise. It is made from the board at one moment, edited by a person, and becomes
dispatch orders by an action that looks at the board again.

    proposal   what is said: the structs
    reading    the board as needs and lots; sites: lots that are the same to a need
    travel     how far, how long
    program    one priority as a linear program
    solver     the only module that knows HiGHS
    propose    priorities in order, lots out of sites, reasons and shortfalls
    greedy     the nearest first, need by need: what the solver is measured against
"""
