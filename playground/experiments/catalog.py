"""All experiments, in the order a newcomer should try them."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from playground.errors import NotFound
from playground.experiments import (
    broker_restart,
    crash,
    delivery,
    fanout,
    joins,
    lag_growth,
    partitioning,
    poison,
    protocols,
    rebalance,
    replay,
    streaming_sql,
    windows,
)

if TYPE_CHECKING:
    from playground.experiments.experiment import Experiment

EXPERIMENTS: dict[str, Experiment] = {
    each.name: each
    for each in (
        rebalance.EXPERIMENT,
        protocols.EXPERIMENT,
        fanout.EXPERIMENT,
        lag_growth.EXPERIMENT,
        partitioning.EXPERIMENT,
        crash.EXPERIMENT,
        broker_restart.EXPERIMENT,
        poison.EXPERIMENT,
        delivery.EXPERIMENT,
        replay.EXPERIMENT,
        streaming_sql.EXPERIMENT,
        windows.EXPERIMENT,
        joins.EXPERIMENT,
    )
}


def find_experiment(name: str) -> Experiment:
    """An experiment by name.

    Raises NotFound listing those that exist.
    """
    if name in EXPERIMENTS:
        return EXPERIMENTS[name]
    close = difflib.get_close_matches(name, EXPERIMENTS, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    raise NotFound(
        f"there is no experiment {name!r}; there are {', '.join(EXPERIMENTS)}{hint}",
        next_step="`playground experiment list` describes them",
    )
