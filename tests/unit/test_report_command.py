"""`playground experiment report` and `recheck`, and pictures as PNG; no broker is needed."""

import functools
import json
import shutil
import struct
from pathlib import Path

import pytest

from playground.cli.entry import run

RECORDED = Path(__file__).resolve().parents[1] / "data" / "rebalance-1-to-3.jsonl"
NAME = "rebalance/20261123T130748Z"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A finished run in a runs folder of its own."""
    monkeypatch.setenv("PLAYGROUND_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("PLAYGROUND_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "runs" / NAME
    folder.mkdir(parents=True)
    shutil.copy(RECORDED, folder / "timeline.jsonl")
    return folder


def test_it_prints_where_the_report_is(folder, capsys):
    code = run(["experiment", "report", NAME])

    assert code == 0
    assert Path(capsys.readouterr().out.strip()) == folder / "report.html"
    assert (folder / "report.html").read_text().startswith("<!doctype html>")
    assert (folder / "report.md").read_text().startswith("# Members come and go")
    assert not (folder / "verdict.json").exists()


def test_pictures_are_exported_and_linked(folder, tmp_path, capsys):
    run(["experiment", "report", NAME, "--png", str(tmp_path / "docs"), "-o", "json"])
    told = json.loads(capsys.readouterr().out)
    files = sorted((tmp_path / "docs").iterdir())
    markdown = (folder / "report.md").read_text()

    assert [file.name for file in files] == ["lag-1-members.png", "ownership-1-members.png"]
    assert sorted(told["pictures"]) == [str(file) for file in files]
    for file in files:
        signature, width = struct.unpack(">8s8xI", file.read_bytes()[:20])
        assert signature == b"\x89PNG\r\n\x1a\n"
        assert width == 2400
        assert f"](<../../../docs/{file.name}>)" in markdown


def test_the_words_of_a_picture_are_in_the_png(folder, tmp_path):
    import resvg_py

    run(["experiment", "report", NAME, "--png", str(tmp_path / "png")])
    html = (folder / "report.html").read_text()
    svg = html[html.index("<svg") : html.index("</svg>") + len("</svg>")]

    assert (
        resvg_py.svg_to_bytes(svg_string=svg, zoom=2)
        == (tmp_path / "png" / "ownership-1-members.png").read_bytes()
    )
    assert (
        resvg_py.svg_to_bytes(svg_string=svg, zoom=2, skip_system_fonts=True)
        != (tmp_path / "png" / "ownership-1-members.png").read_bytes()
    )


def test_a_machine_without_fonts_is_told_what_to_do(folder, tmp_path, monkeypatch, capsys):
    import resvg_py

    fontless = functools.partial(resvg_py.svg_to_bytes, skip_system_fonts=True)
    monkeypatch.setattr(resvg_py, "svg_to_bytes", fontless)
    code = run(["experiment", "report", NAME, "--png", str(tmp_path / "png")])
    said = capsys.readouterr().err

    assert code == 3
    assert "no font" in said
    assert "next: install one" in said
    assert not (tmp_path / "png").exists()


def test_recheck_writes_the_report_and_says_where(folder, capsys):
    code = run(["experiment", "recheck", NAME])

    assert code == 3  # the recorded timeline was cut: the run broke off
    assert f"report: {folder / 'report.html'}" in capsys.readouterr().out
    assert "the run broke off" in (folder / "report.html").read_text()


def test_the_report_keeps_the_verdict_that_the_run_has(folder, capsys):
    run(["experiment", "recheck", NAME])
    file = folder / "verdict.json"
    file.write_text(file.read_text().replace("the run broke off", "somebody judged it before"))
    run(["experiment", "report", NAME])

    assert "somebody judged it before" in (folder / "report.html").read_text()


def test_a_run_that_does_not_exist(folder, capsys):
    assert run(["experiment", "report", "rebalance/20200101T000000Z"]) == 1
    assert "playground experiment list --runs" in capsys.readouterr().err
