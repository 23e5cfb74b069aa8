"""What the village has recorded of its voice."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from pointsbank.foundation.database import session
from pointsbank.kiosk.errors import UnknownVoiceError
from pointsbank.kiosk.models import Voice
from pointsbank.kiosk.services.voice_files import file_of, folder_of
from pointsbank.kiosk.speech import Piece, pieces
from pointsbank.places.models import Place


@dataclass(frozen=True, slots=True)
class VoiceLine:
    """A piece with its recording. wrong: why it cannot be played, "" where it can."""

    piece: Piece
    voice: Voice | None
    wrong: str

    @property
    def missing(self) -> bool:
        """Whether it has to be recorded (again)."""
        return self.voice is None or bool(self.wrong)


def recorded(village_id: int) -> dict[str, int]:
    """Ids of the recordings by their words, of what is spoken now."""
    spoken = {piece.words for piece in pieces()}
    rows = session().execute(
        select(Voice.words, Voice.id).where(Voice.village_id == village_id, Voice.removed_at.is_(None))
    )
    return {words: voice_id for words, voice_id in rows if words in spoken}


def voice_lines(village: Place, instance: Path) -> list[VoiceLine]:
    """Everything that is spoken, with what was recorded of it. instance: the folder of data; each file is read."""
    rows = session().scalars(select(Voice).where(Voice.village_id == village.id, Voice.removed_at.is_(None)))
    kept, folder = {voice.words: voice for voice in rows}, folder_of(instance, village.code)
    return [_line(piece, kept.get(piece.words), folder) for piece in pieces()]


def _line(piece: Piece, voice: Voice | None, folder: Path) -> VoiceLine:
    try:
        if voice is not None:
            file_of(voice, folder)
    except UnknownVoiceError as wrong:
        return VoiceLine(piece, voice, wrong.message)
    return VoiceLine(piece, voice, "")


def voice(village_id: int, voice_id: int) -> Voice:
    """A recording that is kept. Raises UnknownVoiceError."""
    found = session().get(Voice, voice_id)
    if found is None or found.village_id != village_id or found.removed_at is not None:
        raise UnknownVoiceError("这一句没有录音，或者刚换过。请刷新页面看看。")
    return found
