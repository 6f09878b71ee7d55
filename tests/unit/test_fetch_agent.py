"""The JMX exporter comes into the image as it was when it was chosen, or not at all."""

import hashlib
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from support.programs import ROOT, load

PROGRAM = ROOT / "images/playground/fetch_agent.py"


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, without a log."""

    def log_message(self, *_):
        pass


@pytest.fixture
def agent():
    """The program as a module."""
    return load("images/playground/fetch_agent.py")


@pytest.fixture
def repository(tmp_path, agent):
    """A Maven repository on loopback: its address, and where the jar belongs."""
    folder = tmp_path / "repository" / agent.GROUP.replace(".", "/") / agent.NAME / agent.VERSION
    folder.mkdir(parents=True)
    handler = partial(Quiet, directory=tmp_path / "repository")
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder / f"{agent.NAME}-{agent.VERSION}.jar"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_jar_that_was_chosen_is_taken(tmp_path, agent, repository, monkeypatch):
    address, jar = repository
    jar.write_bytes(b"the agent")
    monkeypatch.setattr(agent, "SHA256", hashlib.sha256(b"the agent").hexdigest())

    agent.fetch(tmp_path / "agent.jar", address)

    assert (tmp_path / "agent.jar").read_bytes() == b"the agent"


def test_another_jar_is_refused(tmp_path, agent, repository):
    address, jar = repository
    jar.write_bytes(b"another agent")

    with pytest.raises(ValueError, match="has SHA-256"):
        agent.fetch(tmp_path / "agent.jar", address)

    assert not (tmp_path / "agent.jar").exists()


def test_a_repository_without_it_is_named_with_the_next_step(tmp_path, repository):
    address, _ = repository

    ran = subprocess.run(
        [sys.executable, PROGRAM, tmp_path / "agent.jar", address],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 1
    assert "cannot be put into the image" in ran.stderr
    assert "Next: build with --build-arg MAVEN_REPOSITORY=" in ran.stderr
    assert "Traceback" not in ran.stderr
