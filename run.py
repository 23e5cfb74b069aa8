"""The one entry: python3 run.py [words...]

Makes .venv beside itself, installs the pinned requirements there and hands the words to the program inside.
Standard library only, and readable by Python 3.6, so that an old Python gets as far as the sentence about it.
Notes go to stderr: stdout belongs to the command.
"""

import contextlib
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

if sys.version_info < (3, 11):  # noqa: UP036 - this is the one file that older Pythons get to read
    sys.stderr.write(
        f"需要 Python 3.11 或更新的版本，现在用的是 {sys.version_info[0]}.{sys.version_info[1]}。\n"
        "Windows：请从 python.org 下载安装新版本，再运行一次。\n"
        "Ubuntu 22.04：请运行 sudo apt install python3.11 python3.11-venv，再用 python3.11 run.py 启动；"
        "更旧的系统请先升级。\n"
    )
    sys.exit(3)

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FOLDER = Path(__file__).resolve().parent
VENV = FOLDER / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
RUN_REQUIREMENTS = FOLDER / "requirements.txt"
DEV_REQUIREMENTS = FOLDER / "requirements-dev.txt"

EXIT_FAILED = 1
EXIT_ENVIRONMENT = 3
EXIT_INTERRUPTED = 130

# Settings of an outer environment that would send Python or pip to another place than .venv. All others,
# such as proxies and mirrors, are respected.
MISLEADING_VARIABLES = {
    "PYTHONHOME",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_TARGET",
    "PIP_USER",
}

# What a step that failed says of itself, as a pattern, and what to do about it; the first that fits counts.
ADVICE = [
    (
        r"No space left on device|Errno 28|WinError 112|Disk quota exceeded",
        "磁盘满了，程序没有装完。请清理出 1 GB 以上的空间，再运行一次。",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "下载到的文件与清单不符，没有安装。请再运行一次；还是这样，就换一个网络或下载镜像。",
    ),
    (
        r"connection broken by|ConnectionPool\(|Could not fetch URL|Failed to fetch|error sending request",
        "连不上网，需要的组件没有下载完。请接好网络，再运行一次；装好以后就不再需要网络。",
    ),
    (
        r"Permission denied|Read-only file system|WinError 5\]|WinError 32\]",
        f"不能写入文件夹 {FOLDER}。请把程序放到自己的文件夹里，关掉正在运行的本程序，再运行一次。",
    ),
    (
        r"No module named '?(venv|ensurepip)",
        "这台电脑的 Python 缺少 venv 模块。Debian、Ubuntu：请运行 sudo apt install python3-venv；"
        "Windows：请从 python.org 重新安装 Python。装好以后再运行一次。",
    ),
]

LINT_STEPS = [
    ["-m", "ruff", "format", "--check", "."],
    ["-m", "ruff", "check", "."],
    ["-m", "mypy"],
    ["-c", "from importlinter.cli import lint_imports_command as lint_imports; lint_imports()"],
    ["-m", "requirements", "--check"],
    ["-m", "pointsbank", "drift"],
]


class SetUpError(Exception):
    """The machine is not ready; the message is a Chinese sentence that says what to do."""


def say(sentence: str) -> None:
    """Tell the person in the terminal."""
    print(sentence, file=sys.stderr, flush=True)


def advice(output: str) -> str:
    """What to do about a failed step, judged by its own words; without a known cause the words themselves."""
    for pattern, sentence in ADVICE:
        if re.search(pattern, output):
            return sentence
    return f"运行环境没有准备好。请再运行一次；还是这样，请把下面的内容发给技术人员：\n{output.strip()[-2000:]}"


def inner_environment() -> dict[str, str]:
    """The variables that everything inside .venv runs with."""
    kept = {name: value for name, value in os.environ.items() if name not in MISLEADING_VARIABLES}
    return {**kept, "PYTHONPATH": str(FOLDER), "PYTHONUTF8": "1"}


def inner_command(*arguments: str) -> list[str]:
    """A command line for .venv's Python; -P, or it takes modules from the folder the person stands in."""
    return [str(PYTHON), "-P", *arguments]


def stamp(requirements: Path) -> str:
    """Changes when these requirements have to be installed anew: also when the system's Python is another."""
    python = repr((sys.base_prefix, sys.version_info[:2]))
    return hashlib.sha256(requirements.read_bytes() + python.encode()).hexdigest()


def stamp_file(requirements: Path) -> Path:
    """Where .venv keeps the stamp of what was installed last."""
    return VENV / (requirements.name + ".installed")


def is_installed(requirements: Path) -> bool:
    """Whether .venv holds exactly these requirements."""
    kept = stamp_file(requirements)
    return PYTHON.exists() and kept.exists() and kept.read_text() == stamp(requirements)


def try_to_lock(file: TextIO) -> bool:
    """Take the lock that lasts until the file is closed; False while another process has it."""
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


