"""An uploaded roster between its preview and its import, kept for the one person who sent it.

It cannot travel with the page, as the smaller lists of other rooms do: 5 MB are the limit of a whole form. It holds
what the village wants to protect, so it is sealed like an ID number, in a file that only the program reads, for hours.
"""

import base64
import contextlib
import hashlib
import os
from datetime import timedelta
from pathlib import Path

from config import write_private
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.errors import EnvironmentProblemError, InvalidInputError
from pointsbank.foundation.secrets import vault
from pointsbank.foundation.spreadsheets import FILE_FIELD
from pointsbank.places.models import Place

KEPT_HOURS_MAX = 4  # a preview is looked at before and after a long lunch
KEPT_FILES_MAX = 3  # of one person in one village; the oldest goes first


class KeptFiles:
    """The uploads of one person in one village, in a folder that all share; nobody finds those of another."""

    def __init__(self, folder: Path, village: Place, actor: Actor) -> None:
        self.folder = folder
        self.owner = _digest(f"{village.code} {actor.key}")

    def keep(self, content: bytes, key: str) -> None:
        """Keep a file under a key, in the place of older ones. Raises EnvironmentProblemError when there is no room."""
        path = self._path(key)
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            sweep(self.folder)
            youngest = sorted(self.folder.glob(f"{self.owner}-*"), key=_age)
            for older in youngest[KEPT_FILES_MAX - 1 :]:
                older.unlink(missing_ok=True)
            write_private(path, vault().seal(base64.b64encode(content).decode()))
            moment = clock.now().timestamp()
            os.utime(path, (moment, moment))
        except OSError as wrong:
            raise EnvironmentProblemError("电脑上存不下这个文件。请检查磁盘空间，再上传一次。") from wrong

    def find(self, key: str) -> bytes:
        """The file kept under a key. Raises InvalidInputError when it is not there or no longer."""
        path = self._path(key)
        try:
            if _age(path) <= timedelta(hours=KEPT_HOURS_MAX):
                return base64.b64decode(vault().open(path.read_text("ascii")))
        except (FileNotFoundError, ValueError, EnvironmentProblemError):
            pass  # never kept, kept for somebody else, swept away, or cut off by a power failure
        raise InvalidInputError("预览放得太久，文件已经清掉了。请重新选一次文件。", field=FILE_FIELD)

    def _path(self, key: str) -> Path:
        return self.folder / f"{self.owner}-{_digest(key)}"


def sweep(folder: Path) -> None:
    """Remove what has been kept long enough, whoever sent it."""
    for path in folder.glob("*"):
        with contextlib.suppress(OSError):  # somebody else sweeps too
            if _age(path) > timedelta(hours=KEPT_HOURS_MAX):
                path.unlink()


def _age(path: Path) -> timedelta:
    """How far a file's time is from now; a clock that was set back makes it no younger."""
    return abs(timedelta(seconds=clock.now().timestamp() - path.stat().st_mtime))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
