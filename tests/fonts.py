"""The font files for tests: made once in the repository's own folder, shared by all test processes."""

from functools import cache
from pathlib import Path

from pointsbank.printing import fonts


def prepared_fonts_folder() -> Path:
    """A folder with the font files; the first call makes them (half a minute), later ones find them."""
    folder = Path(__file__).parents[1] / "instance" / "fonts"
    fonts.prepare(folder, lambda _sentence, _part: None)
    return folder


@cache
def registered_fonts() -> fonts.Fonts:
    """The fonts, ready to draw."""
    return fonts.register(prepared_fonts_folder())
