"""Set up this folder for `make run` (runtime packages, front end) or `make test` (all packages, a browser).

Runs on whatever python3 the machine has, before anything is installed: standard library only, and old syntax,
so that an old Python reads far enough to say that it is too old. Doing it again costs a few milliseconds.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FRONT_END_SOURCES = ("package.json", "package-lock.json", "marketplace/front_end")


class SetUpFailed(Exception):
    """Set-up cannot go on; the text says why and what to do."""


def say(text):
    """One line for the person waiting."""
    print(text, file=sys.stderr, flush=True)


def check_python():
    """The marketplace needs Python 3.11."""
    if sys.version_info < (3, 11):  # noqa: UP036 (an older one runs this very line)
        raise SetUpFailed(
            "Python 3.11 or newer is needed; {} is {}.{}. On Debian 12 or newer: apt-get install -y python3 "
            "python3-venv. Another one is chosen with PYTHON=python3.12 make run".format(
                sys.executable, *sys.version_info[:2]
            )
        )


def digest(paths, *more):
    """A fingerprint of files and folders, so that work is done again exactly when they change."""
    seen = hashlib.sha256("\0".join((ROOT, sys.version) + more).encode())
    for path in paths:
        full = os.path.join(ROOT, path)
        files = [full] if os.path.isfile(full) else []
        for folder, folders, names in os.walk(full):
            folders[:] = sorted(f for f in folders if f not in ("node_modules", "__pycache__"))
            files += [os.path.join(folder, name) for name in sorted(names)]
        for name in files:
            seen.update(name.encode())
            with open(name, "rb") as file:
                seen.update(file.read())
    return seen.hexdigest()


def stamp_path(name):
    """Where the fingerprint of the last finished work is kept."""
    return os.path.join(VENV, ".stamp-" + name)


def is_done(name, fingerprint):
    """Whether this very work was finished before."""
    with contextlib.suppress(OSError), open(stamp_path(name)) as file:
        return file.read() == fingerprint
    return False


def mark_done(name, fingerprint):
    """Remember the finished work; written at the end, so that an interrupted set-up starts over."""
    with open(stamp_path(name), "w") as file:
        file.write(fingerprint)


def run(command, failure, **options):
    """Run a command quietly; show all it said when it fails."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options)
    if done.returncode:
        raise SetUpFailed(done.stdout.decode(errors="replace")[-4000:] + "\n" + failure)


