"""Casts the fonts of the installed packages into files that ReportLab can embed: TrueType, one weight each.

ReportLab refuses CFF outlines and draws a variable font at its thinnest weight, so each face is made once per
installation and kept. The same packages give the same bytes. One face is made by
``python -m pointsbank.printing.foundry NAME FILE``, so that several can be made at the same time.
"""

import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable
from fontTools.varLib.instancer import instantiateVariableFont

SANS = ("justmytype_intl_cjk", "fonts/ofl/notosanssc/NotoSansSC[wght].ttf")
SANS_TRADITIONAL = ("justmytype_intl_cjk", "fonts/ofl/notosanstc/NotoSansTC[wght].ttf")
SONG = ("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf")

# Layout rules and vertical metrics: ReportLab sets glyphs one after the other and copies none of these.
UNUSED_TABLES = [
    *("BASE", "DSIG", "GDEF", "GPOS", "GSUB", "MVAR", "STAT", "meta"),
    *("VORG", "VVAR", "vhea", "vmtx"),
]

CURVE_ERROR_UNITS_MAX = 1.0  # of 1,000 to the em; invisible even in the title of a poster


@dataclass(frozen=True)
class Recipe:
    """How one face is made; `weight` is None where the source has one weight only."""

    source: tuple[str, str]
    weight: int | None
    seconds: int  # roughly, on a slow PC: for the progress bar and for starting the longest first
    beyond: tuple[str, str] | None = None  # keep only characters which this font lacks


RECIPES: dict[str, Recipe] = {
    "NotoSerifSC-Regular": Recipe(SONG, None, 20),
    "NotoSansSC-Regular": Recipe(SANS, 400, 15),
    "NotoSansSC-Bold": Recipe(SANS, 700, 15),
    "NotoSansTC-Regular": Recipe(SANS_TRADITIONAL, 400, 2, beyond=SANS),
    "NotoSansTC-Bold": Recipe(SANS_TRADITIONAL, 700, 2, beyond=SANS),
}


def cast(name: str, target: Path) -> None:
    """Make the face of this PostScript name and write it to `target` (about 15 seconds, 200 MB)."""
    recipe = RECIPES[name]
    font = _open(recipe.source)
    for tag in UNUSED_TABLES:
        if tag in font:
            del font[tag]
    if recipe.beyond:
        _keep(font, set(font.getBestCmap()) - set(_open(recipe.beyond).getBestCmap()))
    if recipe.weight:
        instantiateVariableFont(font, {"wght": recipe.weight}, inplace=True)
    if "CFF " in font:
        _outlines_to_truetype(font)
    _rename(font, name)
    font.save(target)


def _open(source: tuple[str, str]) -> TTFont:
    package, path = source
    return TTFont(str(files(package) / path), lazy=True, recalcTimestamp=False)


def _keep(font: TTFont, characters: set[int]) -> None:
    options = Options(glyph_names=False, notdef_outline=True, name_IDs=["*"], recalc_timestamp=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)


def _outlines_to_truetype(font: TTFont) -> None:
    """Replace the cubic curves of a CFF font by the quadratic ones of TrueType."""
    glyph_set, names = font.getGlyphSet(), font.getGlyphOrder()
    outlines: dict[str, Any] = {}
    for name in names:
        pen = TTGlyphPen(None)
        # TrueType fills clockwise contours, CFF the others.
        glyph_set[name].draw(Cu2QuPen(pen, CURVE_ERROR_UNITS_MAX, reverse_direction=True))
        outlines[name] = pen.glyph()
    del font["CFF "]
    font["loca"] = newTable("loca")
    glyf = font["glyf"] = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = names, outlines
    metrics = font["hmtx"]
    for name, outline in outlines.items():
        outline.recalcBounds(glyf)
        metrics[name] = (metrics[name][0], getattr(outline, "xMin", 0))
    maximum = font["maxp"]
    maximum.tableVersion, maximum.maxZones = 0x00010000, 1
    for unused in ("TwilightPoints", "Storage", "FunctionDefs", "InstructionDefs", "StackElements"):
        setattr(maximum, f"max{unused}", 0)
    maximum.maxSizeOfInstructions = maximum.maxComponentElements = 0
    font["post"].formatType = 3.0
    font.sfntVersion = "\000\001\000\000"


def _rename(font: TTFont, name: str) -> None:
    """Give the face its own names; copyright and licence stay with it, as the OFL asks."""
    names = font["name"]
    family, style = name.split("-")
    kept = {record.nameID: record.toUnicode() for record in names.names if record.nameID in (0, 13, 14)}
    names.names = []
    for number, text in {**kept, 1: family, 2: style, 3: name, 4: name, 6: name}.items():
        names.setName(text, number, 3, 1, 0x409)


if __name__ == "__main__":
    cast(sys.argv[1], Path(sys.argv[2]))
