"""The village's own voice: keeping a recording of each piece, replacing and deleting it."""

import hashlib
from pathlib import Path

from sqlalchemy import Select, select

from pointsbank.audit import services as audit
from pointsbank.foundation import clock, stored_files
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import transaction
from pointsbank.kiosk.errors import UnknownVoiceError
from pointsbank.kiosk.models import Voice
from pointsbank.kiosk.services import voice_files
from pointsbank.kiosk.services.voice_files import VoiceFile
from pointsbank.kiosk.speech import piece
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place


def keep_voice(village: Place, key: str, file: VoiceFile, instance: Path, actor: Actor) -> bool:
    """Keep a recording of the piece with this key, in place of the one before; True if there was one.

    instance: the folder of data. The same recording sent twice is kept once. The file is written before the row and
    deleted again without it; the old one goes after the commit. Raises UnknownVoiceError for what is not spoken.
    """
    wanted = piece(key)
    if wanted is None:
        raise UnknownVoiceError("这一句现在不用录了。请回到列表，看看还差哪些。")
    folder, digest = voice_files.folder_of(instance, village.code), hashlib.sha256(file.content).digest()
    name = voice_files.store(folder, file)
    try:
        with transaction() as current:
            lock_place(village.id)
            before = current.scalar(_kept(village, wanted.words).with_for_update())
            if before is not None and before.file_digest == digest:
                left = name
            else:
                left = before.file_name if before else ""
                if before is not None:
                    before.removed_at = clock.now()
                    current.flush()  # before the new one takes its place
                current.add(
                    Voice(
                        village_id=village.id,
                        words=wanted.words,
                        file_name=name,
                        media_type=file.media_type,
                        file_digest=digest,
                        milliseconds=file.milliseconds,
                        actor=actor.key,
                        recorded_at=clock.now(),
                    )
                )
                audit.record(village.id, actor, "voice.keep", f"voice:{key}", wanted.words)
    except BaseException:
        stored_files.discard(folder, name)
        raise
    if left:  # after the commit: a file without a row can be found, a row without its file cannot be mended
        stored_files.discard(folder, left)
    return before is not None


def remove_voice(village: Place, key: str, instance: Path, actor: Actor) -> None:
    """Delete the recording of the piece with this key; nothing where there is none."""
    wanted = piece(key)
    with transaction() as current:
        lock_place(village.id)
        kept = current.scalar(_kept(village, wanted.words).with_for_update()) if wanted else None
        if kept is None:
            return
        kept.removed_at = clock.now()
        name = kept.file_name
        audit.record(village.id, actor, "voice.remove", f"voice:{key}", kept.words)
    stored_files.discard(voice_files.folder_of(instance, village.code), name)


def _kept(village: Place, words: str) -> Select[Voice]:
    return select(Voice).where(Voice.village_id == village.id, Voice.words == words, Voice.removed_at.is_(None))
