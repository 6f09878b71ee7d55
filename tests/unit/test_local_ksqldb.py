"""`up --with ksqldb` before anything is started: what is missing is said, with a next step."""

import json
import re
import sys
from pathlib import Path

import pytest
import yaml

from playground.cli import entry
from playground.errors import EnvironmentMissing, InvalidValue
from playground.local import docker, ksqldb
from playground.local.folder import StackFile, write_stack_file
from playground.local.ports import ports_of
from playground.settings import KSQLDB_IMAGE, read_settings

ROOT = Path(__file__).resolve().parents[2]
WELL = {"ServerVersion": "27.1", "OperatingSystem": "Debian", "SecurityOptions": ["name=seccomp"]}
# Answers by the first words of the command: what it prints, what it complains, its exit code.
FAKE = """\
#!{python}
import json, sys
answers = json.loads(open({answers!r}).read())
words = " ".join(sys.argv[1:])
open({said!r}, "a").write(words + "\\n")
for begin, (out, err, code) in answers.items():
    if words.startswith(begin):
        print(out)
        print(err, file=sys.stderr)
        if code == "hang":
            import threading
            threading.Event().wait()
        sys.exit(code)
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """A docker on PATH that answers as told; `said()` is what it was asked."""
    folder = tmp_path / "bin"
    folder.mkdir()
    answers, said = tmp_path / "answers.json", tmp_path / "said"
    program = folder / "docker"
    program.write_text(FAKE.format(python=sys.executable, answers=str(answers), said=str(said)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(sys, "platform", "linux")

    def answer(**changed):
        given = {"info": [json.dumps(WELL), "", 0], "image": ["", "", 0], "context": ["unix:///s", "", 0]}
        answers.write_text(json.dumps(given | changed))
        return lambda: said.read_text().splitlines()

    return answer


@pytest.fixture
def settings(tmp_path):
    return ksqldb.with_own_ksqldb(read_settings({"PLAYGROUND_DATA_DIR": str(tmp_path / "data")}))


def info(**changed):
    return [json.dumps(WELL | changed), "", 0]


def refused(settings):
    with pytest.raises(EnvironmentMissing) as error:
        ksqldb.require(settings, lambda _text: None)
    assert "leave out --with ksqldb" in error.value.next_step
    return str(error.value)


def test_a_docker_that_is_well_and_an_image_that_is_there_are_enough(fake, settings):
    said = fake()

    ksqldb.require(settings, lambda _text: None)

    assert not any(words.startswith("pull") for words in said())


def test_no_docker(settings, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "there is no docker on PATH" in refused(settings)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (["", "Cannot connect to the Docker daemon at unix:///s.", 1], "Cannot connect to the Docker daemon"),
        (
            [json.dumps({"ServerVersion": "", "ServerErrors": ["permission denied"]}), "", 0],
            "permission denied",
        ),
        (["", "", "hang"], "no answer in 0.5 s"),
    ],
)
def test_a_docker_that_does_not_answer(fake, settings, monkeypatch, answer, reason):
    monkeypatch.setattr(docker, "ANSWER_SECONDS", 0.5 if answer[2] == "hang" else 20)
    fake(info=answer)

    assert re.search(f"docker does not answer: {reason}", refused(settings))


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"info": info(OperatingSystem="Docker Desktop")}, "a machine of its own"),
        ({"info": info(SecurityOptions=["name=rootless"])}, "rootless"),
        ({"context": ["ssh://ada@build.example", "", 0]}, "docker is that of build.example"),
    ],
)
def test_a_docker_whose_network_is_not_ours(fake, settings, answers, reason):
    fake(**answers)

    assert reason in refused(settings)


def test_a_system_whose_containers_have_a_network_of_their_own(fake, settings, monkeypatch):
    fake()
    monkeypatch.setattr(sys, "platform", "darwin")

    assert "which Linux alone can" in refused(settings)


def test_an_image_that_cannot_be_had(fake, settings):
    fake(image=["", "no such image", 1], pull=["", "manifest unknown", 1])

    assert f"{KSQLDB_IMAGE}, cannot be had: manifest unknown" in refused(settings)


def test_an_image_is_fetched_and_that_is_said(fake, settings):
    said, told = fake(image=["", "", 1], pull=["", "", 0]), []

    ksqldb.require(settings, told.append)

    assert f"pull --quiet {KSQLDB_IMAGE}" in said()
    assert told[0] == f"fetching {KSQLDB_IMAGE}"


def test_who_stops_meanwhile_need_not_wait_for_the_image(fake, settings, monkeypatch):
    fake(image=["", "", 1], pull=["", "", "hang"])
    pulls = []
    honest = docker.subprocess.Popen

    def remember(command, **options):
        started = honest(command, **options)
        if "pull" in command:
            pulls.append(started)
        return started

    monkeypatch.setattr(docker.subprocess, "Popen", remember)

    def stop(_text):
        if pulls:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ksqldb.require(settings, stop)

    assert pulls[0].poll() is not None


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("KSQLDB_URL", "http://127.0.0.1:8088", "names a ksqlDB already"),
        ("KAFKA_BOOTSTRAP_SERVERS", "kafka.example:9092", "kafka.example:9092 is not ours"),
    ],
)
def test_what_speaks_against_it_is_named(variable, value, words):
    with pytest.raises(InvalidValue, match=f"--with ksqldb: .*{words}") as error:
        ksqldb.with_own_ksqldb(read_settings({f"PLAYGROUND_{variable}": value}))

    assert "PLAYGROUND_KSQLDB_" in error.value.next_step


def test_nothing_is_started_without_docker(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYGROUND_DATA_DIR", str(tmp_path / "data"))
    for name in ("KSQLDB_URL", "KAFKA_BOOTSTRAP_SERVERS"):  # of a run against a live server
        monkeypatch.delenv(f"PLAYGROUND_{name}", raising=False)

    code = entry.run(["up", "--with", "ksqldb"])

    assert code == entry.MISSING
    said = capsys.readouterr()
    assert "error: ksqlDB runs in a container, and there is no docker on PATH" in said.err
    assert "stopping" not in said.out, "nothing is there to stop"
    assert not (tmp_path / "data" / "broker").exists()


def test_it_listens_on_loopback_alone_and_finds_the_broker_there(tmp_path):
    given = {"DATA_DIR": str(tmp_path), "KSQLDB_PORT": "18088", "KAFKA_PORT": "19092"}
    environment = {f"PLAYGROUND_{name}": value for name, value in given.items()}
    settings = ksqldb.with_own_ksqldb(read_settings(environment))

    variables = ksqldb.server_variables(settings)

    assert variables["KSQL_LISTENERS"] == "http://127.0.0.1:18088" == settings.ksqldb.url
    assert variables["KSQL_BOOTSTRAP_SERVERS"] == "127.0.0.1:19092"
    assert variables["KSQL_KSQL_SERVICE_ID"] == "playground_"
    assert all("=".join(pair) in ksqldb.run_command(settings) for pair in variables.items())
    assert settings.environment["PLAYGROUND_KSQLDB_URL"] == settings.ksqldb.url
    assert ("PLAYGROUND_KSQLDB_PORT", 18088) in [(port.variable, port.number) for port in ports_of(settings)]


def test_two_data_folders_have_two_containers_and_one_has_one(tmp_path):
    names = [
        ksqldb.container_name(read_settings({"PLAYGROUND_DATA_DIR": str(tmp_path / folder)}))
        for folder in ("a", "b", "a")
    ]

    assert names[0] == names[2] != names[1]


def test_the_properties_are_those_of_the_chart():
    """As far as they are not about the place: the same questions get the same answers."""
    template = (ROOT / "charts/playground/templates/ksqldb/configmap.yaml").read_text()
    of_chart = dict(re.findall(r"^    ((?:ksql|confluent)\.[\w.]+)=([^{\n]+)$", template, re.MULTILINE))
    of_chart.pop("ksql.streams.state.dir")  # the container's own is as good
    of_chart.pop("ksql.advertised.listener")
    variables = ksqldb.server_variables(ksqldb.with_own_ksqldb(read_settings({})))

    assert len(of_chart) >= 6
    for name, value in of_chart.items():
        assert variables[f"KSQL_{name.upper().replace('.', '_')}"] == value, name


def test_the_image_and_the_heap_are_the_charts_defaults():
    of_chart = yaml.safe_load((ROOT / "charts/playground/values.yaml").read_text())["ksqldb"]

    assert f"{of_chart['image']['repository']}:{of_chart['image']['tag']}" == KSQLDB_IMAGE
    assert of_chart["heap"] == ksqldb.HEAP


def test_ksql_commands_find_the_server_of_the_running_stack(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PLAYGROUND_DATA_DIR", str(tmp_path))
    for name in ("KSQLDB_URL", "KAFKA_BOOTSTRAP_SERVERS"):  # of a run against a live server
        monkeypatch.delenv(f"PLAYGROUND_{name}", raising=False)
    assert entry.run(["ksql", "query", "SELECT 1;"]) == entry.FAILED
    assert "there is no ksqlDB" in capsys.readouterr().err

    url = "http://127.0.0.1:9"
    write_stack_file(tmp_path, StackFile(1, "", "", "", "", "", str(tmp_path), url))

    assert entry.run(["ksql", "query", "SELECT 1;"]) == entry.FAILED
    assert f"ksqlDB at {url} cannot be reached" in capsys.readouterr().err
