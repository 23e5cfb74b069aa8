"""Every setting and limit of the program, with its default, unit and reason. Checked when the program starts.

What differs from village to village is not here but in pointsbank/places/settings.py.
"""

import json
import os
import re
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent
SECRET_LENGTH_MIN = 32  # characters; shorter ones can be guessed
HOST_DEFAULT = "127.0.0.1"  # reachable from this PC only, unless the village says otherwise
PORT_DEFAULT = 8000
RECEIPT_PAPER_DEFAULT = "58"  # the cheapest printers have it
SAMPLE_WORDS = ("change", "example", "sample", "secret", "password")  # what keys in instructions are made of


class ConfigurationError(Exception):
    """The program cannot start as it is configured. The message is a Chinese sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys of this installation. Lose them and ID numbers and printed cards cannot be read again."""

    session_key: str
    encryption_keys: tuple[str, ...]  # newest first; older ones only read
    digest_key: str

    def check(self) -> None:
        """Raises ConfigurationError for a weak or missing key."""
        if min(len(self.session_key), len(self.digest_key)) < SECRET_LENGTH_MIN or not self.encryption_keys:
            raise ConfigurationError("密钥太短或缺失。请删去环境变量里的密钥，让程序自己生成，或换成更长的。")
        if any(word in key.lower() for key in (self.session_key, self.digest_key) for word in SAMPLE_WORDS):
            raise ConfigurationError("密钥是从样例里抄来的，谁都知道。请让程序自己生成，或换成随机的。")
        if len(set(self.session_key)) < 8 or len(set(self.digest_key)) < 8:
            raise ConfigurationError("密钥太简单，容易被猜到。请让程序自己生成，或换成随机的。")
        try:
            for key in self.encryption_keys:
                Fernet(key)
        except ValueError as wrong:
            raise ConfigurationError("加密密钥的格式不对，应是 44 个字符的 Fernet 密钥。") from wrong


@dataclass(frozen=True, slots=True)
class Config:
    """What create_app needs to know."""

    database_url: str
    instance: Path
    secrets: Secrets
    practice: bool = False  # the sample village: every page says 练习
    host: str = HOST_DEFAULT
    port: int = PORT_DEFAULT
    threads: int = 8  # of the web server; more only wait for the one writer
    secure_cookies: bool = False  # True behind HTTPS; a single PC on 127.0.0.1 has none
    upload_bytes_max: int = 5 * 1024 * 1024  # an .xlsx of 20,000 rows has 2 MB
    form_fields_max: int = 5_000  # a grid of 100 households × 40 rules
    receipt_printer: str = ""  # "file:/dev/usb/lp0", "tcp://192.168.1.50:9100" or "win:NAME"; "": receipts are PDFs
    receipt_paper: str = RECEIPT_PAPER_DEFAULT  # width of its roll in millimetres, 58 or 80
    session_idle_minutes: int = 720  # a clerk's working day; a shared PC signs out by button
    testing: bool = False

    @property
    def fonts_folder(self) -> Path:
        """Where the prepared fonts for paper lie."""
        return self.instance / "fonts"


def instance_folder(environment: Mapping[str, str]) -> Path:
    """The folder of data and secrets: INSTANCE, else instance/ beside the program. Made if missing."""
    folder = Path(environment.get("INSTANCE") or ROOT / "instance").resolve()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as wrong:
        raise ConfigurationError(
            f"数据文件夹 {folder} 不能写入。请检查权限和磁盘空间，或用 INSTANCE 指定别处。"
        ) from wrong
    return folder


def own_url(instance: Path) -> str:
    """The database of the village's own."""
    return f"sqlite:///{instance / 'village.db'}"


def sample_url(instance: Path) -> str:
    """The database of the sample village, for practice."""
    return f"sqlite:///{instance / 'sample.db'}"


def database_url(environment: Mapping[str, str], instance: Path, *, wanted: str | None, sample: bool) -> str:
    """Which database a command works on: --sample, --database, DATABASE_URL, the village's own, the sample."""
    if sample:
        return sample_url(instance)
    url = wanted or environment.get("DATABASE_URL")
    if url:
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
        return _with_absolute_path(url.replace("postgres://", "postgresql+psycopg://", 1))
    return own_url(instance) if (instance / "village.db").exists() else sample_url(instance)


