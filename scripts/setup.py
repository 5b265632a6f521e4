"""Set up this folder for `make run` (runtime packages, front end) or `make test` (all packages, a browser).

Runs on whatever python3 the machine has, before anything is installed: standard library only, and old syntax,
so that an old Python reads far enough to say that it is too old. Doing it again costs a few milliseconds.
"""

import contextlib
import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from functools import partial

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BUILT = os.path.join(ROOT, "marketplace", "static", "built")


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
        # never the one inside the folder that was just removed
        [getattr(sys, "_base_executable", sys.executable), "-m", "venv", VENV],
        "python3 -m venv failed. On Debian: apt-get install -y python3-venv",
    )
    mark_done("venv", fingerprint)


def pinned_packages(requirements):
    """The packages of a requirements file, each with its hashes."""
    packages = []
    with open(os.path.join(ROOT, requirements)) as file:
        for line in file:
            if line[:1] not in "# \n":
                packages.append(line)
            elif line.startswith("    --hash"):
                packages[-1] += line
    return packages


def install(packages, name):
    """Install pinned packages; pip refuses any file whose hash is not the written one."""
    part = os.path.join(VENV, "requirements-{}.txt".format(name))
    with open(part, "w") as file:
        file.writelines(packages)
    command = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    run(
        # everything is pinned, so pip need not work out what belongs together (`make check` does, with pip check)
        [*command, "--no-compile", "--no-deps", "--require-hashes", "-r", part],
        "The packages could not be installed. Is the network there? Behind a mirror set PIP_INDEX_URL.",
    )


def install_packages(requirements, name):
    """The packages of one requirements file, once; in parts at the same time, which halves the first start."""
    fingerprint = digest([requirements])
    if is_done(name, fingerprint):
        return
    say("Installing the packages of {} ...".format(requirements))
    packages = pinned_packages(requirements)
    parts = 3
    in_parallel(*[partial(install, packages[number::parts], "{}-{}".format(name, number)) for number in range(parts)])
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


def build_front_end():
    """Compile style sheets and scripts, with Node.js from PyPI where the machine has none (standard library only)."""
    fingerprint = digest(["marketplace/front_end"])
    if is_done("front-end", fingerprint) and os.path.isdir(BUILT):
        return
    say("Compiling the front end ...")
    run([VENV_PYTHON, "-m", "marketplace.front_end.build"], "The front end could not be compiled.")
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


# what the PDFs of official papers need from the system: the package, and a file that shows that it is there
PAPER_PACKAGES = (
    ("libpango-1.0-0", "libpango-1.0.so.0"),
    ("libpangoft2-1.0-0", "libpangoft2-1.0.so.0"),
    ("libharfbuzz-subset0", "libharfbuzz-subset.so.0"),
)
FONT_PACKAGE = "fonts-noto-cjk"
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", os.path.expanduser("~/.local/share/fonts"))


def missing_for_papers():
    """The Debian packages that the PDFs of official papers need and this machine lacks."""
    missing = []
    for package, library in PAPER_PACKAGES:
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    files = [name for folder in FONT_FOLDERS for _, _, names in os.walk(folder) for name in names]
    if not any(name.startswith("NotoSerifCJK") for name in files):
        missing.append(FONT_PACKAGE)
    return missing


def install_paper_libraries():
    """What PDFs need, from Debian's packages where root runs set-up; else everything but PDF works, and it is said."""
    missing = missing_for_papers()
    if not missing:
        return
    line = "apt-get update && apt-get install -y --no-install-recommends " + " ".join(missing)
    if shutil.which("apt-get") and os.geteuid() == 0:
        say("Installing {} for the PDFs of official papers ...".format(", ".join(missing)))
        with contextlib.suppress(SetUpFailed):
            run(["sh", "-c", line], "", env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"))
    if not missing_for_papers():
        return
    if os.environ.get("CI") == "true":
        raise SetUpFailed("CI=true, but official papers cannot be made as PDF. On Debian, as root: " + line)
    say("=" * 100)
    say("NO PDF: official papers are made as pages and DOCX only, and the tests of PDF are skipped.")
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


# the schemas of the Open Contracting Data Standard stand in no wheel, but among the tests of two source packages
OCDS_FILES = {
    "release-schema.json": "ocdsextensionregistry", "release-package-schema.json": "ocdskit",
    "versioned-release-validation-schema.json": "ocdsextensionregistry",
}


def take_ocds_schemas():
    """The official schemas that the public record is held against, out of pinned source packages."""
    fingerprint = digest(["requirements-ocds.txt"], *OCDS_FILES)
    folder = os.path.join(VENV, "ocds")
    if is_done("ocds", fingerprint) and all(os.path.exists(os.path.join(folder, name)) for name in OCDS_FILES):
        return
    say("Taking the schemas of the public record from their source packages ...")
    shutil.rmtree(folder, ignore_errors=True)
    command = [VENV_PYTHON, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--no-binary", ":all:", "--require-hashes", "-d", folder]
    try:
        run(
            [*command, "-r", "requirements-ocds.txt"],
            "The schemas of the public record could not be taken. Is the network there?",
        )
    except SetUpFailed as failure:
        if os.environ.get("CI") == "true":
            raise
        say("THE RECORD WILL NOT BE HELD AGAINST ITS OFFICIAL SCHEMAS: " + str(failure)[-300:])
        return
    for package in sorted(os.listdir(folder)):
        with tarfile.open(os.path.join(folder, package)) as archive:
            for member in archive.getmembers():
                parts = member.name.split("/")
                wanted = package.startswith(OCDS_FILES.get(parts[-1], "nothing "))
                if wanted and parts[1:-1] == ["tests", "fixtures"]:
                    with open(os.path.join(folder, parts[-1]), "wb") as file:
                        file.write(archive.extractfile(member).read())
        os.unlink(os.path.join(folder, package))
    mark_done("ocds", fingerprint)


def install_from_debian():
    """The browser first, then the papers: apt works for one at a time."""
    install_browser()
    install_paper_libraries()


def set_up(purpose):
    """All that `make run` or `make test` needs."""
    check_python()
    os.chdir(ROOT)
    make_venv()
    if purpose == "test":
        in_parallel(lambda: install_packages("requirements-dev.txt", "test"), build_front_end, install_from_debian)
        take_ocds_schemas()
    elif not is_done("test", digest(["requirements-dev.txt"])):  # which holds the runtime packages too
        in_parallel(lambda: install_packages("requirements.txt", "run"), build_front_end)
    else:
        build_front_end()
    write_command()
    if purpose == "papers":
        install_paper_libraries()
    elif purpose == "run" and missing_for_papers():
        # the fonts are 91 MB: a first start does not wait for them
        missing = ", ".join(missing_for_papers())
        say("PDFs are not made yet (pages and DOCX are): make papers installs {}".format(missing))


if __name__ == "__main__":
    try:
        set_up(sys.argv[1] if len(sys.argv) > 1 else "run")
    except SetUpFailed as failure:
        say(str(failure))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
