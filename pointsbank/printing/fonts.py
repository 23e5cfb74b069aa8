"""The faces of paper: made once per installation, then used to measure and draw text with any Chinese name.

`prepare` makes the files, `register` opens them, `Fonts` draws. Lengths are in points (1/72 inch).
"""

import json
import logging
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import portalocker
from reportlab.lib.colors import Color
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont
from reportlab.pdfgen.canvas import Canvas

from pointsbank.printing.foundry import RECIPES

logger = logging.getLogger(__name__)

Align = Literal["left", "center", "right"]

MISSING_BOX = "□"


class Face(StrEnum):
    """What a text is for; several fonts may stand behind one face."""

    TEXT = "text"
    BOLD = "bold"
    SONG = "song"  # formal titles; its figures are not of one width, so not for tables


# For each face the fonts to look in, one after the other.
CHAINS: dict[Face, tuple[str, ...]] = {
    Face.TEXT: ("NotoSansSC-Regular", "NotoSansTC-Regular"),
    Face.BOLD: ("NotoSansSC-Bold", "NotoSansTC-Bold"),
    Face.SONG: ("NotoSerifSC-Regular", "NotoSansSC-Bold", "NotoSansTC-Bold"),
}

# --- making the files ---

RECIPES_VERSION = 1  # raise it when foundry.py makes other files from the same packages
STAMP_FILE = "made-from.json"
PREPARING_SECONDS_MAX = 600  # how long to wait for another process that makes them


class FontsNotPreparedError(RuntimeError):
    """The font files have not been made in this installation."""

    def __init__(self) -> None:
        super().__init__("打印用的字体还没有准备好，请先运行一次 python3 run.py，它会自动准备。")


def prepare(folder: Path, progress: Callable[[str, float], None]) -> None:
    """Make the font files in `folder` unless they are there; half a minute on a PC with two cores, once.

    `progress` gets a sentence and the part done (0 to 1). Processes that prepare the same folder wait for
    each other. Raises subprocess.CalledProcessError when a font cannot be made, portalocker.LockException when
    another process has not made them after ten minutes.
    """
    if _is_prepared(folder):
        return
    folder.mkdir(parents=True, exist_ok=True)
    with portalocker.Lock(folder / "making.lock", timeout=PREPARING_SECONDS_MAX):
        if _is_prepared(folder):
            return
        (folder / STAMP_FILE).unlink(missing_ok=True)
        total = sum(recipe.seconds for recipe in RECIPES.values())
        done = 0
        progress("正在准备打印字体（只需一次）", 0.0)
        # Threads wait for processes of their own: the work is pure Python, and a face needs up to 400 MB.
        with ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
            jobs = {pool.submit(_make, name, folder): recipe for name, recipe in RECIPES.items()}
            for job in as_completed(jobs):
                job.result()
                done += jobs[job].seconds
                progress("正在准备打印字体（只需一次）", done / total)
        _write_whole(folder / STAMP_FILE, json.dumps(_stamp(), indent=2))


def _make(name: str, folder: Path) -> None:
    half = folder / f"{name}.half"
    # Python warns that the package has imported the module already, which is so and does no harm.
    quiet = ["-W", "ignore::RuntimeWarning:runpy"]
    command = [sys.executable, *quiet, "-m", "pointsbank.printing.foundry", name, str(half.absolute())]
    subprocess.run(command, cwd=Path(__file__).parents[2], check=True)
    half.replace(_file(folder, name))


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.ttf"


def _stamp() -> dict[str, str]:
    """What the files depend on: another version of one of these makes them again."""
    packages = sorted({"fonttools", *(recipe.source[0].replace("_", "-") for recipe in RECIPES.values())})
    return {"recipes": str(RECIPES_VERSION), **{package: version(package) for package in packages}}


