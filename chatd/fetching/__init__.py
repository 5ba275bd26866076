"""Fetches from the web what strangers name, and nothing that is not the web: no address of this network."""
