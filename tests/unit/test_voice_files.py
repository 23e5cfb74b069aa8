"""Recordings are known by what is inside, are short and can be heard; anything else is refused with what to do."""

import re
from pathlib import Path

import pytest

from pointsbank.foundation import stored_files
from pointsbank.kiosk.errors import VoiceRefusedError
from pointsbank.kiosk.services import voice_files
from tests.voices import ogg, wav, webm


@pytest.mark.parametrize(
    ("content", "media_type"), [(wav(), "audio/wav"), (ogg(), "audio/ogg"), (webm(), "audio/webm")]
)
def test_what_a_browser_plays_is_taken_with_its_length(content: bytes, media_type: str) -> None:
    found = voice_files.clean_voice(content)
    assert (found.media_type, found.milliseconds) == (media_type, 600)


def test_of_a_wav_only_the_sound_is_left() -> None:
    found = voice_files.clean_voice(wav())
    assert b"INFO" not in found.content
    assert len(found.content) == 44 + 600 * 16 * 2


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"", "空的"),
        (b"RIFF" + b"\0" * voice_files.VOICE_BYTES_MAX, "1 MB"),
        (b"ID3\x03" + b"\0" * 200, "自动转好"),
        (b"\0\0\0\x20ftypM4A " + b"\0" * 200, "自动转好"),
        (b"%PDF-1.7", "听不了"),
        (wav(50), "太短"),
        (wav(16_000), "太长"),
        (ogg(16_000), "太长"),
        (webm(16_000), "太长"),
        (wav(loud=0), "听不到声音"),
        (wav()[:40], "打不开"),
        (wav().replace(b"fmt \x10", b"fmt \xff"), "打不开"),
        (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0" + b"\xff" * 40, "打不开"),
        (ogg()[:-10], "坏了"),
        (ogg(codec=b"\x80theora"), "坏了"),
        (b"OggS" + b"\xff" * 60, "坏了"),
        (webm()[:-10], "坏了"),
        (webm(track_type=1, codec=b"V_VP8"), "不只是声音"),
        (webm(codec=b"A_AAC"), "不只是声音"),
        (b"\x1a\x45\xdf\xa3" + b"\xff" * 60, "坏了"),
        (b"\x1a\x45\xdf\xa3" + b"\0" * 60, "坏了"),
    ],
)
def test_what_cannot_be_heard_is_refused_with_what_to_do(content: bytes, advice: str) -> None:
    with pytest.raises(VoiceRefusedError) as refused:
        voice_files.clean_voice(content)
    assert advice in refused.value.message


def test_a_file_is_kept_under_a_name_of_chance_for_its_owner_alone(tmp_path: Path) -> None:
    folder = voice_files.folder_of(tmp_path, "qingxi")
    file = voice_files.clean_voice(wav())
    names = {voice_files.store(folder, file) for _ in range(2)}
    assert len(names) == 2
    for name in names:
        path = stored_files.path_of(folder, name)
        assert path.read_bytes() == file.content
        assert path.stat().st_mode & 0o077 == 0
        stored_files.discard(folder, name)
    for name in ("../village.db", "x.wav", f"{'0' * 32}.exe"):
        with pytest.raises(ValueError, match=re.escape(name)):
            stored_files.path_of(folder, name)
