"""The files that the API serves to a browser: dashboard, charts library, readable description."""

import gzip
import re

import pytest
from support.asking import ask


@pytest.mark.parametrize("path", ["/", "/experiments.html"])
def test_the_dashboard_is_served_under_a_strict_policy(url, path):
    page = ask(url, "GET", path)
    policy = page.headers["content-security-policy"]

    assert page.status == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    sources = re.findall(r'(?:src|href)="(dashboard/[^"]+)"', page.content.decode())
    assert sources
    for source in sources:
        assert ask(url, "GET", f"/{source}").status == 200


@pytest.mark.parametrize(
    "path", ["/dashboard/../pyproject.toml", "/dashboard/%2e%2e/pyproject.toml", "/docs/..%2fapp.py"]
)
def test_nothing_but_the_pages_own_files_is_served(url, path):
    assert ask(url, "GET", path).status == 404


def test_the_charts_library_comes_zipped_and_is_kept_by_the_browser(url):
    first = ask(url, "GET", "/vendor/plotly.min.js", accept_encoding="gzip")
    again = ask(url, "GET", "/vendor/plotly.min.js", if_none_match=first.headers["etag"])

    assert b"plotly" in gzip.decompress(first.content)[:200]
    assert len(first.content) < 2_000_000
    assert (again.status, again.content) == (304, b"")


def test_the_description_is_served_and_so_is_its_page(url):
    assert ask(url, "GET", "/openapi.json").document["openapi"] == "3.1.0"
    assert b"docs/docs.js" in ask(url, "GET", "/docs").content
    assert ask(url, "GET", "/docs/docs.js").status == 200
