"""Programs that measure chatd, and the peers they measure it against."""
