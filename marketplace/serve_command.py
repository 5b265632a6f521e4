"""`marketplace serve`: the embedded database, two web processes and the worker, under one small supervisor.

The supervisor loads no page and no library of the application. It starts the first web process and the database at
the same time, brings the database up to date, and starts the rest once the first page was served. Children die
with it, also when it is killed with -9, so that the next start finds the port free.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from marketplace.kernel import devdb
from marketplace.kernel.settings import PROJECT_FOLDER, Settings

PR_SET_PDEATHSIG = 1
STOP_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
LONGEST_FIRST_PAGE = 120.0  # seconds from the ready database to the first page
LONGEST_FIRST_VISIT = 5.0  # seconds; the web process says sooner that it has loaded what its first page did not need
MOST_TRIES = 5  # for work that is done once; a web process or the worker is tried for ever
LONGEST_STOP = 15.0  # seconds for children to end by themselves; a web process gives its requests ten
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a crashed child is started again


class CannotServe(RuntimeError):
    """Serving cannot begin; the text says why and what to do."""


@dataclass(frozen=True)
class Plan:
    """What to serve and where."""

    host: str
    port: int
    web_processes: int
    with_worker: bool
    fill_demo: bool


@dataclass
class Child:
    """A process that is started again when it crashes."""

    name: str
    command: list[str]
    socket_number: int | None = None
    once: bool = False  # its work is done when it ends well
    process: subprocess.Popen[str] | None = None
    pause: float = FIRST_PAUSE
    began: float = 0.0
    start_again_at: float | None = None
    tries: int = 0


@dataclass
class Household:
    """The supervisor's children and the environment they live in."""

    environment: Mapping[str, str]
    children: list[Child] = field(default_factory=list)


def main(argv: list[str]) -> int:
    """Serve until told to stop. 0 when stopped, 1 when serving could not begin."""
    settings = Settings.from_environment()
    plan = read_plan(argv, settings)
    # Blocked, they wait until the supervisor asks for them: no signal can fall between two steps of a start or stop.
    signal.pthread_sigmask(signal.SIG_BLOCK, {*STOP_SIGNALS, signal.SIGCHLD})
    signal.signal(signal.SIGCHLD, lambda *_: None)  # ignored by default, and ignored signals cannot be waited for
    household = Household(environment(settings, plan))
    try:
        with open_port(plan) as listening:
            start_all(household, plan, settings, listening)
            watch(household)
        return 0
    except Stopped:
        return 0
    except (CannotServe, devdb.DatabaseNotReady) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    finally:
        stop_all(household)
        if not settings.database_url:
            devdb.stop_if_unused()


class Stopped(Exception):
    """Someone asked the supervisor to stop."""


def read_plan(argv: list[str], settings: Settings) -> Plan:
    """The command line; the environment names the port."""
    parser = argparse.ArgumentParser(prog="marketplace serve", description="Serve the marketplace and run its worker.")
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"), help="address to listen on")
    parser.add_argument("--port", type=int, default=settings.port, help="port to listen on (PORT)")
    parser.add_argument("--web-processes", type=int, default=int(os.environ.get("WEB_PROCESSES", "2")), metavar="N")
    parser.add_argument("--no-worker", action="store_true", help="leave the worker to another machine")
    parser.add_argument("--no-fill", action="store_true", help="leave the demo county empty")
    given = parser.parse_args(argv)
    return Plan(given.host, given.port, max(1, given.web_processes), not given.no_worker, not given.no_fill)


def environment(settings: Settings, plan: Plan) -> dict[str, str]:
    """What the children are told: without a DATABASE_URL this is a demo county unless MARKETPLACE_DEMO says no."""
    told = {**os.environ, "PORT": str(plan.port), "PYTHONUNBUFFERED": "1", "PICCOLO_CONF": "piccolo_conf"}
    told["MARKETPLACE_SUPERVISED"] = "1"  # the supervisor starts and stops the embedded database
    if not settings.database_url:
        told.setdefault("MARKETPLACE_DEMO", "1")
    return told


