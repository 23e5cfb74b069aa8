"""What of a request is refused before any page looks at it, and how a page reads a number of its address."""

from flask import Flask, abort, request


def _refuse_what_cannot_be_stored() -> None:
    """No link of ours has a NUL in its address, and PostgreSQL can neither store one nor look one up."""
    texts = [request.path, *(text for pair in request.args.items(multi=True) for text in pair)]
    if any("\0" in text for text in texts):
        abort(400)


def register_request_checks(app: Flask) -> None:
    """Check every request first."""
    app.before_request(_refuse_what_cannot_be_stored)


def number_asked(name: str, digits_max: int = 9) -> int | None:
    """A whole number of the address; None where there is none, and for what no page of ours links to."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits_max else None
