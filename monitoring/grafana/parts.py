"""What all dashboards are made of: panels, variables and links that look alike everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import prometheus as querymodel

if TYPE_CHECKING:
    from collections.abc import Iterable

UNTIL_NOW = "now"
SOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")
# What a query is about: the release in view.
HERE = 'namespace="$namespace"'
GROUPS = f'{HERE}, consumergroup=~"$consumergroup"'
Query = tuple[str, str]  # PromQL, legend


def board(uid: str, title: str, description: str, *, by_group: bool = False) -> dashboard.Dashboard:
    """An empty dashboard with its variables; `by_group`: also one to choose consumer groups."""
    made = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["kafka-streaming-playground"])
        .time("now-15m", UNTIL_NOW)
        .refresh("5s")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("Kafka Streaming Playground")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags(["kafka-streaming-playground"])
            .include_vars(include_vars=True)
            .keep_time(keep_time=True)
        )
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        .with_variable(_choice("namespace", "Namespace", "label_values(playground_kafka_up, namespace)"))
    )
    if by_group:
        groups = f"label_values(kafka_consumergroup_members{{{HERE}}}, consumergroup)"
        made.with_variable(
            _choice("consumergroup", "Group", groups).multi(multi=True).include_all(include_all=True)
        )
    return made


def latest(metric: str, matchers: str, by: str = "") -> str:
    """The newest value; where two exporters tell one, as while one replaces the other, the higher."""
    return f"max{_by(by)}({metric}{{{matchers}}})"


def per_second(metric: str, matchers: str, by: str = "", window: str = "$__rate_interval") -> str:
    """How fast a counter grows."""
    return f"sum{_by(by)}(rate({metric}{{{matchers}}}[{window}]))"


def in_five_minutes(metric: str, matchers: str, by: str = "") -> str:
    """How much a counter grew."""
    return f"sum{_by(by)}(increase({metric}{{{matchers}}}[5m]))"


def quantile(
    share: float, histogram: str, matchers: str, by: str = "", window: str = "$__rate_interval"
) -> str:
    """The time that this share of all took at most."""
    labels = f"{by}, le" if by else "le"
    return f"histogram_quantile({share}, {per_second(f'{histogram}_bucket', matchers, labels, window)})"


def number(
    title: str, description: str, query: str, unit: str, *, bad_from: float | None = None
) -> stat.Panel:
    """One number, four to a row; red from `bad_from` on."""
    steps = [model.Threshold(color="green")]
    if bad_from is not None:
        steps.append(model.Threshold(color="red", value=bad_from))
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .height(4)
        .span(6)
        .unit(unit)
        .no_value("none")
        .thresholds(dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps))
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(_target("A", query, title).instant())
    )


def lines(
    title: str,
    description: str,
    queries: Iterable[Query],
    unit: str,
    *,
    wide: bool = False,
    from_zero: bool = True,
    every: str = "",
) -> timeseries.Panel:
    """Lines over time, two panels to a row, or one that is `wide`.

    `from_zero`: the axis begins there. `every`: how often it is scraped, where that is not as the rest;
    Grafana's $__rate_interval needs to know.
    """
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .height(8)
        .span(24 if wide else 12)
        .unit(unit)
        .line_width(1)
        .fill_opacity(10)
        .show_points(looks.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .display_mode(looks.LegendDisplayMode.TABLE)
            .placement(looks.LegendPlacement.BOTTOM)
            .calcs(["lastNotNull", "max"])
            .show_legend(show_legend=True)
        )
        .tooltip(
            common.VizTooltipOptions().mode(looks.TooltipDisplayMode.MULTI).sort(looks.SortOrder.DESCENDING)
        )
    )
    if from_zero:
        panel.min(0)
    for letter, (query, legend) in zip("ABCDEF", queries, strict=False):
        target = _target(letter, query, legend).range()
        panel.with_target(target.interval(every) if every else target)
    return panel


def steps(
    title: str, description: str, queries: Iterable[Query], unit: str, *, wide: bool = False
) -> timeseries.Panel:
    """Whole numbers that jump, on top of each other: who has how many."""
    return (
        lines(title, description, queries, unit, wide=wide)
        .line_interpolation(looks.LineInterpolation.STEP_AFTER)
        .stacking(common.StackingConfig().mode(looks.StackingMode.NORMAL))
        .fill_opacity(50)
        .decimals(0)
    )


def rows(title: str, description: str, query: str, columns: Iterable[str]) -> table.Panel:
    """What is now, as a table of these labels, as wide as the page."""
    shown = {name: number for number, name in enumerate(columns)}
    hidden = {"Time": True, "Value": True}
    return (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .height(8)
        .span(24)
        .unit("short")
        .show_header(show_header=True)
        .with_target(_target("A", query, title).instant().format(querymodel.PromQueryFormat.TABLE))
        .with_transformation(
            model.DataTransformerConfig(
                id_val="organize", options={"excludeByName": hidden, "indexByName": shown}
            )
        )
    )


def _by(labels: str) -> str:
    return f" by ({labels}) " if labels else ""


def _target(letter: str, query: str, legend: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().ref_id(letter).expr(query).legend_format(legend)


def _choice(name: str, label: str, query: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(query)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
    )