def open_port(plan: Plan) -> socket.socket:
    """Take the port before anything else is started; the web processes inherit it. Raises CannotServe."""
    family = socket.AF_INET6 if ":" in plan.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the last run may linger
    try:
        listening.bind((plan.host, plan.port))
    except OSError as error:
        listening.close()
        raise CannotServe(why_not_bound(error, plan)) from error
    listening.listen(1024)
    listening.setblocking(False)
    return listening


def why_not_bound(error: OSError, plan: Plan) -> str:
    """Why the port could not be taken, and how to choose another."""
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {plan.port} on {plan.host} is busy: perhaps the marketplace is running already "
            f"(http://{plan.host}:{plan.port}). Choose another port like this: PORT={plan.port + 1} make run"
        )
    if error.errno == errno.EACCES:
        return f"Port {plan.port} needs root. Choose one above 1023 like this: PORT=8000 make run"
    return f"{plan.host}:{plan.port} cannot be listened on: {error.strerror}."


def start_all(household: Household, plan: Plan, settings: Settings, listening: socket.socket) -> None:
    """Database and first web process side by side, then the rest. Raises CannotServe or Stopped."""
    first = web_child(1, listening, "first")
    household.children.append(first)
    start(first, household)
    if not settings.database_url:
        devdb.ensure(household.environment.get("MARKETPLACE_DATABASE", "marketplace"))
    bring_up_to_date(household)
    let_serve(first)
    wait_until_ready(first)
    is_demo = household.environment.get("MARKETPLACE_DEMO") in ("1", "true", "yes")
    is_rehearsal = settings.is_rehearsal
    announce(plan, is_demo, is_rehearsal)
    wait_for_first_visit(first)
    rest = [web_child(number, listening) for number in range(2, plan.web_processes + 1)]
    if plan.with_worker:
        rest.append(Child("worker", python("marketplace.cli", "worker")))
    if plan.fill_demo and is_demo:
        filling = ("rehearse", "--fill") if is_rehearsal else ("demo", "fill")
        rest.append(Child("demo county", python("marketplace.cli", *filling), once=True))
    for child in rest:
        household.children.append(child)
        start(child, household)
        let_serve(child)


def bring_up_to_date(household: Household) -> None:
    """Run the migrations that are missing, in a process of their own. Raises CannotServe."""
    migrate, told = python("marketplace.cli", "migrate"), dict(household.environment)
    if subprocess.call(migrate, cwd=PROJECT_FOLDER, env=told, preexec_fn=bind_life_to(os.getpid())):
        raise CannotServe("The marketplace cannot start on a database that is not up to date.")


def python(module: str, *words: str) -> list[str]:
    """Run a module with this very Python; -P keeps files of the current folder from taking a library's place."""
    return [sys.executable, "-P", "-m", module, *words]


def web_child(number: int, listening: socket.socket, *words: str) -> Child:
    """A web process on the shared listening socket; told “first”, it answers before all its pages are loaded."""
    command = python("marketplace.web_process", str(listening.fileno()), *words)
    return Child(f"web {number}", command, socket_number=listening.fileno())


def start(child: Child, household: Household) -> None:
    """Start a child that cannot outlive this process."""
    is_web = child.socket_number is not None
    child.process = subprocess.Popen(
        child.command,
        cwd=PROJECT_FOLDER,
        env=dict(household.environment),
        stdin=subprocess.PIPE if is_web else subprocess.DEVNULL,
        stdout=subprocess.PIPE if is_web else None,
        pass_fds=(child.socket_number,) if child.socket_number is not None else (),
        text=True,
        start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops its children in order
        preexec_fn=bind_life_to(os.getpid()),
    )
    child.began, child.start_again_at = time.monotonic(), None


