"""Recordings as they are brought and kept: known by what is inside, short, and out of reach of the web server.

A WAV is written anew, so that only the sound is left of it. Ogg and WebM stay as they are, once every part of them is
read: one track, of sound, in a code that browsers play. What phones make (M4A, MP3, AMR) the page turns into WAV.
"""

import array
import hashlib
import io
import struct
import sys
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pointsbank.foundation import stored_files
from pointsbank.kiosk.errors import UnknownVoiceError, VoiceRefusedError
from pointsbank.kiosk.models import Voice

VOICE_BYTES_MAX = 1024 * 1024  # ten seconds of a CD's sound, one channel
MILLISECONDS_MIN, MILLISECONDS_MAX = 100, 15_000  # a numeral; the longest sentence, said slowly
PEAK_MIN = 330  # of 32,767: below it nothing but the hum of the PC was recorded
WAV, OGG, WEBM = "audio/wav", "audio/ogg", "audio/webm"
SUFFIXES = {WAV: ".wav", OGG: ".ogg", WEBM: ".webm"}
ACCEPTED = "WAV、OGG 或 WebM 录音"

_BROKEN = "这个录音坏了，听不了。请重新录一次，或换一个文件。"


@dataclass(frozen=True, slots=True)
class VoiceFile:
    """A recording that can be kept."""

    content: bytes
    media_type: str
    milliseconds: int


def clean_voice(content: bytes) -> VoiceFile:
    """What was brought, looked through. Raises VoiceRefusedError."""
    if not content:
        raise VoiceRefusedError("这个录音是空的。请重新录一次，或换一个文件。")
    if len(content) > VOICE_BYTES_MAX:
        raise VoiceRefusedError("录音超过 1 MB。一句一个文件，只录这一句，再传一次。")
    if content.startswith(b"RIFF") and content[8:12] == b"WAVE":
        found = _clean_wav(content)
    elif content.startswith(b"OggS"):
        found = VoiceFile(content, OGG, _milliseconds_of_ogg(content))
    elif content.startswith(b"\x1a\x45\xdf\xa3"):
        found = VoiceFile(content, WEBM, _milliseconds_of_webm(content))
    else:
        raise VoiceRefusedError(f"这个文件听不了。只收{ACCEPTED}；手机录的，请用开着脚本的浏览器传，会自动转好。")
    if found.milliseconds < MILLISECONDS_MIN:
        raise VoiceRefusedError("录得太短了，听不清。请按住说完再停。")
    if found.milliseconds > MILLISECONDS_MAX:
        raise VoiceRefusedError(f"录得太长了，最多 {MILLISECONDS_MAX // 1000} 秒。请只录这一句。")
    return found


# --- WAV ---