def is_whole_venv():
    """Whether .venv is there, belongs to this Python version and has pip: a set-up cut short leaves one without."""
    look = "import pip, sys; sys.exit(sys.version_info[:2] != ({}, {}))".format(*sys.version_info[:2])
    try:
        return subprocess.call([VENV_PYTHON, "-c", look], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_venv():
    """The project's own Python; a machine without the venv module is told what to install."""
    fingerprint = digest([], "venv")
    if is_done("venv", fingerprint) and os.path.exists(VENV_PYTHON):
        return
    if is_whole_venv():  # made by hand or with another tool
        mark_done("venv", fingerprint)
        return
    try:
        import ensurepip  # noqa: F401  (Debian cuts it out of python3 into python3-venv)
        import venv  # noqa: F401
    except ImportError as error:
        raise SetUpFailed(
            "Python's {} module is missing. On Debian: apt-get install -y python3-venv".format(error.name)
        ) from error
    say("Making .venv ...")
    shutil.rmtree(VENV, ignore_errors=True)
    run(
        [sys.executable, "-m", "venv", VENV],
        "python3 -m venv failed. On Debian: apt-get install -y python3-venv",
    )
    mark_done("venv", fingerprint)


def install(requirements, *options):
    """Install pinned packages; pip refuses any file whose hash is not the written one."""
    command = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    run(
        [*command, "--no-compile", "--require-hashes", "-r", requirements, *options],
        "The packages of {} could not be installed. Is the network there? Behind a mirror set PIP_INDEX_URL.".format(
            requirements
        ),
    )


def install_packages(requirements, name):
    """The packages of one requirements file, once."""
    fingerprint = digest([requirements])
    if is_done(name, fingerprint):
        return
    say("Installing the packages of {} ...".format(requirements))
    install(requirements)
    mark_done(name, fingerprint)


def write_command():
    """Make `.venv/bin/marketplace`; a path file and four lines of shell need no build tools."""
    fingerprint = digest([], "command 1")
    if is_done("command", fingerprint):
        return
    version = "python{}.{}".format(*sys.version_info[:2])
    with open(os.path.join(VENV, "lib", version, "site-packages", "marketplace.pth"), "w") as file:
        file.write(ROOT + "\n")
    command = os.path.join(VENV, "bin", "marketplace")
    with open(command, "w") as file:
        # -P: a file calendar.py in the folder of the caller must not take the place of Python's own
        file.write('#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/python" -P -m marketplace.cli "$@"\n')
    os.chmod(command, 0o755)
    mark_done("command", fingerprint)


def has_node():
    """Whether the machine brings Node.js 18 or newer and npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return False
    answer = subprocess.run([node, "--version"], stdout=subprocess.PIPE, check=False).stdout.decode()
    try:
        return int(answer.lstrip("v").split(".")[0]) >= 18
    except ValueError:
        return False


def build_front_end():
    """Compile style sheets and scripts; where the machine has no Node.js it comes as a Python package."""
    fingerprint = digest(FRONT_END_SOURCES)
    built = os.path.join(ROOT, "marketplace", "static", "built")
    if not os.path.isdir(os.path.join(ROOT, "marketplace", "front_end")):
        return
    if is_done("front-end", fingerprint) and os.path.isdir(built):
        return
    environment = dict(os.environ)
    if not has_node():
        node_folder = os.path.join(VENV, "node")
        if not os.path.exists(os.path.join(node_folder, "bin", "node")):
            say("No Node.js here: installing it into .venv ...")
            # a folder of its own, so that it can be fetched while the other packages are being installed
            install("requirements-node.txt", "--target", node_folder)
        environment["PATH"] = os.path.join(node_folder, "bin") + os.pathsep + environment["PATH"]
        environment["PYTHONPATH"] = node_folder
    say("Compiling the front end ...")
    run([VENV_PYTHON, "-m", "marketplace.front_end.build"], "The front end could not be compiled.", env=environment)
    mark_done("front-end", fingerprint)


def has_browser():
    """Whether Chromium is there for the browser tests."""
    return bool(os.environ.get("CHROMIUM")) or any(shutil.which(name) for name in BROWSERS)


def install_browser():
    """Chromium from Debian's packages where we may; else the browser tests are left out, loudly."""
    if has_browser():
        return
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    may = shutil.which("apt-get") and (not sudo or subprocess.call([*sudo, "true"], stderr=subprocess.DEVNULL) == 0)
    line = "apt-get update && apt-get install -y --no-install-recommends chromium fonts-noto-cjk"
    if may:
        say("Installing Chromium for the browser tests ...")
        with contextlib.suppress(SetUpFailed):
            quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
            run([*sudo, "sh", "-c", line], "", env=quiet)
    if has_browser():
        return
    if os.environ.get("CI") == "true":
        raise SetUpFailed("CI=true, but there is no Chromium for the browser tests. On Debian, as root: " + line)
    say("=" * 100)
    say("THE BROWSER TESTS WILL BE SKIPPED: there is no Chromium and it cannot be installed here.")
    say("On Debian, as root: " + line)
    say("=" * 100)


def in_parallel(*jobs):
    """Run the jobs at the same time; the first failure is the failure of all."""
    failures = []

    def guarded(job):
        try:
            job()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def set_up(purpose):
    """All that `make run` or `make test` needs."""
    check_python()
    os.chdir(ROOT)
    make_venv()
    if purpose == "test":
        in_parallel(lambda: install_packages("requirements-dev.txt", "test"), build_front_end, install_browser)
    elif not is_done("test", digest(["requirements-dev.txt"])):  # which holds the runtime packages too
        in_parallel(lambda: install_packages("requirements.txt", "run"), build_front_end)
    else:
        build_front_end()
    write_command()


if __name__ == "__main__":
    try:
        set_up(sys.argv[1] if len(sys.argv) > 1 else "run")
    except SetUpFailed as failure:
        say(str(failure))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
