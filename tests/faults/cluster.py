"""Two PostgreSQL servers kept by Patroni with etcd, on loopback ports, in a folder that is removed afterwards."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.sealing_county import free_port

LONGEST_START = 120.0  # seconds until a member answers as what it is
SERVER_USER = "postgres"
TTL = 20  # seconds, Patroni's least: how long a dead primary keeps its lease
CONFIGURATION = """
scope: county
name: {name}
restapi: {{listen: "127.0.0.1:{api}", connect_address: "127.0.0.1:{api}"}}
etcd3: {{host: "127.0.0.1:{etcd}"}}
bootstrap:
  dcs:
    ttl: {ttl}
    loop_wait: 2
    retry_timeout: 5
    primary_start_timeout: 0
    synchronous_mode: true
    postgresql:
      use_pg_rewind: true
      parameters: {{synchronous_commit: "on", wal_log_hints: "on", max_connections: 100, jit: "off"}}
  initdb: [encoding: UTF8, locale: C.UTF-8, data-checksums]
postgresql:
  listen: "127.0.0.1:{port}"
  connect_address: "127.0.0.1:{port}"
  data_dir: {data}
  bin_dir: {programs}
  pgpass: {folder}/{name}.pgpass
  pg_hba: ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust", "local all all trust"]
  parameters: {{unix_socket_directories: "{folder}"}}
  authentication:
    superuser: {{username: postgres, password: p}}
    replication: {{username: copier, password: p}}
    rewind: {{username: rewinder, password: p}}
"""


def programs() -> Path | None:
    """The programs of the system's newest PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def missing() -> list[str]:
    """The Debian packages that are not here."""
    needed = {"patroni": "patroni", "etcd": "etcd-server", "nginx": "nginx-light"}
    return [package for program, package in needed.items() if shutil.which(program) is None] + (
        [] if programs() else ["postgresql"]
    )


@dataclass
class Member:
    """A PostgreSQL and the Patroni that keeps it."""

    name: str
    port: int
    api: int
    data: Path
    process: subprocess.Popen[bytes] | None = None


@dataclass
class Cluster:
    """etcd and the members."""

    folder: Path
    members: list[Member] = field(default_factory=list)
    etcd: subprocess.Popen[bytes] | None = None
    kills: int = 0

    @property
    def address(self) -> str:
        """What DATABASE_URL says: every member, whoever is primary."""
        hosts = ",".join("127.0.0.1" for _ in self.members)
        ports = ",".join(str(member.port) for member in self.members)
        return f"postgresql://postgres@/marketplace?host={hosts}&port={ports}&target_session_attrs=primary"

    def run(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        """Start a program as the server's user, in a process group of its own."""
        command = list(words)
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={SERVER_USER}", f"--regid={SERVER_USER}", "--clear-groups", *words]
        with open(self.folder / f"{name}.log", "ab") as log:
            return subprocess.Popen(command, cwd="/", stdout=log, stderr=log, start_new_session=True)

    def start(self, member: Member) -> None:
        """Start a member's Patroni, which starts its PostgreSQL."""
        member.process = self.run(member.name, "patroni", str(self.folder / f"{member.name}.yml"))

    def role_of(self, member: Member) -> str:
        """What a member says it is: primary, replica, or nothing."""
        with suppress(OSError, ValueError, urllib.error.URLError):
            with urllib.request.urlopen(f"http://127.0.0.1:{member.api}/patroni", timeout=2) as answer:
                return _role(answer.read())
        return ""

    def primary(self) -> Member | None:
        """Who leads now."""
        return next((each for each in self.members if self.role_of(each) == "primary"), None)

    def copies_synchronously(self) -> bool:
        """Whether a standby confirms each commit before it is acknowledged."""
        for member in self.members:
            with suppress(OSError, urllib.error.URLError):
                urllib.request.urlopen(f"http://127.0.0.1:{member.api}/synchronous", timeout=2).close()
                return True
        return False

    def wait_whole(self) -> None:
        """Until there is a primary with a synchronous standby."""
        ends = time.monotonic() + LONGEST_START
        while time.monotonic() < ends:
            if self.primary() and self.copies_synchronously():
                return
            time.sleep(0.5)
        said = "\n".join(path.read_text(errors="replace")[-1500:] for path in self.folder.glob("*.log"))
        raise AssertionError(f"the cluster is not whole: {said}")

    def kill(self, member: Member) -> None:
        """End a member as a power cut would: its PostgreSQL and its Patroni in the same moment."""
        assert member.process is not None
        postmaster = int((member.data / "postmaster.pid").read_text().split()[0])
        os.killpg(member.process.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.kill(postmaster, signal.SIGKILL)
        member.process.wait()
        self.kills += 1


def _role(body: bytes) -> str:
    said = json.loads(body)
    role = {"master": "primary"}.get(said["role"], said["role"])
    return role if said["state"] == "running" else ""


@contextmanager
def cluster(folder: Path, size: int = 2) -> Iterator[Cluster]:
    """etcd and so many members, whole; all of it ended afterwards."""
    etcd, peers, bin_dir = free_port(), free_port(), programs()
    if os.geteuid() == 0:
        owner = pwd.getpwnam(SERVER_USER)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    made = Cluster(folder)
    try:
        made.etcd = made.run(
            "etcd", "etcd", "--data-dir", str(folder / "etcd"), "--listen-client-urls", f"http://127.0.0.1:{etcd}",
            "--advertise-client-urls", f"http://127.0.0.1:{etcd}", "--listen-peer-urls", f"http://127.0.0.1:{peers}",
            "--initial-advertise-peer-urls", f"http://127.0.0.1:{peers}", "--initial-cluster",
            f"default=http://127.0.0.1:{peers}",
        )  # fmt: skip
        for number in range(size):
            member = Member(f"node{number}", free_port(), free_port(), folder / f"data{number}")
            text = CONFIGURATION.format(
                name=member.name, api=member.api, etcd=etcd, ttl=TTL, port=member.port, data=member.data,
                programs=bin_dir, folder=folder,
            )  # fmt: skip
            (folder / f"{member.name}.yml").write_text(text)
            made.members.append(member)
            made.start(member)
        made.wait_whole()
        yield made
    finally:
        for member in made.members:
            if member.process is not None and member.process.poll() is None:
                member.process.terminate()
        for each in [*(member.process for member in made.members), made.etcd]:
            if each is not None:
                with suppress(subprocess.TimeoutExpired):
                    each.terminate() if each is made.etcd else None
                    each.wait(30)
                if each.poll() is None:
                    os.killpg(each.pid, signal.SIGKILL)
