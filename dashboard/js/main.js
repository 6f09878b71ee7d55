/** Starts every panel and hands it the events of the API. */

import * as api from "./api.js";
import { h, note, part, setText } from "./dom.js";
import { clock } from "./format.js";
import * as analytics from "./analytics.js";
import * as connection from "./connection.js";
import * as experimentLine from "./experiment_line.js";
import * as lag from "./lag.js";
import * as lanePanel from "./lane_panel.js";
import * as load from "./load.js";
import * as orderForm from "./order_form.js";
import * as orders from "./orders.js";
import * as ownership from "./ownership.js";
import * as stack from "./stack.js";
import * as streamTables from "./stream_tables.js";
import * as totals from "./totals.js";
import * as workerEvents from "./worker_events.js";

const PANELS = {
  connection, totals, lag, "order-form": orderForm, load, lanes: lanePanel, stack,
  ownership, orders, "worker-events": workerEvents, analytics, "stream-tables": streamTables, "experiment-line": experimentLine,
};
const FORMS = new Set(["order-form"]); // shows nothing that could be out of date

/** @type {Map<string, Array<Function>>} */
const handlers = new Map();

function emit(name, data) {
  for (const handler of handlers.get(name) ?? []) handler(data);
}

/** What a panel gets: `on(name, handler)`. A panel that fails says so and leaves the others alone. */
function feedFor(panel) {
  return {
    on(name, handler) {
      const guarded = (data) => guard(panel, () => handler(data));
      handlers.set(name, [...(handlers.get(name) ?? []), guarded]);
    },
    retry: () => stream.retry(),
  };
}

function guard(panel, work) {
  try {
    work();
  } catch (error) {
    console.error(`panel ${panel.id} failed`, error);
    const place = part(panel, "note");
    if (!place) return;
    note(place, {
      kind: "error", title: "This panel could not show what the API sent.",
      detail: String(error.message ?? error), next: "Reload the page. When it stays, report it with this text.",
    });
  }
}

/** Says below a panel's title that its numbers stopped moving, or that none ever came. */
function watchStale(panel) {
  const words = h("p", { class: "stale", hidden: true });
  panel.querySelector("header").after(words);
  let since = null, everLive = false;
  feedFor(panel).on("connection", ({ name, reason, next }) => {
    everLive ||= name === "live";
    since = name === "live" ? null : since ?? new Date().toISOString();
    words.hidden = !everLive || since === null;
    setText(words, since ? `Not live since ${clock(since)}: these are the last known values.` : "");
    if (name === "gone" && panel.querySelector('.note[data-kind="loading"]')) {
      note(part(panel, "note"), { kind: "error", title: "There is no data: the API is not reachable.", detail: reason, next });
    }
  });
}

let stream = { retry() {} };
for (const [id, module] of Object.entries(PANELS)) {
  const panel = document.getElementById(id);
  if (panel.matches(".panel") && !FORMS.has(id)) watchStale(panel);
  guard(panel, () => module.start(panel, feedFor(panel)));
}
stream = api.follow(emit, (state) => {
  document.body.dataset.connection = state.name;
  emit("connection", state);
});
feedFor(document.body).on("hello", ({ version }) => {
  setText(document.getElementById("version"), version ? `Version ${version}` : "");
});
