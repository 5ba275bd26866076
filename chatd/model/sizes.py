"""Numbers of bytes, as people say them."""


def size(count: int) -> str:
    """`240 kB`, `1.3 MB`: in powers of a thousand, rounded."""
    if count < 1_000:
        return "1 byte" if count == 1 else f"{count} bytes"
    amount, units = count / 1_000, ["TB", "GB", "MB", "kB"]
    while amount >= 999.5 and len(units) > 1:
        amount, _ = amount / 1_000, units.pop()
    unit = units[-1]
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"
