/** Live tail of recent orders; each goes from pending to processed (or dead-lettered). */

import { getMessages } from "./api.js";
import { h, note, part, problemNote, setText, symbol } from "./dom.js";
import { clock, plural } from "./format.js";
import { Progress } from "./order_progress.js";

const MOST_ROWS = 100;
const GROUP = "order-processor";
const STATES = {
  pending: ["◔", "pending"],
  processed: ["✓", "processed"],
  "dead-lettered": ["✕", "dead-lettered"],
};

export function start(element, feed) {
  const place = part(element, "note"), body = part(element, "rows");
  const rows = new Map(); // "partition:offset" -> row, oldest first
  const progress = new Progress();
  let waiting = [], held = false, loading = false, failed = false;

  note(place, { kind: "loading", title: "Reading the newest orders." });
  part(element, "pause").addEventListener("click", (event) => {
    held = !held;
    event.currentTarget.setAttribute("aria-pressed", String(held));
    if (!held) add(waiting.splice(0));
    setText(event.currentTarget, held ? "Go on" : "Hold the list");
  });
  feed.on("connection", ({ name }) => name === "live" && load());
  feed.on("orders", (news) => {
    sampled(part(element, "sampled"), news.skipped);
    if (!held && !loading) return add(news.orders);
    waiting = [...waiting, ...news.orders].slice(-MOST_ROWS);
    if (held) setText(part(element, "pause"), `Go on (${waiting.length} new)`);
  });
  feed.on("worker", (event) => {
    if (event.group_id === GROUP) progress.worker(event);
    refresh();
  });
  feed.on("offsets", (snapshot) => {
    progress.snapshot(snapshot, GROUP);
    refresh();
  });

  async function load() {
    loading = true;
    progress.forget();
    try {
      const { messages } = await getMessages(MOST_ROWS);
      body.replaceChildren();
      rows.clear();
      failed = false;
      add(messages.toReversed());
    } catch (problem) {
      failed = true;
      problemNote(place, problem, load);
    }
    loading = false;
    if (!held) add(waiting.splice(0));
  }

  function add(orders) {
    for (const order of orders.slice(-MOST_ROWS)) {
      const id = `${order.partition}:${order.offset}`;
      if (rows.has(id)) continue;
      const row = newRow(order);
      rows.set(id, row);
      body.prepend(row.element);
    }
    for (const [id, row] of rows) {
      if (rows.size <= MOST_ROWS) break;
      row.element.remove();
      rows.delete(id);
    }
    part(element, "scroll").hidden = rows.size === 0;
    if (rows.size > 0 && !failed) note(place, null);
    else if (!failed) note(place, { kind: "empty", title: "No orders yet.", next: "Send one with the form, or start the load." });
    refresh();
  }

  /** Orders can be handled before or after they are shown here: both ways end in the same state. */
  function refresh() {
    for (const row of rows.values()) {
      const { state, worker } = progress.of(row.order);
      if (state === row.state || state === "pending") continue;
      if (row.state === "pending" || state === "dead-lettered") settle(row, state, worker);
    }
  }
}

function sampled(words, skipped) {
  words.hidden = !skipped;
  setText(words, skipped ? `Too fast to list all: ${plural(skipped, "order")} just now are not shown.` : "");
}

function newRow(order) {
  const cell = (kind, text = "") => h("td", { role: "cell", class: kind }, String(text ?? ""));
  const state = cell("state"), worker = cell("wide worker");
  const age = order.age === null || order.age === undefined ? order.age_group : `${order.age} (${order.age_group})`;
  const element = h("tr", { role: "row", "data-partition": order.partition, "data-offset": order.offset },
    state, cell("user foreign", order.user), cell("item foreign", order.item), cell("qty number", order.qty), cell("wide age", age),
    cell("partition number", order.partition), cell("offset number", order.offset),
    worker, cell("wide sent", clock(order.produced_at)), cell("number wide", order.order_id));
  const row = { element, order, state: "", cells: { state, worker } };
  settle(row, order.status, order.worker);
  return row;
}

function settle(row, state, worker) {
  row.state = state;
  row.element.dataset.state = state;
  const [sign, word] = STATES[state] ?? ["", state];
  row.cells.state.replaceChildren(symbol(sign), word);
  setText(row.cells.worker, worker ?? "");
}
