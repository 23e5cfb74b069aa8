"""Files that people hand in, beside the database: under a name of chance, readable by the program's owner alone."""

import os
import re
import secrets
from pathlib import Path

NAME_BYTES = 16  # of chance: the name cannot be guessed and says nothing
_NAME = re.compile(rf"[0-9a-f]{{{2 * NAME_BYTES}}}\.(?:jpg|pdf|wav|ogg|webm)")  # what the rooms keep


def store(folder: Path, content: bytes, suffix: str) -> str:
    """Write a file that only its owner can read, safe from a power cut when this returns; gives its name."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = secrets.token_hex(NAME_BYTES) + suffix
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    return name


def path_of(folder: Path, name: str) -> Path:
    """The path of a stored file. A name that store() cannot have given raises ValueError: no name leaves the folder."""
    if _NAME.fullmatch(name) is None:
        raise ValueError(name)
    return folder / name


def discard(folder: Path, name: str) -> None:
    """Delete a stored file; one that is gone already is no mistake."""
    path_of(folder, name).unlink(missing_ok=True)
