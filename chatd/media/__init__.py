"""Looks into files, and makes small images of large ones, in a process of its own."""
