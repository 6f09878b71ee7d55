/** Pictures of a table: its largest rows, or its windows over time. */

import { draw, label, look } from "./charts.js";
import { count, minute, plural } from "./format.js";

const MOST_ITEMS = 10;
const MOST_SERIES = 4; // the others are one
const MOST_WINDOWS = 15;
const OTHERS = "all others";

/**
 * @param {HTMLElement} place
 * @param {import("./stream_table_rows.js").TableRows} table
 * @param {{size_ms: number, advance_ms: number}|null} window
 * @param {number} now in ms since 1970
 */
export function drawTable(place, table, window, now) {
  if (!window) drawTotals(place, table);
  else if (window.size_ms === window.advance_ms) drawTumbling(place, table, window, now);
  else drawHopping(place, table, window, now);
}

/** What a picture of the windows means, in words. */
export function windowWords(window) {
  const size = plural(window.size_ms / 60_000, "minute");
  if (window.size_ms === window.advance_ms) {
    return `Tumbling windows of ${size}: each order counts in one. Between the dotted lines: still open.`;
  }
  const [every, copies] = [plural(window.advance_ms / 60_000, "minute"), window.size_ms / window.advance_ms];
  return `Hopping windows of ${size}, one every ${every}: they overlap, and each order counts in ${copies}. Hatched: still open.`;
}

function drawTotals(place, table) {
  const [key, { measure }] = [table.columns[0].name, table];
  const rows = table.sorted().slice(0, MOST_ITEMS);
  // Two long names may be cut to the same text: the rank keeps their bars apart.
  const names = rows.map((row, index) => `${index + 1}. ${label(row[key], 18)}`);
  draw(place, `Largest ${measure}: ${rows.slice(0, 3).map((row) => `${label(row[key], 18)} ${row[measure]}`).join(", ")}.`, (theme) => ({
    traces: [{ type: "bar", orientation: "h", y: names, x: rows.map((row) => row[measure]), marker: look(theme, 0), hovertemplate: "%{y}: %{x:,}<extra></extra>" }],
    layout: { xaxis: counting(theme), yaxis: { type: "category", autorange: "reversed", fixedrange: true, automargin: true } },
  }));
}

function drawTumbling(place, table, window, now) {
  const [key, { measure }] = [table.columns[0].name, table];
  const windows = newest(table);
  const shown = largest(table, new Set(windows.keys()));
  const words = [...windows].slice(-3).map(([start, rows]) => `${minute(start)}: ${sum(rows, measure)}`).join(", ");
  draw(place, `Orders per window of a minute, the newest: ${words}.`, (theme) => {
    const traces = [...shown, OTHERS].map((item, index) => {
      const mine = (row) => (item === OTHERS ? !shown.includes(row[key]) : row[key] === item);
      const values = [...windows.values()].map((rows) => sum(rows.filter(mine), measure));
      return {
        type: "bar", name: label(item), x: [...windows.keys()].map((start) => local(start + window.size_ms / 2)), y: values, width: window.size_ms * 0.9,
        marker: item === OTHERS ? { color: theme.neutral } : look(theme, index), hovertemplate: `%{y:,}<extra>${label(item)}</extra>`,
      };
    }).filter((each) => each.y.some(Boolean));
    const open = [...windows.keys()].filter((start) => start + window.size_ms > now);
    const line = (x) => ({ type: "line", x0: local(x), x1: local(x), y0: 0, y1: 1, yref: "paper", line: { color: theme.ink, width: 1, dash: "dot" } });
    const layout = { barmode: "stack", showlegend: true, xaxis: timeAxis(theme, windows, window), shapes: open.flatMap((start) => [line(start), line(start + window.size_ms)]) };
    return { traces, layout };
  });
}

/** Each window is a bar from its beginning to its end; those that overlap lie in lanes of their own. */
function drawHopping(place, table, window, now) {
  const { measure } = table, windows = newest(table);
  const copies = Math.ceil(window.size_ms / window.advance_ms);
  const starts = [...windows.keys()];
  const totals = starts.map((start) => sum(windows.get(start), measure));
  const words = starts.slice(-3).map((start) => `${minute(start)} to ${minute(start + window.size_ms)}: ${sum(windows.get(start), measure)}`).join(", ");
  draw(place, `Orders per overlapping window, the newest: ${words}.`, (theme) => {
    const bars = (open) => {
      const mine = starts.map((start, at) => [start, totals[at]]).filter(([start]) => (start + window.size_ms > now) === open);
      return {
        type: "bar", orientation: "h", name: open ? "still open" : "over", base: mine.map(([start]) => local(start)), x: mine.map(() => window.size_ms), width: 0.8,
        y: mine.map(([start]) => (start / window.advance_ms) % copies), text: mine.map(([, total]) => count(total)), textposition: "inside", insidetextanchor: "middle",
        textfont: { color: theme.ink }, marker: { ...look(theme, open ? 1 : 0), opacity: 0.55 }, hovertext: mine.map(([start, total]) => `${minute(start)} to ${minute(start + window.size_ms)}: ${plural(total, "order")}`), hoverinfo: "text",
      };
    };
    const layout = { barmode: "overlay", showlegend: true, xaxis: timeAxis(theme, windows, window), yaxis: { visible: false, fixedrange: true, range: [-0.6, copies - 0.4] } };
    return { traces: [bars(false), bars(true)].filter((each) => each.y.length), layout };
  });
}

/** The newest windows, oldest first: beginning -> rows. */
function newest(table) {
  const windows = new Map();
  for (const row of table.sorted()) {
    if (!windows.has(row.windowstart) && windows.size === MOST_WINDOWS) break;
    windows.set(row.windowstart, [...(windows.get(row.windowstart) ?? []), row]);
  }
  return new Map([...windows].reverse());
}

/** The items with the most orders in these windows. */
function largest(table, starts) {
  const [key, { measure }] = [table.columns[0].name, table], totals = new Map();
  for (const row of table.rows.values()) {
    if (starts.has(row.windowstart)) totals.set(row[key], (totals.get(row[key]) ?? 0) + row[measure]);
  }
  return [...totals].toSorted((a, b) => b[1] - a[1]).slice(0, MOST_SERIES).map(([item]) => item);
}

const sum = (rows, measure) => rows.reduce((total, row) => total + row[measure], 0);
const counting = (theme) => ({ fixedrange: true, rangemode: "tozero", tickformat: ",d", gridcolor: theme.line, automargin: true });

/** From the first window's beginning to the last one's end. */
function timeAxis(theme, windows, window) {
  const starts = [...windows.keys()];
  return { type: "date", fixedrange: true, gridcolor: theme.line, automargin: true, tickformat: "%H:%M", range: [local(starts[0]), local(starts.at(-1) + window.size_ms)] };
}

/** A moment as plotly's time axes want it: on the person's clock, without a time zone. */
function local(ms) {
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 23);
}
