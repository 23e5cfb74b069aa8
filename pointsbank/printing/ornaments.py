"""Festive ornament for posters, drawn as paths: rays behind a title, a meander border, a headed section line."""

import math

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from pointsbank.printing.paper import Box


def draw_rays(canvas: Canvas, box: Box, center_x: float, center_y: float, color: Color) -> None:
    """Rays that spread from a point, seen through `box`."""
    rays = 36
    far = 2 * (box.width + box.height)
    canvas.saveState()
    window = canvas.beginPath()
    window.rect(box.x, box.y, box.width, box.height)
    canvas.clipPath(window, stroke=0, fill=0)
    path = canvas.beginPath()
    for number in range(rays):
        start = 2 * math.pi * number / rays
        path.moveTo(center_x, center_y)
        for angle in (start, start + math.pi / rays):
            path.lineTo(center_x + far * math.cos(angle), center_y + far * math.sin(angle))
        path.close()
    canvas.setFillColor(color)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.restoreState()


# One turn of the 回纹 meander in a square of side 1, open on both sides.
_TURN = ((0.0, 0.0), (0.0, 1.0), (0.9, 1.0), (0.9, 0.25), (0.35, 0.25), (0.35, 0.62), (0.6, 0.62))
_TURN_WIDTH = 1.25


def draw_meander(canvas: Canvas, box: Box, color: Color) -> None:
    """A border of 回纹 along `box`, as many whole turns as fit, in its middle."""
    turns = int(box.width / (box.height * _TURN_WIDTH))
    left = box.x + (box.width - (turns * _TURN_WIDTH - 0.35) * box.height) / 2
    path = canvas.beginPath()
    for number in range(turns):
        x = left + number * _TURN_WIDTH * box.height
        for index, (along, up) in enumerate(_TURN):
            point = (x + along * box.height, box.y + up * box.height)
            if index == 0:
                path.moveTo(*point)
            else:
                path.lineTo(*point)
    path.moveTo(box.x, box.y)
    path.lineTo(box.x + box.width, box.y)
    canvas.setStrokeColor(color)
    canvas.setLineWidth(box.height * 0.13)
    canvas.drawPath(path, stroke=1, fill=0)


def draw_diamond(canvas: Canvas, x: float, y: float, half: float, color: Color) -> None:
    """A square on its corner, its middle at (x, y)."""
    path = canvas.beginPath()
    path.moveTo(x - half, y)
    for to_x, to_y in ((x, y + half), (x + half, y), (x, y - half)):
        path.lineTo(to_x, to_y)
    path.close()
    canvas.setFillColor(color)
    canvas.drawPath(path, stroke=0, fill=1)
