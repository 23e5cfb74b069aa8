"""What the next page says about the act just done."""

from enum import StrEnum

from flask import flash


class Tone(StrEnum):
    """How a message looks; the words alone must say it too."""

    GOOD = "good"
    WARN = "warn"


def tell(sentence: str, *, undo_url: str | None = None, tone: Tone = Tone.GOOD) -> None:
    """Show a sentence on the next page; undo_url leads to the page where the act is taken back."""
    flash({"sentence": sentence, "undo_url": undo_url}, tone)  # type: ignore[arg-type]  # kept as JSON, not only text
