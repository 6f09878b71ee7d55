"""`playground up --with ksqldb`: a container beside the broker, in step with the life of the stack.

The container is real; what runs in it answers as a real ksqlDB was recorded.
"""

import json
import os
import signal
import urllib.request

import pytest
from support import ksqldb_stand_in as stand_in
from support.free_ports import free_port
from support.playground_process import COMMAND, PlaygroundProcess, alive, listening

from playground.errors import StackError
from playground.ksqldb.statements import read_statements
from playground.local.ksqldb import container_name
from playground.waiting import wait_until

pytestmark = pytest.mark.slow
SECONDS = 60


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    stand_in.build(tmp_path_factory.mktemp("image"))
    yield stand_in.IMAGE
    stand_in.remove()


class WithKsqlDb(PlaygroundProcess):
    """`playground up --with ksqldb`."""

    up_command = (*COMMAND, "up", "--with", "ksqldb")

    @property
    def container(self):
        return container_name(self.settings)

    @property
    def port(self):
        return self.settings.ksqldb.port

    def __exit__(self, *exc):
        super().__exit__(*exc)
        stand_in.docker("rm", "--force", self.container, check=False)


@pytest.fixture
def playground(tmp_path, image):
    port = str(free_port())
    with WithKsqlDb(tmp_path / "data", KSQLDB_PORT=port, KSQLDB_IMAGE=image) as process:
        yield process


def assert_nothing_is_left(playground, pids):
    wait_until(lambda: not alive(pids), f"the end of all children, alive are {alive(pids)}", SECONDS)
    wait_until(lambda: not stand_in.is_there(playground.container), "the container to be removed", SECONDS)
    assert listening([*playground.ports(), playground.port]) == []


def test_ksqldb_joins_and_ctrl_c_takes_it_away(playground):
    playground.up()

    with urllib.request.urlopen(f"{playground.settings.api.url}/stream-table") as answer:
        assert json.load(answer)["engine"] == "ksqldb"
    status = playground.json("status")
    assert status["addresses"]["ksqlDB"] == f"http://127.0.0.1:{playground.port}"
    assert {one["name"]: one["state"] for one in status["services"]}["ksqldb"] == "running"
    count = len(read_statements())
    assert f"{count} of {count} statements were new" in status["steps"][-1]["detail"]
    statements = playground.json("ksql", "status")["statements"]  # finds it without a variable
    assert {one["state"] for one in statements} == {"there"}
    assert "stands in for ksqlDB" in (playground.settings.data_dir / "logs" / "ksqldb.log").read_text()
    refused = playground.run("kill", "ksqldb", check=1)
    assert "docker kill" in refused.stderr
    pids = playground.child_pids()

    playground.process.send_signal(signal.SIGINT)

    assert playground.process.wait(SECONDS) == 0
    assert_nothing_is_left(playground, pids)


def test_kill_9_leaves_no_container_and_the_next_start_has_one(playground):
    playground.up()
    pids = playground.child_pids()

    playground.process.kill()
    playground.process.wait()

    assert_nothing_is_left(playground, pids)
    playground.run("up", "--detach", "--with", "ksqldb")
    assert stand_in.is_there(playground.container)
    playground.run("down")
    assert not stand_in.is_there(playground.container)


def test_ctrl_c_while_it_starts_leaves_no_container(playground):
    playground.start()
    wait_until(
        lambda: any(one["name"] == "ksqldb" for one in playground.stack.status()["services"]),
        "the container to be asked for",
        SECONDS,
        ignore=(StackError,),
    )
    pids = playground.child_pids()

    playground.process.send_signal(signal.SIGINT)

    assert playground.process.wait(SECONDS) == 0
    assert_nothing_is_left(playground, pids)


def test_a_container_that_ends_is_started_again_even_when_its_name_is_taken(playground):
    playground.up()

    def running():
        return stand_in.docker("ps", "--quiet", "--filter", f"name=^{playground.container}$")

    first = running()
    client = next(one for one in playground.stack.status()["services"] if one["name"] == "ksqldb")["pid"]
    os.killpg(client, signal.SIGKILL)  # `docker run` alone: its container lives on
    second = wait_until(lambda: running() not in {"", first} and running(), "another container", SECONDS)
    stand_in.docker("kill", playground.container)
    wait_until(lambda: running() not in {"", second}, "a third one", SECONDS)
    assert playground.stack.status()["phase"] == "ready", "orders are taken meanwhile"


def test_without_its_image_nothing_is_started(playground):
    image = f"127.0.0.1:{free_port()}/ksqldb:none"
    playground.environment["PLAYGROUND_KSQLDB_IMAGE"] = image

    done = playground.run("up", "--with", "ksqldb", check=3)

    assert f"error: the image of ksqlDB, {image}, cannot be had: " in done.stderr
    assert f"next: docker pull {image}" in done.stderr
    assert not (playground.settings.data_dir / "broker").exists()
