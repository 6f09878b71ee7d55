/** The bar chart of a snapshot: lag, or end and committed offsets, per partition and group. */

import { draw, label, look } from "./charts.js";
import { count } from "./format.js";

const MOST_BARS = 60; // partitions; the tables have all of them

/** The end offset of each partition, by "topic partition". */
export function endOffsets(snapshot) {
  const found = new Map();
  for (const topic of snapshot.topics) {
    for (const each of topic.partitions) found.set(`${topic.topic} ${each.partition}`, each.end_offset);
  }
  return found;
}

/**
 * @param {HTMLElement} place
 * @param {{topics: Array, groups: Array}} snapshot the /offsets document
 * @param {"lag"|"offsets"} view
 */
export function drawLag(place, snapshot, view) {
  const { groups } = snapshot;
  const names = partitionNames(groups).slice(0, MOST_BARS);
  const axis = axisLabels(names);
  const totals = groups.map((group) => `${group.group_id} ${count(group.total_lag)}`).join(", ");
  const words = view === "lag" ? `Lag per partition. In total: ${totals}.` : "End offset and committed offset per partition.";
  draw(place, words, (theme) => {
    const traces = groups.map((group, index) => bars(group, names, axis, view, look(theme, index)));
    if (view === "offsets") {
      const end = endOffsets(snapshot);
      traces.unshift(trace("end offset", axis, names.map((name) => end.get(name) ?? null), { color: theme.neutral }));
    }
    const layout = { barmode: "group", showlegend: true };
    // Without any lag an automatic axis would run from -1 to 1.
    if (view === "lag" && groups.every((group) => !group.total_lag)) layout.yaxis = { range: [0, 10], fixedrange: true, gridcolor: theme.line };
    return { traces, layout };
  });
}

function partitionNames(groups) {
  return [...new Set(groups.flatMap((group) => group.partitions.map((each) => `${each.topic} ${each.partition}`)))];
}

/** "p3" while there is one topic, "orders-3" otherwise. */
function axisLabels(names) {
  const topics = new Set(names.map((name) => name.split(" ")[0]));
  return names.map((name) => (topics.size > 1 ? label(name.replace(" ", "-")) : `p${name.split(" ")[1]}`));
}

function bars(group, names, axis, view, marker) {
  const found = new Map(group.partitions.map((each) => [`${each.topic} ${each.partition}`, each]));
  const value = view === "lag" ? "lag" : "committed_offset";
  return trace(label(group.group_id), axis, names.map((name) => found.get(name)?.[value] ?? null), marker);
}

function trace(name, x, y, marker) {
  return { type: "bar", name, x, y, marker, hovertemplate: `%{x}: %{y:,}<extra>${name}</extra>` };
}
