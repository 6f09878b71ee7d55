/** Results of the analytics group: top items since the database began, and orders per minute of the last 15. */

import { getStats } from "./api.js";
import { draw, label, look } from "./charts.js";
import { note, part, problemNote, setText, table } from "./dom.js";
import { count, minute, plural, shorten } from "./format.js";

const MOST_ITEMS = 10;
const MOST_MINUTES = 15;

export function start(element, feed) {
  const place = part(element, "note");
  note(place, { kind: "loading", title: "Reading the results of the analytics group." });
  feed.on("connection", ({ name }) => name === "live" && refresh());
  feed.on("stats", show);

  async function refresh() {
    try {
      show(await getStats());
    } catch (problem) {
      problemNote(place, problem, refresh);
    }
  }

  function show(stats) {
    const empty = stats.top_items.length === 0;
    part(element, "results").hidden = empty;
    setText(part(element, "badge"), empty ? "" : `counted so far: ${plural(stats.orders, "order")}, ${plural(stats.quantity, "piece")}`);
    note(place, empty ? {
      kind: "empty", title: "Nothing counted yet.",
      next: "Send an order or start the load. If orders exist, the analytics worker is not running: `playground scale analytics 1`.",
    } : null);
    if (empty) return;
    topItems(element, stats.top_items.slice(0, MOST_ITEMS));
    perMinute(element, minutes(stats.per_minute));
  }
}

function topItems(element, items) {
  const rows = items.map((each) => [shorten(each.item, 64), count(each.orders), count(each.quantity)]);
  part(element, "top-table").replaceChildren(table("Top items", [["Item", "foreign"], ["Orders", "number"], ["Pieces", "number"]], rows));
  // Two long names may be cut to the same text: the rank keeps their bars apart.
  const names = items.map((each, index) => `${index + 1}. ${label(each.item, 18)}`);
  draw(part(element, "top"), `Top items: ${items.slice(0, 3).map((each) => `${shorten(each.item, 18)} ${each.orders}`).join(", ")}.`, (theme) => ({
    traces: [{ type: "bar", orientation: "h", y: names, x: items.map((each) => each.orders), marker: look(theme, 0), hovertemplate: "%{y}: %{x:,}<extra></extra>" }],
    layout: {
      xaxis: { fixedrange: true, rangemode: "tozero", tickformat: ",d", gridcolor: theme.line, automargin: true },
      yaxis: { type: "category", autorange: "reversed", fixedrange: true, automargin: true },
    },
  }));
}

/** Orders of all items per minute, oldest first, with the silent minutes between as zero. */
function minutes(perMinute) {
  const sums = new Map();
  for (const each of perMinute) {
    const start = Math.floor(Date.parse(each.minute) / 60_000);
    sums.set(start, (sums.get(start) ?? 0) + each.orders);
  }
  const newest = Math.max(...sums.keys());
  const first = Math.max(Math.min(...sums.keys()), newest - MOST_MINUTES + 1);
  const rows = [];
  for (let at = first; at <= newest; at += 1) rows.push([minute(new Date(at * 60_000).toISOString()), sums.get(at) ?? 0]);
  return rows;
}

function perMinute(element, rows) {
  const grid = table("Orders per minute", [["Minute", ""], ["Orders", "number"]], rows.map(([at, orders]) => [at, count(orders)]));
  part(element, "minutes-table").replaceChildren(grid);
  const newest = rows.at(-1);
  setText(part(element, "silent"), newest ? "" : ": none");
  const words = newest ? `Orders per minute; ${newest[1]} in the minute ${newest[0]}.` : "No orders in the last 15 minutes.";
  draw(part(element, "minutes"), words, (theme) => ({
    traces: [{ type: "bar", x: rows.map(([at]) => at), y: rows.map(([, orders]) => orders), marker: look(theme, 1), hovertemplate: "%{x}: %{y:,}<extra></extra>" }],
    layout: {},
  }));
}
