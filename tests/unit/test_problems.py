"""Every error has its problem, every kind of problem its place on the page /docs."""

import json
import re
from pathlib import Path

import pytest

from api import problems
from api.problems import Refused, problem_of
from playground import errors

DOCS = Path(problems.__file__).with_name("static") / "docs.html"


def document(error):
    """The problem's members, read back from its JSON."""
    return json.loads(problem_of(error).body())


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.KafkaUnavailable("the broker is away"), 503),
        (errors.Overloaded("too much"), 503),
        (errors.StoreUnavailable("locked"), 503),
        (errors.KsqlDbUnavailable("starting"), 503),
        (errors.KsqlDbRefused("line 1:8: Syntax Error", statement="SELEKT 1;"), 502),
        (errors.DeliveryFailed("refused"), 503),
        (errors.NotFound("no group x"), 404),
        (errors.InvalidValue("replicas", "0 to 1"), 422),
        (errors.Conflict("group x has members"), 409),
        (errors.AbilityMissing("no stack"), 501),
        (errors.StackError("stopping"), 503),
        (errors.InvalidOrder("qty", "Expected int >= 1"), 422),
        (errors.InvalidOrder(None, "not JSON"), 400),
        (Refused(415, "No", "not this"), 415),
    ],
)
def test_each_error_has_its_status_and_says_why(error, status):
    found = document(error)

    assert found["status"] == status == problem_of(error).status
    assert found["detail"]
    assert found["title"]
    assert f'id="{found["type"].removeprefix("/docs#")}"' in DOCS.read_text()
    assert ("Retry-After" in problem_of(error).headers) == (status == 503)


def test_a_field_error_names_the_field():
    assert document(errors.InvalidOrder("qty", "Expected int"))["field"] == "qty"
    assert document(errors.InvalidValue("replicas", "0 to 1"))["field"] == "replicas"


def test_what_to_do_next_comes_with_the_error():
    assert "playground status" in document(errors.KafkaUnavailable("away"))["next_step"]


def test_a_mistake_of_ours_tells_no_secrets(caplog):
    found = document(ValueError("password=hunter2 at /home/x/file.py line 3"))

    assert found["status"] == 500
    assert "hunter2" not in json.dumps(found)
    assert "hunter2" in caplog.text  # the log has it, with its traceback


def test_every_error_class_of_ours_is_mapped():
    def family(kind):
        yield kind
        for child in kind.__subclasses__():
            yield from family(child)

    known = {each[0] for each in problems.ANSWERS} | {errors.InvalidOrder, Refused}
    start_up_only = {
        errors.PlaygroundError,
        errors.SettingsError,
        errors.EnvironmentMissing,
        errors.StaleWrite,
    }
    for kind in family(errors.PlaygroundError):
        if kind.__module__ == "playground.errors" and kind not in start_up_only:
            assert any(issubclass(kind, each) for each in known), f"{kind.__name__} would be a 500"


def test_every_kind_of_problem_is_described_on_the_page():
    described = set(re.findall(r'<dt id="([a-z-]+)"', DOCS.read_text()))
    used = set(problems.KINDS.values()) | {each[2] for each in problems.ANSWERS}

    assert used <= described