@contextlib.contextmanager
def only_set_up() -> Iterator[TextIO]:
    """One set-up at a time. Yields the lock file, which holds a word while .venv is in doubt."""
    with (FOLDER / ".venv.lock").open("a+") as file:
        if not try_to_lock(file):
            say("另一个窗口正在安装，请稍等……")
            while not try_to_lock(file):
                time.sleep(1)
        file.seek(0)
        yield file


def make_ready(requirements: Path) -> None:
    """See that .venv holds these requirements. SetUpError: it cannot."""
    if is_installed(requirements):
        return
    with only_set_up() as lock:
        if is_installed(requirements):  # by the process that this one has waited for
            return
        was_cut_off = lock.read() != ""
        lock.write("unfinished")
        lock.flush()
        if was_cut_off or not has_pip():
            make_venv()
        output = install(requirements)
        lock.truncate(0)  # pip came to its own end, and undoes what it cannot finish: .venv is not in doubt
        if output:
            raise SetUpError(advice(output))
        stamp_file(requirements).write_text(stamp(requirements))


def has_pip() -> bool:
    """Whether .venv is there and works."""
    if not PYTHON.exists():
        return False
    command = inner_command("-c", "import pip")
    tried = subprocess.run(command, env=inner_environment(), stderr=subprocess.DEVNULL, check=False)
    return tried.returncode == 0


def make_venv() -> None:
    """Make .venv anew, whatever is left of an earlier one."""
    say("正在准备运行环境……")
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian leaves out one or both unless python3-venv is installed
        import venv  # noqa: PLC0415

        venv.EnvBuilder(clear=True, symlinks=sys.platform != "win32", with_pip=True).create(VENV)
    except ImportError as error:
        raise SetUpError(advice(str(error))) from error
    except subprocess.CalledProcessError as error:
        raise SetUpError(advice(error.output.decode(errors="replace"))) from error


def install(requirements: Path) -> str:
    """Let pip install; returns what it said when it failed, else nothing."""
    total = len(re.findall(r"(?m)^\w", requirements.read_text(encoding="utf-8")))
    say("正在安装需要的组件，第一次要几分钟，需要网络……")
    command = inner_command("-m", "pip", "install", "--no-input", "--require-hashes", "-r", str(requirements))
    output = ""
    fetched = 0
    with subprocess.Popen(
        command,
        env=inner_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as pip:
        try:
            for line in pip.stdout or ():
                output += line
                if line.startswith(("Collecting ", "Processing ")):  # from an index; from a folder
                    fetched += 1
                    say(f"  {fetched}/{total} {Path(line.split()[1]).name}")
        except KeyboardInterrupt:
            pip.kill()
            raise
    return output if pip.returncode else ""


def hand_over(*arguments: str) -> int:
    """Become the program inside. Windows cannot: there wait for it and return its exit code."""
    command = inner_command(*arguments)
    if sys.platform == "win32":
        program = subprocess.Popen(command, env=inner_environment())
        while True:
            with contextlib.suppress(KeyboardInterrupt):  # the program heard it too and ends in its own way
                return program.wait()
    os.execve(command[0], command, inner_environment())


def lint() -> int:
    """Run every check, one after another; EXIT_FAILED when any of them found something."""
    failed = []
    for step in LINT_STEPS:
        say("$ python " + " ".join(step))
        if subprocess.run(inner_command(*step), env=inner_environment(), check=False).returncode:
            failed.append(" ".join(step))
    say("lint: " + ("; ".join(failed) + " failed" if failed else "all passed"))
    return EXIT_FAILED if failed else 0


def run(words: list[str]) -> int:
    """Set up what the words need and do them; returns the exit code."""
    command, rest = (words[0], words[1:]) if words else ("", [])
    if command not in {"test", "bench", "lint", "requirements"}:
        make_ready(RUN_REQUIREMENTS)
        return hand_over("-m", "pointsbank", *words)
    make_ready(DEV_REQUIREMENTS)
    os.chdir(FOLDER)
    if command == "test":
        return hand_over("-m", "pytest", "-n", "auto", *rest)
    if command == "bench":
        return hand_over("-m", "benchmarks", *rest)
    if command == "requirements":
        return hand_over("-m", "requirements", *rest)
    return lint()


def main() -> int:
    """Answer every end that a set-up can have with a sentence and an exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run(sys.argv[1:])
    except KeyboardInterrupt:
        say("已停止。")
        return EXIT_INTERRUPTED
    except SetUpError as error:
        refuse(str(error))
    except OSError as error:
        refuse(advice(str(error)))
    return EXIT_ENVIRONMENT


def refuse(sentence: str) -> None:
    """Tell why nothing was done; a script that asked for JSON gets its one object too."""
    say(sentence)
    if "--json" in sys.argv:
        print(json.dumps({"error": {"code": "environment", "message": sentence}}, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
