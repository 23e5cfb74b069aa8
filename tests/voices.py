"""Recordings as microphones and phones make them, small enough to look at."""

import io
import math
import struct
import wave


def wav(milliseconds: int = 600, *, loud: int = 8_000, rate: int = 16_000) -> bytes:
    """A tone as WAV of 16 bits, with a note that says who made it."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        count = rate * milliseconds // 1000
        samples = (int(loud * math.sin(at * 0.2)) for at in range(count))
        sound.writeframes(struct.pack(f"<{count}h", *samples))
    return stream.getvalue() + b"LIST\x0e\0\0\0INFOIART\x02\0\0\0me"


def ogg(milliseconds: int = 600, *, codec: bytes = b"OpusHead") -> bytes:
    """An Ogg with a head and one page that ends after so long."""
    head = codec + struct.pack("<BBHIHB", 1, 1, 312, 16_000, 0, 0)
    return _page(head, 0) + _page(b"\0" * 50, 312 + 48 * milliseconds)


def _page(packet: bytes, granule: int) -> bytes:
    return b"OggS\0\0" + struct.pack("<qIII", granule, 1, 0, 0) + bytes([1, len(packet)]) + packet


def webm(milliseconds: int = 600, *, track_type: int = 2, codec: bytes = b"A_OPUS") -> bytes:
    """A WebM as Chromium records it: parts of unknown size, no length at the beginning."""
    unknown = b"\x01" + b"\xff" * 7
    head = b"\x1a\x45\xdf\xa3" + _sized(b"\x42\x82" + _sized(b"webm"))
    info = b"\x15\x49\xa9\x66" + _sized(b"\x2a\xd7\xb1" + _sized((1_000_000).to_bytes(3, "big")))
    track = b"\xae" + _sized(b"\x83" + _sized(bytes([track_type])) + b"\x86" + _sized(codec))
    blocks = b"".join(
        b"\xa3" + _sized(b"\x81" + struct.pack(">h", at) + b"\x80" + b"\0" * 20)
        for at in (0, milliseconds // 2, milliseconds - 20)
    )
    tracks, cluster = b"\x16\x54\xae\x6b" + _sized(track), b"\x1f\x43\xb6\x75" + unknown + b"\xe7" + _sized(b"\0")
    return head + b"\x18\x53\x80\x67" + unknown + info + tracks + cluster + blocks


def _sized(content: bytes) -> bytes:
    return (len(content) | 0x4000).to_bytes(2, "big") + content