def bind_life_to(parent: int) -> Callable[[], None]:
    """Made in the parent, run in the child: die when the parent dies, and hear signals again."""
    libc = ctypes.CDLL(None)

    def bind() -> None:
        # KILL and not TERM: the port must be free at once, and what is committed is safe
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    return bind


def let_serve(child: Child) -> None:
    """Tell a web process that the database is ready."""
    if child.process is not None and child.process.stdin is not None:
        try:
            child.process.stdin.write("go\n")
            child.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended; the watch sees that


def wait_until_ready(first: Child) -> None:
    """Wait for the first web process. Raises CannotServe when it ends instead, Stopped when told to stop."""
    assert first.process is not None and first.process.stdout is not None
    until = time.monotonic() + LONGEST_FIRST_PAGE
    while time.monotonic() < until:
        if signal.sigtimedwait(STOP_SIGNALS, 0):
            raise Stopped
        readable, _, _ = select.select([first.process.stdout], [], [], 0.1)
        if readable:
            if first.process.stdout.readline() == "ready\n":
                return
            raise CannotServe("The marketplace could not start; what went wrong is written above.")
    raise CannotServe(f"The marketplace did not start within {LONGEST_FIRST_PAGE:.0f} seconds.")


def wait_for_first_visit(first: Child) -> None:
    """Leave both cores to the first pages: the other processes load as much again. Raises Stopped when told to stop."""
    assert first.process is not None and first.process.stdout is not None
    until = time.monotonic() + LONGEST_FIRST_VISIT
    while time.monotonic() < until:
        if signal.sigtimedwait(STOP_SIGNALS, 0):
            raise Stopped
        if select.select([first.process.stdout], [], [], 0.1)[0]:
            return  # it says so, or it has ended, which the watch sees


def announce(plan: Plan, is_demo: bool, is_rehearsal: bool = False) -> None:
    """Say where the marketplace is, for people and for the scripts that wait for it."""
    host = f"[{plan.host}]" if ":" in plan.host else plan.host
    print(f"The marketplace is open: http://{host}:{plan.port}  (stop it with Ctrl-C)", flush=True)
    if is_rehearsal:
        print(f"This is a rehearsal; begin at http://{host}:{plan.port}/rehearsal", flush=True)
    elif is_demo:
        print("This is a demo county; its accounts are on the sign-in page and in `marketplace demo accounts`.")
        sys.stdout.flush()


def watch(household: Household) -> None:
    """Start crashed children again, ever more slowly, until told to stop."""
    while True:
        waiting = [child.start_again_at for child in household.children if child.start_again_at is not None]
        pause = min((max(0.0, moment - time.monotonic()) for moment in waiting), default=60.0)
        heard = signal.sigtimedwait({*STOP_SIGNALS, signal.SIGCHLD}, pause)
        if heard is not None and heard.si_signo in STOP_SIGNALS:
            return
        for child in household.children:
            look_after(child, household)


def look_after(child: Child, household: Household) -> None:
    """Notice an ended child and start it again when its pause is over."""
    now = time.monotonic()
    if child.process is not None and child.process.poll() is not None:
        code, child.process = child.process.returncode, None
        child.tries += 1
        if child.once and (code == 0 or child.tries >= MOST_TRIES):
            return
        child.pause = FIRST_PAUSE if now - child.began > LONGEST_PAUSE else min(child.pause * 2, LONGEST_PAUSE)
        child.start_again_at = now + child.pause
        print(f"{child.name} ended with {code}; starting it again in {child.pause:.0f} s.", file=sys.stderr, flush=True)
    if child.start_again_at is not None and child.start_again_at <= now:
        start(child, household)
        let_serve(child)


def stop_all(household: Household) -> None:
    """Ask every child to end, and end those that do not."""
    living = [child.process for child in household.children if child.process is not None]
    for process in living:
        process.terminate()
    until = time.monotonic() + LONGEST_STOP
    for process in living:
        try:
            process.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