_SQLITE_ADDRESS = re.compile(r"(sqlite(?:\+\w+)?:///)([^?]+)(.*)")


def _with_absolute_path(url: str) -> str:
    """A file's address as seen from the folder that the person stands in, whatever folder is meant later on."""
    match = _SQLITE_ADDRESS.fullmatch(url)
    return f"{match[1]}{Path(match[2]).absolute()}{match[3]}" if match else url


def _is_sample(url: str, instance: Path) -> bool:
    """Whether an address is that of the sample village, however its path is written."""
    match = _SQLITE_ADDRESS.fullmatch(url)
    return match is not None and Path(match[2]).resolve() == (instance / "sample.db").resolve()


def load_config(environment: Mapping[str, str], *, database: str | None = None, sample: bool = False) -> Config:
    """The configuration of this start: the environment, and which database was asked for. Raises ConfigurationError."""
    instance = instance_folder(environment)
    url = database_url(environment, instance, wanted=database, sample=sample)
    return Config(
        database_url=url,
        instance=instance,
        secrets=load_secrets(environment, instance),
        practice=_is_sample(url, instance),
        host=environment.get("HOST") or HOST_DEFAULT,
        port=_port(environment.get("PORT") or str(PORT_DEFAULT)),
        secure_cookies=environment.get("SECURE_COOKIES") == "1",
        receipt_printer=_receipt_printer(environment.get("RECEIPT_PRINTER", "")),
        receipt_paper=_receipt_paper(environment.get("RECEIPT_PAPER") or RECEIPT_PAPER_DEFAULT),
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65_535):
        raise ConfigurationError(f"PORT 要填 1 到 65535 之间的数字，现在是“{text}”。")
    return int(text)


_PRINTER = re.compile(r"file:.+|tcp://[^/\s]+:[0-9]{1,5}|win:.+")


def _receipt_printer(text: str) -> str:
    port = text.rpartition(":")[2] if text.startswith("tcp:") else "0"
    if text and (_PRINTER.fullmatch(text) is None or int(port) > 65_535):
        raise ConfigurationError(
            "RECEIPT_PRINTER 要写成 file:/dev/usb/lp0、tcp://192.168.1.50:9100 或 win:打印机名，"
            f"现在是“{text}”。没有小票机就不写。"
        )
    return text


def _receipt_paper(text: str) -> str:
    if text not in ("58", "80"):
        raise ConfigurationError(f"RECEIPT_PAPER 是小票纸的宽度，填 58 或 80，现在是“{text}”。")
    return text


def load_secrets(environment: Mapping[str, str], instance: Path) -> Secrets:
    """The keys from the environment (SESSION_KEY, ENCRYPTION_KEYS, DIGEST_KEY), else from instance/secrets.json.

    The file is made on the first start, readable by its owner alone. Raises ConfigurationError.
    """
    named = {name: environment.get(name, "") for name in ("SESSION_KEY", "ENCRYPTION_KEYS", "DIGEST_KEY")}
    if any(named.values()):
        keys = tuple(key.strip() for key in named["ENCRYPTION_KEYS"].split(",") if key.strip())
        found = Secrets(named["SESSION_KEY"], keys, named["DIGEST_KEY"])
    else:
        found = _secrets_file(instance / "secrets.json")
    found.check()
    return found


def _secrets_file(path: Path) -> Secrets:
    if not path.exists():
        made = {
            "session_key": secrets.token_urlsafe(48),
            "encryption_keys": [Fernet.generate_key().decode()],
            "digest_key": secrets.token_urlsafe(48),
        }
        write_private(path, json.dumps(made, indent=1), exclusive=True)
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        path.chmod(0o600)
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return Secrets(stored["session_key"], tuple(stored["encryption_keys"]), stored["digest_key"])
    except (ValueError, KeyError, TypeError) as wrong:
        raise ConfigurationError(f"密钥文件 {path} 已损坏，请用备份恢复。") from wrong


def write_private(path: Path, text: str, *, exclusive: bool = False) -> None:
    """Write a file that only its owner can read (mode 600). With exclusive, a file that is there stays as it is."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_EXCL if exclusive else os.O_TRUNC)
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
