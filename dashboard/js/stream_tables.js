/** Streaming SQL: one table at a time, live while somebody looks, with the statement that makes it. */

import { followTable, getStreamTables } from "./api.js";
import { h, note, part, problemNote, setText } from "./dom.js";
import { clock, count, minute, plural, shorten } from "./format.js";
import { drawTable, windowWords } from "./stream_table_chart.js";
import { TableRows } from "./stream_table_rows.js";

const ENGINES = { ksqldb: "answered by ksqlDB", analytics: "answered by the analytics group" };
const MOST_ROWS = 60;
const SHOWN_MS = 20 * 60_000; // of windows
const AGAIN_MS = 10 * 60_000; // after which the stream begins again, without the windows that went out of sight
const FORMATS = { windowstart: minute, windowend: minute };

export function start(element, feed) {
  new StreamTablesPanel(element, feed);
}

class StreamTablesPanel {
  constructor(element, feed) {
    this.element = element;
    this.tables = [];
    this.engine = null;
    this.chosen = null;
    this.inSight = false;
    this.stream = null;
    this.note({ kind: "loading", title: "Asking which tables there are." });
    feed.on("connection", ({ name }) => name === "live" && this.load());
    this.part("tables").addEventListener("change", (event) => this.choose(event.target.value));
    // A stream keeps one of the six connections that a browser makes to a host: only while it is looked at.
    new IntersectionObserver(([{ isIntersecting }]) => {
      this.inSight = isIntersecting;
      this.follow();
    }).observe(element);
    document.addEventListener("visibilitychange", () => this.follow());
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", (event) => event.persisted && this.follow());
  }

  part(name) {
    return part(this.element, name);
  }

  note(words) {
    note(this.part("note"), words);
  }

  async load() {
    try {
      const { engine, tables } = await getStreamTables();
      this.tables = tables;
      this.engine = engine;
    } catch (problem) {
      return problemNote(this.part("note"), problem, () => this.load());
    }
    this.choices();
    this.choose((this.chosen ?? this.tables[0]).table);
  }

  choices() {
    const legend = this.part("tables").querySelector("legend");
    const radios = this.tables.map(({ table }, at) => {
      const chosen = table === this.chosen?.table || (!this.chosen && at === 0);
      return h("label", {}, h("input", { type: "radio", name: "stream-table", value: table, checked: chosen }), h("span", {}, table));
    });
    this.part("tables").replaceChildren(legend, ...radios);
  }

  choose(name) {
    this.chosen = this.tables.find(({ table }) => table === name) ?? this.tables[0];
    this.rows = new TableRows();
    setText(this.part("badge"), ENGINES[this.engine] ?? this.engine);
    this.part("results").hidden = true;
    this.part("sql").replaceChildren(...highlighted(this.chosen.sql));
    setText(this.part("caption"), this.chosen.window ? "Its windows over time" : "Its largest rows");
    setText(this.part("windows"), this.chosen.window ? windowWords(this.chosen.window) : "");
    setText(this.part("late"), "");
    this.part("whole").href = `stream-table?table=${encodeURIComponent(this.chosen.table)}`;
    this.note({ kind: "loading", title: `Asking for ${this.chosen.table}.` });
    this.close();
    this.follow();
  }

  /** Opens the stream when somebody looks, and closes it when nobody does. */
  follow() {
    if (!this.chosen || !this.inSight || document.hidden) return this.close();
    if (this.stream) return;
    const { table, window } = this.chosen;
    const query = window ? { table, from: Math.max(0, Date.now() - SHOWN_MS) } : { table };
    this.stream = followTable(query, (name, data) => this.take(name, data));
    this.again = setTimeout(() => (this.close(), this.follow()), AGAIN_MS);
  }

  close() {
    clearTimeout(this.again);
    this.stream?.close();
    this.stream = null;
  }

  take(name, data) {
    if (name === "problem") {
      return this.note({ kind: "error", title: data.title, detail: data.detail, next: data.next_step });
    }
    if (name === "rows") this.rows.replace(data);
    else this.late(this.rows.change(data));
    if (this.chosen.window) this.rows.forget(Date.now() - SHOWN_MS);
    this.show();
  }

  show() {
    const { rows, chosen } = this, empty = rows.rows.size === 0;
    this.part("results").hidden = empty && !rows.columns.length;
    this.note(empty ? this.emptiness() : null);
    const sorted = rows.sorted(), shown = sorted.slice(0, MOST_ROWS);
    this.part("rows").replaceChildren(this.grid(shown));
    this.part("rows").hidden = empty;
    this.part("chart").hidden = empty;
    setText(this.part("more"), sorted.length > shown.length ? `${plural(sorted.length - shown.length, "more row")}: ` : "");
    if (!empty) drawTable(this.part("chart"), rows, chosen.window, Date.now());
  }

  emptiness() {
    const title = this.chosen.window ? `No orders in the last ${SHOWN_MS / 60_000} minutes.` : "No rows yet.";
    return { kind: "empty", title, next: "Send an order or start the load: its row appears here." };
  }

  grid(rows) {
    const { columns } = this.rows;
    const kind = ({ name, type }) => (FORMATS[name] ? "" : type === "STRING" ? "foreign" : "number");
    const head = columns.map((each) => h("th", { scope: "col", class: kind(each) || null, title: each.type }, each.name));
    const body = rows.map((row) => h("tr", { "data-fresh": this.rows.fresh.has(this.rows.id(row)) },
      ...columns.map((each) => h("td", { class: kind(each) || null }, words(each, row[each.name])))));
    return h("table", {}, h("caption", { class: "hidden" }, `Rows of ${this.chosen.table}`), h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...body));
  }

  late(rows) {
    if (!rows.length) return;
    const starts = [...new Set(rows.map((row) => minute(row.windowstart)))].slice(0, 3).join(", ");
    setText(this.part("late"), `${clock(Date.now())}: changed although over: the window of ${starts}. Orders of that time were read only now; the grace period of a window lets them in.`);
  }
}

function words({ name, type }, value) {
  if (value === null) return "null";
  if (FORMATS[name]) return FORMATS[name](value);
  return type === "STRING" ? shorten(value, 64) : count(value);
}

/** The statement, its comment apart. */
function highlighted(sql) {
  return sql.split("\n").map((line) => h("span", { class: line.startsWith("--") ? "comment" : null }, `${line}\n`));
}
