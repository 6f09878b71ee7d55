"""GET /: the dashboard and its files, and the charts' library out of plotly's wheel."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from api.answers import Answer
from api.problems import Refused
from api.routing import Call, Route

DASHBOARD = Path(__file__).resolve().parent.parent / "dashboard"
PAGES = Path(__file__).resolve().parent / "static"
PLOTLY = "plotly/package_data/plotly.min.js"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".png": "image/png",
}
DAY = "public, max-age=86400"


@dataclass(frozen=True)
class Packed:
    """A large file, ready to be sent: plain, gzipped, and its tag."""

    plain: bytes
    zipped: bytes
    tag: str


def dashboard(_call: Call) -> Answer:
    """The page."""
    return _file(DASHBOARD, "index.html")


def dashboard_file(call: Call) -> Answer:
    """A file of the page."""
    return _file(DASHBOARD, call.path["file"])


def experiments_page(_call: Call) -> Answer:
    """The page of experiments."""
    return _file(DASHBOARD, "experiments.html")


def docs(_call: Call) -> Answer:
    """The page that shows /openapi.json."""
    return _file(PAGES, "docs.html")


def docs_file(call: Call) -> Answer:
    """A file of that page."""
    return _file(PAGES, call.path["file"])


def plotly(call: Call) -> Answer:
    """The charts' library; the browser asks again with its tag."""
    packed = _plotly()
    headers = {"ETag": packed.tag, "Cache-Control": DAY, "Vary": "Accept-Encoding"}
    known = call.headers.get("If-None-Match", "")
    if packed.tag in [tag.strip() for tag in known.split(",")]:
        return Answer(b"", 304, TYPES[".js"], headers)
    if "gzip" in call.headers.get("Accept-Encoding", ""):
        return Answer(packed.zipped, 200, TYPES[".js"], headers | {"Content-Encoding": "gzip"})
    return Answer(packed.plain, 200, TYPES[".js"], headers)


@cache
def _plotly() -> Packed:
    """Zipped once, at the first request; importing plotly itself would cost 50 MB."""
    path = Path(str(distribution("plotly").locate_file(PLOTLY)))
    plain = path.read_bytes()
    return Packed(plain, gzip.compress(plain, 6), f'"{hashlib.sha256(plain).hexdigest()[:24]}"')


def _file(folder: Path, name: str) -> Answer:
    """A file below `folder` and nowhere else.

    Raises Refused.
    """
    path = (folder / name).resolve()
    if not path.is_relative_to(folder) or path.suffix not in TYPES or not path.is_file():
        raise Refused(404, "There is no such file", f"{name} is no file of this page")
    return Answer(path.read_bytes(), 200, TYPES[path.suffix], {"Cache-Control": "no-cache"})


ROUTES = (
    Route("GET", "/", "The dashboard", view=dashboard, described=False),
    Route("GET", "/experiments.html", "Experiments", view=experiments_page, described=False),
    Route("GET", "/dashboard/{file}", "A file of the dashboard", view=dashboard_file, described=False),
    Route("GET", "/vendor/plotly.min.js", "The charts' library", view=plotly, described=False),
    Route("GET", "/docs", "The API, readable", view=docs, described=False),
    Route("GET", "/docs/{file}", "A file of that page", view=docs_file, described=False),
)
