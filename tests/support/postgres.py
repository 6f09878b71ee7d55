"""A PostgreSQL server for tests: its own folder, a free port, loopback only."""

import getpass
import os
import shutil
import subprocess
from itertools import count
from pathlib import Path

import psycopg

from support.free_ports import free_port


def find_postgres() -> Path | None:
    """The folder of `initdb` and `pg_ctl`, newest version first."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("pg_ctl")
    folders = [*debian, *([Path(on_path).parent] if on_path else [])]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


class Postgres:
    """One server. `new_database` gives a URL of a database that nobody else uses."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        self.port = free_port()
        self._names = count(1)

    def start(self) -> None:
        """Make the cluster and start it."""
        self._folder.mkdir()
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self._folder.parent.chmod(0o755)
            shutil.chown(self._folder, "postgres")
        data = self._folder / "data"
        self._run("initdb", "--no-sync", "--auth=trust", "--username=playground", "-D", str(data))
        self.restart()

    def restart(self) -> None:
        """Start the server over the cluster that is there."""
        data = str(self._folder / "data")
        options = f"-p {self.port} -h 127.0.0.1 -k {self._folder}"
        self._run("pg_ctl", "-D", data, "-l", str(self._folder / "log"), "-o", options, "-w", "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; clients see their connections end."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", mode, "-w", "stop")

    def new_database(self) -> str:
        """The URL of a fresh, empty database."""
        name = f"test_{next(self._names)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql://playground@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments]
        if os.geteuid() == 0 and getpass.getuser() != "postgres":
            command = ["runuser", "-u", "postgres", "--", *command]
        log = self._folder.parent / f"{self._folder.name}-{program}.log"
        with log.open("ab") as output:
            done = subprocess.run(command, stdout=output, stderr=output, cwd="/", check=False)
        assert done.returncode == 0, f"{program} failed: {log.read_text()}"
