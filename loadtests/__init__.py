"""Benchmarks: they speak the wire, never use the server's code, and print a ratio to a peer of the same
run."""
