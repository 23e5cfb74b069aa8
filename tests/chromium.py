"""Where the browser for the browser tests is. Playwright brings none: the system's own is used."""

import os
import shutil
from pathlib import Path

COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "msedge",
    "microsoft-edge",
)
WINDOWS_FOLDERS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
WINDOWS_PROGRAMS = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")


def find_chromium() -> Path | None:
    """The browser that CHROMIUM names, else one on PATH, else one in the usual places of Windows."""
    if chosen := os.environ.get("CHROMIUM"):
        return Path(chosen)
    for command in COMMANDS:
        if found := shutil.which(command):
            return Path(found)
    for folder in WINDOWS_FOLDERS:
        for program in WINDOWS_PROGRAMS:
            candidate = Path(os.environ.get(folder, "")) / program
            if folder in os.environ and candidate.exists():
                return candidate
    return None
