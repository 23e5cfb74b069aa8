"""What tests ask of a PDF: its text, its fonts, its picture, the codes on it."""

import io
from typing import Any

import PIL.Image
import pypdf
import pypdfium2
import zxingcpp


def text_of(pdf: bytes) -> str:
    """All its text as a reader copies it, without blanks and line ends."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


def fonts_of(pdf: bytes) -> dict[str, bool]:
    """The names of its fonts, and whether each is embedded."""
    fonts: dict[str, bool] = {}
    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        resources: Any = page["/Resources"]
        for reference in resources["/Font"].values():
            font = reference.get_object()
            fonts[font["/BaseFont"]] = "/FontFile2" in font.get("/FontDescriptor", {})
    return fonts


def picture_of(pdf: bytes, dots_per_inch: int, page: int = 0) -> PIL.Image.Image:
    """One page as a printer of that resolution would show it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        picture: PIL.Image.Image = document[page].render(scale=dots_per_inch / 72).to_pil()
        return picture
    finally:
        document.close()


def codes_of(picture: PIL.Image.Image) -> list[str]:
    """The texts of all QR codes and barcodes in a picture."""
    return [code.text for code in zxingcpp.read_barcodes(picture)]