def _clean_wav(content: bytes) -> VoiceFile:
    try:
        with wave.open(io.BytesIO(content)) as sound:
            channels, width, rate = sound.getnchannels(), sound.getsampwidth(), sound.getframerate()
            frames = sound.readframes(sound.getnframes())
    except (wave.Error, EOFError, struct.error, RuntimeError) as wrong:  # the last where a part ends past its file
        raise VoiceRefusedError("这个 WAV 打不开，或者不是普通的录音格式（PCM）。请重新录一次。") from wrong
    if not (1 <= channels <= 2 and 1 <= width <= 4 and 8_000 <= rate <= 96_000):
        raise VoiceRefusedError(_BROKEN)
    frames = frames[: len(frames) - len(frames) % (channels * width)]
    if width == 2 and _peak(frames) < PEAK_MIN:
        raise VoiceRefusedError("录音里听不到声音。请检查麦克风插好没有、有没有静音，再录一次。")
    stream = io.BytesIO()
    with wave.open(stream, "wb") as anew:
        anew.setnchannels(channels)
        anew.setsampwidth(width)
        anew.setframerate(rate)
        anew.writeframes(frames)
    return VoiceFile(stream.getvalue(), WAV, len(frames) // (channels * width) * 1000 // rate)


def _peak(frames: bytes) -> int:
    """The loudest sample of 16 bits."""
    samples = array.array("h", frames)
    if sys.byteorder == "big":
        samples.byteswap()
    return max((abs(sample) for sample in samples), default=0)


# --- Ogg ---


def _milliseconds_of_ogg(content: bytes) -> int:
    """How long an Ogg with Opus or Vorbis plays: the count of samples on its last page."""
    at, last, rate, skipped = 0, 0, 0, 0
    while at < len(content):
        head = content[at : at + 27]
        if len(head) < 27 or head[:5] != b"OggS\0":
            raise VoiceRefusedError(_BROKEN)
        granule: int = struct.unpack_from("<q", head, 6)[0]
        body = at + 27 + head[26]
        after = body + sum(content[at + 27 : body])
        if after > len(content):
            raise VoiceRefusedError(_BROKEN)
        if at == 0:
            rate, skipped = _rate_of_ogg(content[body:after])
        last = max(last, granule)
        at = after
    return max(last - skipped, 0) * 1000 // rate


def _rate_of_ogg(packet: bytes) -> tuple[int, int]:
    """Samples a second, and how many at the beginning are not played, from the first packet."""
    if packet.startswith(b"OpusHead") and len(packet) >= 19:
        return 48_000, int(struct.unpack_from("<H", packet, 10)[0])
    if packet.startswith(b"\x01vorbis") and len(packet) >= 16:
        rate: int = struct.unpack_from("<I", packet, 12)[0]
        if 8_000 <= rate <= 96_000:
            return rate, 0
    raise VoiceRefusedError(_BROKEN)


# --- WebM ---

_MASTERS = {0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0x1F43B675, 0xA0}  # parts that hold parts
_TRACK_TYPE, _CODEC, _SCALE, _CLUSTER_TIME, _BLOCKS = 0x83, 0x86, 0x2AD7B1, 0xE7, (0xA1, 0xA3)
_SOUND, _CODECS = 2, (b"A_OPUS", b"A_VORBIS")
_LAST_BLOCK_MILLISECONDS = 20  # what a recorder puts into one


def _milliseconds_of_webm(content: bytes) -> int:
    """How long a WebM plays: a recorder writes no length, so that its last block says it."""
    scale, cluster, last, codecs, types = 1_000_000, 0, 0, [], []
    for part, value in _parts_of_webm(content):
        if part == _TRACK_TYPE:
            types.append(int.from_bytes(value, "big"))
        elif part == _CODEC:
            codecs.append(value.rstrip(b"\0"))
        elif part == _SCALE:
            scale = int.from_bytes(value, "big")
        elif part == _CLUSTER_TIME:
            cluster = int.from_bytes(value, "big")
        elif part in _BLOCKS and len(value) > 4:
            last = max(last, cluster + int.from_bytes(value[1:3], "big", signed=True))
    if types != [_SOUND] or len(codecs) != 1 or codecs[0] not in _CODECS:
        raise VoiceRefusedError("这个文件里不只是声音，或者不是常用的录音格式。请重新录一次。")
    return last * scale // 1_000_000 + _LAST_BLOCK_MILLISECONDS


def _parts_of_webm(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The parts that hold no parts, in order, each with its name and what is in it."""
    at = 0
    while at < len(content):
        name, at = _number_of_webm(content, at, keep_mark=True)
        size, at = _number_of_webm(content, at, keep_mark=False)
        if name in _MASTERS:
            continue  # its parts come next, whether it says how long it is or not
        if at + size > len(content):
            raise VoiceRefusedError(_BROKEN)
        yield name, content[at : at + size]
        at += size


def _number_of_webm(content: bytes, at: int, *, keep_mark: bool) -> tuple[int, int]:
    """A number whose first byte says how long it is, and where the next thing begins."""
    first = content[at] if at < len(content) else 0
    length = 9 - first.bit_length()
    if first == 0 or at + length > len(content):
        raise VoiceRefusedError(_BROKEN)
    number = int.from_bytes(content[at : at + length], "big")
    return number if keep_mark else number & ((1 << 7 * length) - 1), at + length


# --- the folder ---


def folder_of(instance: Path, village_code: str) -> Path:
    """Where a village's voice lies: beside the database, never under what the web server hands out."""
    return instance / "voices" / village_code


def store(folder: Path, file: VoiceFile) -> str:
    """Keep a file in a village's folder; gives its name there."""
    return stored_files.store(folder, file.content, SUFFIXES[file.media_type])


def file_of(voice: Voice, folder: Path) -> bytes:
    """The stored recording. Raises UnknownVoiceError when it is lost or no longer what was stored."""
    try:
        content = stored_files.path_of(folder, voice.file_name).read_bytes()
    except (OSError, ValueError) as wrong:
        raise UnknownVoiceError("这一句的录音不在了，可能恢复备份时没有带上。请重新录一次。") from wrong
    if hashlib.sha256(content).digest() != voice.file_digest:
        raise UnknownVoiceError("这一句的录音被改动过，和当时存的不一样。请重新录一次。")
    return content
