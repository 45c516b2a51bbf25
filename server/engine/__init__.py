"""The engine of one log: inbox, turn, timer, followers. asyncio only; knows no database, no socket."""
