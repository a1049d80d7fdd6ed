"""Makes an environment in a cache folder from a lock of Python packages and one of jars; says on stderr what it does.

    prepare.py CONTENT FOLDER REQUIREMENTS JARS

A lock that is not wanted is an empty text; without packages no Python environment is made.

The folder is complete when it holds ready.json. Preparations that run at once wait for each other: the lock belongs to the
process and ends with it, however it ends. What an interrupted preparation left behind is made anew.
"""
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
import venv

CENTRAL = "https://repo1.maven.org/maven2"


def say(text):
    print(text, file=sys.stderr, flush=True)


def main(content, folder, requirements, jars):
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with open(folder + ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another process that prepares {folder}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(os.path.join(folder, "ready.json")):
            build(content, folder, requirements, jars)


def build(content, folder, requirements, jars):
    started = time.monotonic()
    say(f"preparing {content} in {folder}: this takes some minutes, once")
    shutil.rmtree(folder, ignore_errors=True)
    paths = [fetch_jar(jar, os.path.join(folder, "jars")) for jar in read_lock(jars)]
    python = install_packages(folder, requirements) if requirements else sys.executable
    with open(os.path.join(folder, "ready.json.part"), "w") as file:
        json.dump({"python": python, "jars": paths}, file)
    os.replace(os.path.join(folder, "ready.json.part"), os.path.join(folder, "ready.json"))
    say(f"prepared in {time.monotonic() - started:.0f} s")


def install_packages(folder, requirements):
    venv.create(folder, with_pip=True)
    python = os.path.join(folder, "bin", "python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", requirements]
    subprocess.run(install, check=True, stdout=sys.stderr)
    return python


def read_lock(jars):
    if not jars:
        return []
    with open(jars) as file:
        return json.load(file)


def fetch_jar(jar, folder):
    name = f"{jar['artifact']}-{jar['version']}.jar"
    path = "/".join([*jar["group"].split("."), jar["artifact"], jar["version"], name])
    os.makedirs(folder, exist_ok=True)
    target = os.path.join(folder, name)
    local = os.path.expanduser(os.path.join("~", ".m2", "repository", *path.split("/")))
    if os.path.exists(local) and digest(local) == jar["sha256"]:
        shutil.copyfile(local, target)
        return target
    url = f"{os.environ.get('MAVEN_REPOSITORY_URL', CENTRAL).rstrip('/')}/{path}"
    say(f"fetching {url}")
    coordinates = f"{jar['group']}:{jar['artifact']}:{jar['version']}"
    remedy = f"set MAVEN_REPOSITORY_URL, or put it into ~/.m2 with: mvn dependency:get -Dtransitive=false -Dartifact={coordinates}"
    try:
        with urllib.request.urlopen(url, timeout=60) as response, open(target, "wb") as file:
            shutil.copyfileobj(response, file)
    except OSError as error:
        raise SystemExit(f"{url}: found {error}, expected the jar; {remedy}")
    found = digest(target)
    if found != jar["sha256"]:
        raise SystemExit(f"{url}: found SHA-256 {found}, expected {jar['sha256']}; {remedy}")
    return target


def digest(path):
    sha256 = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            sha256.update(block)
    return sha256.hexdigest()


if __name__ == "__main__":
    main(*sys.argv[1:])
