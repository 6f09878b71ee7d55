"""`make dashboards`: writes monitoring/grafana/dashboards/*.json from the files beside this one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from api_requests import api
from brokers import brokers
from consumer_groups import consumer_groups
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from overview import overview

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders.dashboard import Dashboard

FOLDER = Path(__file__).with_name("dashboards")
DASHBOARDS = {"overview": overview, "consumer-groups": consumer_groups, "api": api, "brokers": brokers}


def text_of(board: Dashboard) -> str:
    """A dashboard as Grafana reads it; its panels are numbered in their order, so that links to them stay."""
    built = board.build()
    for number, panel in enumerate(built.panels or [], 1):
        panel.id_val = number
    return JSONEncoder(sort_keys=True, indent=1).encode(built) + "\n"


def main() -> None:
    """Write each of them anew."""
    for name, make in DASHBOARDS.items():
        (FOLDER / f"{name}.json").write_text(text_of(make()), encoding="utf-8")


if __name__ == "__main__":
    main()
