"""The server in a world without a clock, a network or a disk of its own: one dice decides what happens next.

Real are the frontends, the wires, the outboxes, the core, the SQL and its transactions; the links, the time,
the moments in which a transaction is committed, and the crashes are the world's. The clients think what those
think that `make chaos` sends against the real daemon. The same seed gives the same run, byte for byte.
"""
