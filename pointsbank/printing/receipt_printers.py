"""Receipt printers: a page of a roll becomes dots, in the language of such printers (ESC/POS), and is sent off.

A page is drawn once, as a PDF; the printer gets the same drawing, so that rare characters print like all others.
"""

import logging
import os
import select
import shutil
import socket
import sys
import time
from functools import cache
from typing import Any, NamedTuple

import pypdfium2
from PIL import Image

from pointsbank.foundation.errors import EnvironmentProblemError
from pointsbank.foundation.pictures import PDFIUM
from pointsbank.printing.rolls import ROLL_58, ROLL_80, RollWidth

DOTS_PER_INCH = 203  # what all such printers have: 8 dots a millimetre
DARK_BELOW = 160  # of 255: strokes that fall between two dots stay whole
WAIT_SECONDS = 5  # for a printer that is out of paper or switched off: nobody waits longer at a counter
STEP_BYTES = 4_096


class PrinterError(EnvironmentProblemError):
    """The receipt printer takes nothing; what was done before stays done."""

    code = "printer"

    def __init__(self) -> None:
        super().__init__(
            "小票机没有反应，小票没有打出来，事情已经办好，不用重办。请看电源、纸和线，再按一次“打印小票”。"
        )


class Head(NamedTuple):
    """A print head: its dots, and a model of python-escpos that has it and a knife."""

    dots: int
    profile: str


_HEADS = {ROLL_58: Head(384, "RP-F10-58mm"), ROLL_80: Head(576, "TM-T20II")}


def dots_of(pdf: bytes, roll: RollWidth) -> Image.Image:
    """The one page of a PDF as the head of its roll prints it: black and white, as wide as the head."""
    with PDFIUM:
        document = pypdfium2.PdfDocument(pdf)
        try:
            page = document[0].render(scale=DOTS_PER_INCH / 72, grayscale=True).to_pil()
        finally:
            document.close()
    head = _HEADS[roll].dots
    left = (page.width - head) // 2
    cropped = page.crop((left, 0, left + head, page.height))
    picture: Image.Image = cropped.point(lambda value: 255 if value >= DARK_BELOW else 0).convert("1")
    return picture


def commands(picture: Image.Image, roll: RollWidth) -> bytes:
    """What the printer is told: the picture, then feed and cut."""
    printer = _drivers().Dummy(profile=_HEADS[roll].profile)
    printer.hw("INIT")
    printer.image(picture, impl="bitImageRaster")
    printer.cut()
    told: bytes = printer.output
    return told


def send(address: str, told: bytes) -> None:
    """Send commands to a printer: "file:/dev/usb/lp0", "tcp://host:9100" or "win:NAME". Raises PrinterError."""
    kind, _, where = address.partition(":")
    try:
        if kind == "file":
            _send_to_file(where, told)
        elif kind == "tcp":
            _send_to_network(where.removeprefix("//"), told)
        else:
            _send_to_windows(where, told)
    except OSError as wrong:
        raise PrinterError from wrong


def _send_to_file(path: str, told: bytes) -> None:
    """A device file is there or it is not: it is never made. A printer that takes nothing is not waited for."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        left, until = memoryview(told), time.monotonic() + WAIT_SECONDS
        while left:
            if sys.platform != "win32" and not select.select([], [descriptor], [], max(until - time.monotonic(), 0))[1]:
                raise TimeoutError
            left = left[os.write(descriptor, left[:STEP_BYTES]) :]
    finally:
        os.close(descriptor)


def _send_to_network(where: str, told: bytes) -> None:
    host, _, port = where.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=WAIT_SECONDS) as connection:
        connection.sendall(told)


def _send_to_windows(name: str, told: bytes) -> None:
    try:
        printer = _drivers().Win32Raw(name)
        printer.open()
        printer._raw(told)
        printer.close()
    except Exception as wrong:  # what Windows' printing raises has a class that is not there elsewhere
        raise PrinterError from wrong


@cache
def _drivers() -> Any:
    """escpos.printer, loaded by the first who prints: it takes a third of a second.

    Its import makes a folder and sends the log of the whole program to the terminal; both are undone.
    """
    handlers = logging.root.handlers[:]
    from escpos import capabilities, printer  # noqa: PLC0415 - see above

    shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    logging.root.handlers[:] = handlers
    return printer
