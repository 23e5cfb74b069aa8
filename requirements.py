"""Make requirements.txt and requirements-dev.txt from their .in files: python3 run.py requirements

What they pin stays, unless --upgrade or another word for uv says otherwise. --check writes nothing and tells
whether they are what would be made.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = ("requirements", "requirements-dev")
OPTIONS = ["--quiet", "--universal", "--generate-hashes", "--no-emit-index-url", "--python-version", "3.11"]
HEADER = ["--custom-compile-command", "python3 run.py requirements"]

EXIT_OUTDATED = 1
EXIT_ENVIRONMENT = 3


def make(folder: Path, *words: str) -> None:
    """Make a folder's .txt files. CalledProcessError: uv could not."""
    for name in NAMES:
        files = ["--output-file", f"{name}.txt", f"{name}.in"]
        command = [sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, *HEADER, *words, *files]
        subprocess.run(command, cwd=folder, check=True)


def outdated() -> list[str]:
    """The .txt files that would change if they were made now."""
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            shutil.copy(FOLDER / f"{name}.in", folder)
            shutil.copy(FOLDER / f"{name}.txt", folder)
        try:
            make(Path(folder), "--offline", "--quiet")  # what uv remembers is mostly enough
        except subprocess.CalledProcessError:
            make(Path(folder))
        texts = [f"{name}.txt" for name in NAMES]
        return [text for text in texts if (FOLDER / text).read_text() != Path(folder, text).read_text()]


def main(words: list[str]) -> int:
    """Make or check, as the words say; returns the exit code."""
    try:
        if words != ["--check"]:
            make(FOLDER, *words)
            return 0
        texts = outdated()
    except subprocess.CalledProcessError:
        sys.stderr.write("requirements: uv could not work them out (see above); without the network it cannot\n")
        return EXIT_ENVIRONMENT
    for text in texts:
        sys.stderr.write(f"{text} is not what its .in file makes; run: python3 run.py requirements\n")
    return EXIT_OUTDATED if texts else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
