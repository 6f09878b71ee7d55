/**
 * Charts by plotly, which the API serves out of the installed wheel.
 * Draws at most every 0.4 s, so that no snapshot of a second waits for the next one, in the colours of the page, and again when those change.
 */

import { note } from "./dom.js";
import { shorten } from "./format.js";

const SOURCE = "vendor/plotly.min.js";
const INTERVAL_MS = 400;
const LEAST_HEIGHT = 240; // as in charts.css
const PATTERNS = ["", "/", ".", "x", "\\", "-", "+", "|"];
const dark = matchMedia("(prefers-color-scheme: dark)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** @type {Map<Element, {make: Function, last: number, busy: boolean, dirty: boolean}>} */
const charts = new Map();
let loading = null;

/** Loads plotly once; a failure is told to everyone who waits and may be tried again. */
function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const restore = withoutStyleElements();
    script.src = SOURCE;
    script.onload = () => (restore(), globalThis.Plotly ? resolve(globalThis.Plotly) : reject(new Error("The code was loaded but holds no plotly.")));
    script.onerror = () => (restore(), script.remove(), reject(new Error("The code could not be loaded.")));
    document.head.append(script);
  }).catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

/**
 * Plotly's map module writes a <style> when it is loaded. We draw no maps, and the page's
 * policy refuses inline styles, so it gets an inert element instead while it loads.
 */
function withoutStyleElements() {
  const original = document.createElement;
  document.createElement = (name, ...rest) => original.call(document, name === "style" ? "template" : name, ...rest);
  return () => delete document.createElement;
}

/**
 * Asks for a drawing of `make(theme)` = {traces, layout}; the newest request wins.
 * @param {HTMLElement} place
 * @param {string} label what the picture shows, for those who do not see it
 */
export function draw(place, label, make) {
  const chart = charts.get(place) ?? { make, last: 0, busy: false, dirty: false };
  charts.set(place, chart);
  chart.make = make;
  place.setAttribute("role", "img");
  if (place.getAttribute("aria-label") !== label) place.setAttribute("aria-label", label);
  schedule(place, chart);
}

function schedule(place, chart) {
  chart.dirty = true;
  if (chart.busy || document.hidden) return;
  chart.busy = true;
  setTimeout(() => work(place, chart), Math.max(0, chart.last + INTERVAL_MS - Date.now()));
}

async function work(place, chart) {
  chart.dirty = false;
  await paint(place, chart);
  chart.last = Date.now();
  chart.busy = false;
  if (chart.dirty) schedule(place, chart);
}

async function paint(place, chart) {
  try {
    const library = await plotly();
    if (place.dataset.failed) note(place, null);
    delete place.dataset.failed;
    const theme = themeNow();
    const { traces, layout } = chart.make(theme);
    await library.react(place, traces, { ...baseLayout(theme, place), ...layout }, { displayModeBar: false, responsive: true });
    place.dataset.drawn = String(Number(place.dataset.drawn ?? 0) + 1);
  } catch (error) {
    console.warn("chart not drawn", error);
    place.dataset.failed = "true";
    note(place, {
      kind: "error", title: "The chart could not be drawn.", detail: String(error.message ?? error),
      next: "The numbers are in the tables. Reload the page; the API serves the charts' code at `/vendor/plotly.min.js`.",
    });
  }
}

/** The page's own colours, read from its custom properties. */
function themeNow() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  return {
    ink: colour("--ink"), muted: colour("--muted"), line: colour("--line"), panel: colour("--panel"),
    neutral: colour("--neutral"), series: [1, 2, 3, 4].map((index) => colour(`--series-${index}`)),
  };
}

function baseLayout(theme, place) {
  const axis = { fixedrange: true, gridcolor: theme.line, linecolor: theme.line, zerolinecolor: theme.line, automargin: true };
  const counts = { ...axis, rangemode: "tozero", tickformat: ",d" };
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", dragmode: false, height: Math.max(LEAST_HEIGHT, place.clientHeight),
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: theme.muted },
    margin: { l: 8, r: 8, t: 8, b: 8 }, bargap: 0.25, bargroupgap: 0.08, showlegend: false,
    hoverlabel: { bgcolor: theme.panel, bordercolor: theme.line, font: { color: theme.ink } },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: theme.ink } },
    xaxis: { ...axis, type: "category", showgrid: false }, yaxis: counts,
  };
}

/** Colour and hatching of the n-th series: the hatching tells them apart without colour. */
export function look(theme, index) {
  const colour = theme.series[index % theme.series.length];
  const shape = PATTERNS[index % PATTERNS.length];
  return { color: colour, line: { color: colour, width: 1 }, pattern: { shape, size: 6, solidity: 0.35, bgcolor: theme.panel, fgcolor: colour } };
}

/** A text for plotly, which reads a few HTML tags, entities and %{templates}: made plain. */
export function label(text, length = 28) {
  const entity = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
  return shorten(text, length).replace(/[&<>]/g, (sign) => entity[sign]).replaceAll("%{", "% {");
}

const again = () => charts.forEach((chart, place) => schedule(place, chart));
dark.addEventListener("change", again);
calm.addEventListener("change", again);
document.addEventListener("visibilitychange", again);
