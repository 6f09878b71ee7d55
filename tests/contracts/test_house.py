"""The loops that are closed by tests: code against documents, rules against the tree."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from playground.settings import PREFIX, read_settings

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("playground", "api", "workers")
SLEEPERS = {"playground/waiting.py", "workers/faults.py", "workers/load.py"}
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "misc"}


def sources(*folders):
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


class Recorder(dict):
    """An environment that notes which variables are asked for."""

    def __init__(self):
        super().__init__()
        self.asked = set()

    def get(self, name, default=None):
        self.asked.add(name)
        return default


def test_every_setting_is_documented_and_nothing_else():
    environment = Recorder()
    read_settings(environment)
    asked = {name for name in environment.asked if name.startswith(PREFIX)}

    documented = set(
        re.findall(r"^\| `(PLAYGROUND_\w+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
    )

    assert asked == documented


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_holds_one_idea(path):
    lines = path.read_text().count("\n")

    assert lines <= 300, f"{lines} lines: split it"
    assert not FORBIDDEN_NAMES & set(path.relative_to(ROOT).with_suffix("").parts)


def test_only_waiting_and_faults_sleep():
    sleepers = {
        str(path.relative_to(ROOT))
        for path in sources(*PACKAGES)
        if re.search(r"\btime\.sleep\(", path.read_text())
    }

    assert sleepers <= SLEEPERS


def test_no_test_sleeps():
    calls = {
        str(path.relative_to(ROOT))
        for path in sources("tests")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "sleep"
        if not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)  # a turn
    }

    assert calls == set()


def test_every_public_function_says_what_it_does():
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sources(*PACKAGES)
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
        if not node.name.startswith("_") and not ast.get_docstring(node)
    ]

    assert silent == []


def test_locks_pin_everything_and_name_no_address():
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        text = lock.read_text()

        assert "://" not in text, lock
        for line in text.splitlines():
            if line and not line.startswith((" ", "#")):
                assert "==" in line, f"{lock.name}: {line}"


def test_links_between_documents_lead_somewhere():
    tracked = subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    broken = [
        f"{name}: {target}"
        for name in tracked
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / name).read_text())
        if not (ROOT / name).parent.joinpath(target).exists()
    ]

    assert broken == []