def _is_prepared(folder: Path) -> bool:
    try:
        stamp = json.loads((folder / STAMP_FILE).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    return bool(stamp == _stamp()) and all(_file(folder, name).is_file() for name in RECIPES)


def _write_whole(path: Path, text: str) -> None:
    half = path.with_suffix(".half")
    half.write_text(text, "utf-8")
    half.replace(path)


# --- opening them for ReportLab ---

_registering = Lock()


class EmbeddedFont(TTFont):
    """ReportLab's TrueType font with two faults mended."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name, str(path), asciiReadable=False)  # without ASCII nobody used, files are smaller
        self._cutting = Lock()

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - ReportLab's name
        """Embed the subsets which `doc` uses.

        ReportLab cuts subsets with a read position kept in the font, which threads share, so they take turns.
        And it maps a character beyond U+FFFF to "<2CB4E>" where PDF wants UTF-16 ("<D872DF4E>"), so that
        copying or searching such a name gave another one; the map is written again here.
        """
        subsets = self.state[doc].subsets
        with self._cutting:
            super().addObjects(doc)
        for number, subset in enumerate(subsets):
            name = f"{SUBSETN(number).decode()}+{self.fontName}"
            doc.idToObject[f"toUnicodeCMap:{name}"].content = _to_unicode_map(name, subset)


def _to_unicode_map(name: str, subset: list[int]) -> str:
    """The CMap from the codes of a subset to text (PDF 32000-1, 9.10.3: at most 100 lines a block)."""
    texts = [chr(point).encode("utf-16-be").hex().upper() for point in subset]
    lines = [f"<{code:02X}> <{text}>" for code, text in enumerate(texts)]
    blocks = [lines[start : start + 100] for start in range(0, len(lines), 100)]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            f"/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def",
            f"/CMapName /{name} def",
            "/CMapType 2 def",
            f"1 begincodespacerange <00> <{len(subset) - 1:02X}> endcodespacerange",
            *(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks),
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end",
            "end",
        ]
    )


def register(folder: Path) -> "Fonts":
    """Open the files that `prepare` made; the same object for every call. Raises FontsNotPreparedError."""
    with _registering:
        return _register(folder.absolute())


@cache
def _register(folder: Path) -> "Fonts":
    if not _is_prepared(folder):
        raise FontsNotPreparedError
    fonts = {name: EmbeddedFont(name, _file(folder, name)) for name in RECIPES}
    for font in fonts.values():
        pdfmetrics.registerFont(font)
    return Fonts({face: tuple(fonts[name] for name in names) for face, names in CHAINS.items()})


# --- using them ---


class Fonts:
    """Measures and draws text in which any character may need another font."""

    def __init__(self, chains: dict[Face, tuple[EmbeddedFont, ...]]) -> None:
        self._faces = {face: _Glyphs(fonts) for face, fonts in chains.items()}

    def main_name(self, face: Face) -> str:
        """The font that ReportLab is to start with."""
        return self._faces[face].main_name

    def runs(self, text: str, face: Face) -> list[tuple[str, str]]:
        """Cut `text` into (font name, part); a character that no font has becomes a visible box."""
        glyphs = self._faces[face]
        if glyphs.main_characters.issuperset(text):
            return [(glyphs.main_name, text)] if text else []
        visible = "".join(
            character if character in glyphs.widths else MISSING_BOX
            for character in text
            if not _is_invisible(character)
        )
        by_font = groupby(visible, lambda character: glyphs.names.get(character, glyphs.main_name))
        return [(name, "".join(part)) for name, part in by_font]

    def missing(self, text: str) -> str:
        """The characters of `text`, each once, for which there is no glyph."""
        has = self._faces[Face.TEXT].widths
        return "".join(dict.fromkeys(c for c in text if c not in has and not _is_invisible(c)))

    def width(self, text: str, face: Face, size: float) -> float:
        """How wide `text` will be."""
        glyphs = self._faces[face]
        try:
            units = sum(map(glyphs.widths.__getitem__, text))
        except KeyError:
            box = glyphs.widths[MISSING_BOX]
            units = sum(glyphs.widths.get(c, box) for c in text if c in glyphs.widths or not _is_invisible(c))
        return units * size / 1000

    def fit(self, text: str, face: Face, size: float, width_max: float, size_min: float) -> float:
        """The largest size from `size` down to `size_min` at which `text` is no wider than `width_max`.

        `size_min` if it is wider even then: the caller breaks the line (`paper.fit_lines`), it never cuts.
        """
        width = self.width(text, face, size)
        # A trifle less, or rounding makes the shrunk text wider than the room it was shrunk for.
        return size if width <= width_max else max(size_min, size * width_max / width * 0.99999)

    def draw(
        self,
        canvas: Canvas,
        x: float,
        y: float,
        text: str,
        face: Face,
        size: float,
        align: Align = "left",
        color: Color | None = None,
    ) -> None:
        """Draw one line with its baseline at `y`; `x` is its left end, middle or right end."""
        if color is not None:
            canvas.setFillColor(color)
        if align != "left":
            width = self.width(text, face, size)
            x -= width if align == "right" else width / 2
        line = canvas.beginText(x, y)  # one text object, so that a name of two fonts is read back as one word
        for name, part in self.runs(text, face):
            line.setFont(name, size)
            line.textOut(part)
            if MISSING_BOX in part and (missing := self.missing(text)):
                logger.warning("a box is printed, no font has %s", " ".join(f"U+{ord(c):04X}" for c in missing))
        canvas.drawText(line)


class _Glyphs:
    """Which font of a chain draws which character, and how wide."""

    def __init__(self, fonts: tuple[EmbeddedFont, ...]) -> None:
        self.main_name = fonts[0].fontName
        self.names: dict[str, str] = {}  # only of characters which the main font lacks
        self.widths: dict[str, float] = {}  # thousandths of the size
        for font in fonts:
            for point, width in font.face.charWidths.items():
                character = chr(point)
                if character not in self.widths:
                    self.widths[character] = width
                    if font is not fonts[0]:
                        self.names[character] = font.fontName
        self.main_characters = frozenset(self.widths.keys() - self.names.keys())


def _is_invisible(character: str) -> bool:
    """Whether it has no shape of its own: controls, joiners and the selectors of glyph variants."""
    return (
        unicodedata.category(character) in ("Cc", "Cf")
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
    )
