"""What a request says of the answers it can use: conditions (RFC 9110 section 13), encodings (12.5.3)."""


def precondition(tag: str, if_match: str | None, if_none_match: str | None) -> int | None:
    """The status that a GET or HEAD of what has this strong entity tag ends with; None to answer it."""
    if if_match is not None and not _names(if_match, tag, weak=False):
        return 412
    if if_none_match is not None and _names(if_none_match, tag, weak=True):
        return 304
    return None


def _names(header: str, tag: str, *, weak: bool) -> bool:
    """Whether a list of entity tags has this one. Ours hold no comma, so a list can be cut there."""
    tags = [one.strip() for one in header.split(",")]
    return tags == ["*"] or tag in tags or (weak and f"W/{tag}" in tags)


def takes_gzip(accept_encoding: str | None) -> bool:
    """Whether the client reads what is compressed; a weight of 0 says that it does not."""
    weights = dict(map(_weighted, (accept_encoding or "").lower().split(",")))
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weighted(item: str) -> tuple[str, float]:
    name, _, parameter = (part.strip() for part in item.partition(";"))
    key, _, weight = parameter.partition("=")
    try:
        return name, float(weight) if key.strip() == "q" else 1.0
    except ValueError:
        return name, 0.0
