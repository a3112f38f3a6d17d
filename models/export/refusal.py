"""What cannot be exported: one clear line of what, where, and what to do."""


class Refusal(Exception):
    """The checkpoint cannot become a package; the message is for the user, without a traceback."""

    def __init__(self, what: str, *, expected: str | None = None, cure: str | None = None):
        parts = [what]
        if expected is not None:
            parts.append(f"expected {expected}")
        if cure is not None:
            parts.append(cure)
        super().__init__("; ".join(parts))
