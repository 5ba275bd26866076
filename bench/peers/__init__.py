"""Chat rooms as other libraries' users write them: no storage, no limits, no resume."""
