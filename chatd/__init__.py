"""A chat server: every room is one numbered log, every client a window onto it."""

__version__ = "0.1.0"
