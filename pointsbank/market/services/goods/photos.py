"""The photo of a good: one, made anew and small, so that it shows on the kiosk at once."""

import hashlib

from pointsbank.audit import services as audit
from pointsbank.foundation import clock, pictures
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import transaction
from pointsbank.foundation.errors import TooLargeError
from pointsbank.foundation.pictures import FILE_BYTES_MAX, PictureRefusedError
from pointsbank.market.models import Good, GoodPhoto
from pointsbank.market.services.goods.locking import lock_good
from pointsbank.places.models import Place

SIDE_PIXELS_MAX = 800  # a quarter of the kiosk's screen; about 80 kB
FORMATS = ("JPEG", "PNG", "WEBP")
DIGEST_LENGTH = 16  # of the SHA-256 in hexadecimal: enough to tell one photo from the next


def put_photo(village: Place, good_serial: int, content: bytes, actor: Actor) -> bool:
    """Keep the photo of a good in place of the one before; gives whether there was one. content: a file as it came.

    Raises PictureRefusedError, TooLargeError, NotFoundError.
    """
    if not content:
        raise PictureRefusedError("请先选一张照片。")
    if len(content) > FILE_BYTES_MAX:
        raise TooLargeError("照片超过 5 MB，请拍小一些再传。", field="file")
    if pictures.kind_of(content) not in FORMATS:
        raise PictureRefusedError("这个文件不是照片，打不开。请换一张手机拍的照片。")
    photo = pictures.made_anew(content, SIDE_PIXELS_MAX, FORMATS)
    with transaction() as current:
        good = lock_good(village.id, good_serial)
        stored = current.get(GoodPhoto, good.id)
        was_there = stored is not None
        if stored is None:
            stored = GoodPhoto(good_id=good.id, village_id=village.id)
            current.add(stored)
        stored.content, stored.taken_in_at, stored.actor = photo, clock.now(), actor.key
        good.photo_digest = digest_of(photo)
        audit.record(village.id, actor, "good.photo", f"good:{good_serial}", _in_words(good, replaced=was_there))
    return was_there


def remove_photo(village: Place, good_serial: int, actor: Actor) -> bool:
    """Take the photo of a good away; gives whether there was one. Raises NotFoundError."""
    with transaction() as current:
        good = lock_good(village.id, good_serial)
        stored = current.get(GoodPhoto, good.id)
        if stored is None:
            return False
        current.delete(stored)
        good.photo_digest = ""
        audit.record(village.id, actor, "good.photo", f"good:{good_serial}", f"{good.title}：删去")
    return True


def digest_of(photo: bytes) -> str:
    """What a good's row says of its photo, so that a page knows whether there is one and whether it is new."""
    return hashlib.sha256(photo).hexdigest()[:DIGEST_LENGTH]


def _in_words(good: Good, *, replaced: bool) -> str:
    return f"{good.title}：{'换掉原来的' if replaced else '第一张'}"
