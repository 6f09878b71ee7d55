/** Owners over time: swim lanes of one group, the words above them, and the same as a table. */

import { h, note, part, setText, table } from "./dom.js";
import { clock, duration, plural } from "./format.js";
import { LaneChart, partitionName, severalTopics } from "./lane_chart.js";
import { Lanes, length } from "./lanes.js";

const FIRST = "order-processor";
const DRAW_MS = 250;
const CALM_MS = 5_000; // for those who want less motion the picture moves in steps
const MOST_ROWS = 100;
const SAMPLES = 10;
const NEXT = "Start workers with `playground scale processor 2`.";
const COLUMNS = [["Partition", ""], ["Owner", "foreign"], ["From", "number"], ["Until", "number"], ["Its end", ""], ["Then without owner", "number"]];
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export function start(element, feed) {
  const place = part(element, "note"), select = part(element, "group"), box = part(element, "chart");
  const lanes = new Lanes(), time = new ServerClock(), chart = new LaneChart(box);
  let seconds = 60, drawn = 0, news = true, asked = false, known = "", listed = "";

  note(place, { kind: "loading", title: "Waiting for the list of consumer groups." });
  feed.on("connection", ({ name }) => (name === "live" ? time.go() : time.stop()));
  feed.on("history", ({ events }) => events.forEach(take));
  feed.on("worker", take);
  feed.on("offsets", ({ taken_at: at }) => {
    time.heard(at);
    lanes.offsets(at);
  });
  feed.on("groups", ({ groups }) => {
    lanes.snapshot(groups, time.now());
    asked = news = true;
  });
  select.addEventListener("change", redraw);
  part(element, "window").addEventListener("change", (event) => {
    seconds = Number(event.target.value);
    redraw();
  });
  part(element, "table").closest("details").addEventListener("toggle", redraw);
  new ResizeObserver(redraw).observe(box);
  document.addEventListener("visibilitychange", redraw);
  setInterval(() => {
    if (news || Date.now() - drawn >= (calm.matches ? CALM_MS : DRAW_MS)) draw();
  }, DRAW_MS);

  function take(event) {
    lanes.worker(event);
    news ||= event.event !== "records_handled";
  }

  function redraw() {
    news = true;
  }

  function draw() {
    if (document.hidden || !asked) return;
    if (!lanes.groups.size) return note(place, { kind: "empty", title: "No consumer group exists yet.", next: NEXT });
    news = false;
    drawn = Date.now();
    const now = time.now(), from = now - seconds * 1000;
    lanes.trim(now);
    offer([...lanes.groups.keys()]);
    const view = lanes.view(select.value, from, now), span = spanWords(seconds);
    const empty = view.members.length === 0;
    note(place, empty ? { kind: "empty", title: `Nobody read for ${select.value} in the last ${span}.`, next: NEXT } : null);
    box.hidden = empty;
    setText(part(element, "words"), empty ? "" : words(view, from, now, span));
    if (empty) return;
    const label = `Owners of the partitions of ${select.value} in the last ${span}: ${view.members.map((each) => each.name).join(", ")}. The table below says the same.`;
    if (box.getAttribute("aria-label") !== label) box.setAttribute("aria-label", label);
    chart.draw(view, from, now);
    if (part(element, "table").closest("details").open) list(view, now);
  }

  function offer(ids) {
    const text = JSON.stringify(ids);
    if (text === known) return;
    const chosen = select.value && known ? select.value : ids.includes(FIRST) ? FIRST : ids[0];
    select.replaceChildren(...ids.toSorted().map((id) => h("option", { value: id }, id)));
    select.value = chosen;
    known = text;
  }

  function list(view, now) {
    const several = severalTopics(view.places);
    const rows = view.segments.toSorted((a, b) => b.from - a.from).slice(0, MOST_ROWS).map((each) => {
      const pause = view.pauses.find((one) => one.place === each.place && one.from === each.to && one.member === each.member);
      const without = !pause ? "" : pause.to === null ? "still" : duration(length(pause, now) / 1000);
      return [partitionName(each.place, several), each.member, clock(each.from), each.to === null ? "now" : clock(each.to), each.how, without];
    });
    const text = JSON.stringify(rows);
    if (text === listed) return; // a selection survives
    part(element, "table").replaceChildren(table("Who owned which partition, newest first", COLUMNS, rows));
    listed = text;
  }
}

const spanWords = (seconds) => (seconds < 120 ? `${seconds} s` : `${seconds / 60} min`);

function words(view, from, now, span) {
  const all = [view.rebalances ? `${plural(view.rebalances, "rebalance")} in the last ${span}` : `No rebalance in the last ${span}`];
  const { longest } = view;
  if (longest) {
    const name = partitionName(longest.place, severalTopics(view.places));
    all.push(`longest pause ${duration(length(longest, now) / 1000)} (${name}${longest.to === null ? ", still without owner" : ""})`);
  } else all.push("no partition was without an owner");
  const late = view.since > from ? ` What was before ${clock(view.since)} is not known here.` : "";
  return `${all.join("; ")}.${late}`;
}

/** The time where the workers are: this computer's clock may differ. It stands still while nothing is heard. */
class ServerClock {
  constructor() {
    this.samples = [];
    this.stopped = null;
  }

  heard(iso) {
    const ahead = Date.parse(iso) - Date.now(); // less than the truth by as much as the message took
    if (!Number.isNaN(ahead)) this.samples = [...this.samples, ahead].slice(-SAMPLES);
  }

  now() {
    return this.stopped ?? Date.now() + (this.samples.length ? Math.max(...this.samples) : 0);
  }

  stop() {
    this.stopped ??= this.now();
  }

  go() {
    this.stopped = null;
  }
}
