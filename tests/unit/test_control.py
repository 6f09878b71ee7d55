"""The control socket between the API (or the command line) and the supervisor."""

import socket
import tempfile
from pathlib import Path

import pytest

from playground.errors import InvalidValue, StackError
from playground.local.control import Control, _result, encode_error
from playground.local.stack import LocalStack


@pytest.fixture
def deaf_socket():
    """A supervisor that takes a request and never answers. Its path has to be short."""
    with tempfile.TemporaryDirectory(prefix="pt-") as folder, socket.socket(socket.AF_UNIX) as listening:
        path = Path(folder) / "control"
        listening.bind(str(path))
        listening.listen()
        yield path


def test_a_caller_may_wait_less_long_than_a_rolling_restart_takes(deaf_socket):
    with pytest.raises(StackError, match=r"did not answer `scale` in 0\.1 s; what it has begun goes on"):
        LocalStack(deaf_socket).scale("processor", 1, wait_seconds=0.1)
    with pytest.raises(StackError, match=r"did not answer `workers` in 0\.2 s"):
        Control(deaf_socket, answer_seconds=0.2).ask("workers")


def test_a_value_that_is_refused_keeps_its_field_on_the_way():
    refused = InvalidValue("replicas", "exporter may have 0 to 1, not 2", next_step="fewer")

    with pytest.raises(InvalidValue) as heard:
        _result(encode_error(refused))

    assert (str(heard.value), heard.value.field) == (str(refused), "replicas")
    assert heard.value.next_step == "fewer"
