"""A PostgreSQL server of the machine's own packages, for one group of rows."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from bench.measure import Skipped
from playground.waiting import wait_until

if TYPE_CHECKING:
    from bench.lab import Lab


def find_postgres() -> Path:
    """The folder of `initdb` and `postgres`, newest version first.

    Raises Skipped when there is none.
    """
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("pg_ctl")
    folders = [*debian, *([Path(on_path).resolve().parent] if on_path else [])]
    for folder in folders:
        if (folder / "initdb").exists():
            return folder
    raise Skipped("PostgreSQL is not installed (Debian: postgresql)")


class PostgresServer:
    """Started as a child of ours, so that its CPU time counts as ours."""

    def __init__(self, lab: Lab) -> None:
        self._binaries = find_postgres()
        self._port = lab.port(0)
        self._count = 0
        folder = lab.new_folder()
        as_root = os.geteuid() == 0 and getpass.getuser() != "postgres"  # it refuses to run as root
        prefix = ["runuser", "-u", "postgres", "--"] if as_root else []
        if as_root:
            lab.folder.chmod(0o755)
            shutil.chown(folder, "postgres")
        data = str(folder / "data")
        initdb = [str(self._binaries / "initdb"), "--auth=trust", "--username=bench", "-D", data]
        subprocess.run([*prefix, *initdb], check=True, capture_output=True, cwd="/")
        server = [str(self._binaries / "postgres"), "-D", data, "-p", str(self._port)]
        lab.start("postgres", [*prefix, *server, "-h", "127.0.0.1", "-k", str(folder)])
        wait_until(self._answers, "PostgreSQL to answer", 30, ignore=(psycopg.Error,))

    @property
    def version(self) -> str:
        """As it reports it."""
        with psycopg.connect(self._url("postgres")) as connection:
            return str(connection.info.server_version)

    def new_database(self) -> str:
        """The URL of an empty database; the one before it is dropped."""
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS bench_{self._count} WITH (FORCE)")
            self._count += 1
            connection.execute(f"CREATE DATABASE bench_{self._count}")
            connection.execute("CHECKPOINT")  # nobody shall pay for the one before
        return self._url(f"bench_{self._count}")

    def _answers(self) -> bool:
        psycopg.connect(self._url("postgres"), connect_timeout=2).close()
        return True

    def _url(self, name: str) -> str:
        return f"postgresql://bench@127.0.0.1:{self._port}/{name}"
