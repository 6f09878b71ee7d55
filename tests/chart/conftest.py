"""Rendering the chart needs helm, and nothing else."""

import shutil

import pytest
from support.prerequisites import missing


@pytest.fixture(scope="session", autouse=True)
def helm():
    """The program, on PATH."""
    if shutil.which("helm") is None:
        missing("helm on PATH")
