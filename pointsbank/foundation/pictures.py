"""Photos that people bring: decoded, turned upright, scaled down and written again as a JPEG.

Nothing that came in is kept as it came, so that place, camera and author are gone.
"""

import io
import threading
from collections.abc import Collection

from PIL import Image, ImageOps

from pointsbank.foundation.errors import InvalidInputError

FILE_BYTES_MAX = 5 * 1024 * 1024  # a photo of a phone has 2 to 5 MB
PIXELS_MAX = 50_000_000  # decoded they fill 150 MB of memory; phones take 12 to 48 million
JPEG_QUALITY = 85  # beyond it files grow and nobody sees more
JPEG = "image/jpeg"
PDFIUM = threading.Lock()  # whoever draws a PDF with pypdfium2 holds it: PDFium knows no threads

_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1")
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError)  # what Pillow's readers raise


class PictureRefusedError(InvalidInputError):
    """A file that is no photo, or none that can be taken."""

    code = "picture_refused"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="file")


def kind_of(content: bytes) -> str:
    """JPEG, PNG or WEBP, by what is inside; "" for none of them. Raises PictureRefusedError for HEIC and SVG."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        raise PictureRefusedError(
            "这是苹果手机的 HEIC 照片，这里看不了。请在手机设置里把相机格式改成“兼容性最佳”，或截屏后再传。"
        )
    if b"<svg" in content[:4_096].lower():
        raise PictureRefusedError("这是 SVG 图，里面可能带程序，不能收。请传照片或截图。")
    return ""


def made_anew(content: bytes, side_pixels_max: int, formats: Collection[str] = ("JPEG", "PNG")) -> bytes:
    """A photo as a JPEG whose longer side has at most so many pixels. Raises PictureRefusedError."""
    try:
        with Image.open(io.BytesIO(content), formats=tuple(formats)) as picture:
            width, height = picture.size
            if width * height > PIXELS_MAX:
                raise PictureRefusedError(f"这张照片是 {width}×{height}，像素太多了，最多 5000 万。请缩小以后再传。")
            picture.draft("RGB", (side_pixels_max, side_pixels_max))  # a JPEG is decoded smaller from the start
            return jpeg(ImageOps.exif_transpose(picture), side_pixels_max)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as wrong:
        raise PictureRefusedError("这张照片的像素太多了，最多 5000 万。请缩小以后再传。") from wrong
    except _BROKEN as wrong:
        raise PictureRefusedError("这张照片坏了，打不开。请重新拍或重新传。") from wrong


def jpeg(picture: Image.Image, side_pixels_max: int) -> bytes:
    """The picture on a new white sheet, at most so long: only what can be seen goes along."""
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        mask: Image.Image | None = picture.getchannel("A")
    else:
        mask = None
    sheet = Image.new("RGB", picture.size, "white")
    sheet.paste(picture.convert("RGB"), mask=mask)
    sheet.thumbnail((side_pixels_max, side_pixels_max))
    stream = io.BytesIO()
    sheet.save(stream, "JPEG", quality=JPEG_QUALITY)
    return stream.getvalue()
