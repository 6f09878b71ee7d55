/** Offsets and lag: a bar chart and one table per group, from the snapshot of each second. */

import { getOffsets } from "./api.js";
import { h, note, part, problemNote, setText, table } from "./dom.js";
import { count, duration, groupState, partitionList, rate } from "./format.js";
import { drawLag, endOffsets } from "./lag_chart.js";

const MOST_GROUPS = 8;
const LATE_MS = 5000;
const FEW = 10; // records: what a healthy group has on its way at any moment
const COLUMNS = [["Partition", ""], ["Committed", "number"], ["End", "number"], ["Lag", "number"], ["Behind", "number"]];

export function start(element, feed) {
  const place = part(element, "note"), chart = part(element, "chart");
  const cards = new Map();
  let snapshot = null, view = "lag", heard = Date.now(), live = false, asking = false;

  note(place, { kind: "loading", title: "Waiting for the first snapshot of offsets." });
  part(element, "view").addEventListener("change", (event) => {
    view = event.target.value;
    if (snapshot) show(snapshot);
  });
  feed.on("connection", ({ name }) => {
    live = name === "live";
    heard = Date.now();
  });
  feed.on("offsets", (newest) => {
    heard = Date.now();
    show(newest);
  });

  function show(newest) {
    snapshot = newest;
    const groups = snapshot.groups.slice(0, MOST_GROUPS);
    chart.hidden = groups.length === 0;
    note(place, groups.length ? hidden(snapshot) : {
      kind: "empty", title: "No consumer group has read anything yet.",
      next: "Start workers with `playground scale processor 2`; `make run` starts them too.",
    });
    if (groups.length) drawLag(chart, { ...snapshot, groups }, view);
    for (const [id, card] of cards) {
      if (groups.some((group) => group.group_id === id)) continue;
      card.box.remove();
      cards.delete(id);
    }
    const end = endOffsets(snapshot);
    for (const group of groups) {
      if (!cards.has(group.group_id)) cards.set(group.group_id, newCard(part(element, "groups"), group.group_id));
      fill(cards.get(group.group_id), group, end);
    }
  }

  // A broker that does not answer leaves no snapshot: ask the API, which knows the reason.
  setInterval(async () => {
    if (!live || asking || Date.now() - heard < LATE_MS) return;
    asking = true;
    try {
      show(await getOffsets());
    } catch (problem) {
      if (live) problemNote(place, problem);
    }
    heard = Date.now();
    asking = false;
  }, 1000);
}

function hidden({ groups }) {
  const more = groups.length - MOST_GROUPS;
  return more > 0 ? { kind: "empty", title: `${more} more groups are not shown.`, next: "All of them: `playground lag`." } : null;
}

function newCard(parent, id) {
  const card = { facts: h("p", { class: "facts" }), reasons: h("p", { class: "hint" }), rows: new Map(), box: null };
  const grid = table(`Offsets and lag of ${id}`, COLUMNS, []);
  card.body = grid.querySelector("tbody");
  card.total = h("strong", { class: "total" });
  card.box = h("div", { class: "group", "data-group": id },
    h("h3", {}, h("span", { class: "name" }, id), card.total), card.facts,
    h("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": `Offsets of ${id}` }, grid), card.reasons);
  parent.append(card.box);
  return card;
}

function fill(card, group, end) {
  setText(card.total, `lag ${count(group.total_lag)}`);
  setText(card.facts, facts(group));
  const topics = new Set(group.partitions.map((each) => each.topic));
  const wanted = new Set();
  for (const each of group.partitions) {
    const id = `${each.topic} ${each.partition}`;
    wanted.add(id);
    if (!card.rows.has(id)) card.rows.set(id, newRow(card.body));
    const { row, cells } = card.rows.get(id);
    row.dataset.lagging = String(each.lag > 0);
    setText(cells[0], topics.size > 1 ? `${each.topic}-${each.partition}` : String(each.partition));
    setText(cells[1], each.committed_offset === null ? "no commit yet" : count(each.committed_offset));
    setText(cells[2], count(end.get(id)));
    setText(cells[3], count(each.lag));
    setText(cells[4], behind(each, group));
  }
  for (const [id, { row }] of card.rows) {
    if (wanted.has(id)) continue;
    row.remove();
    card.rows.delete(id);
  }
  setText(card.reasons, reasons(group.partitions));
}

/** Why some values are missing or computed differently; each reason once, with its partitions. */
function reasons(partitions) {
  const found = new Map();
  for (const each of partitions) {
    if (each.reason) found.set(each.reason, [...(found.get(each.reason) ?? []), each]);
  }
  return [...found].map(([reason, all]) => `${all.length === 1 ? "Partition" : "Partitions"} ${partitionList(all)}: ${reason}.`).join(" ");
}

function newRow(body) {
  const cells = COLUMNS.map(([, kind]) => h("td", { class: kind }));
  const row = h("tr", {}, ...cells);
  body.append(row);
  return { row, cells };
}

/** Seconds behind; a few records of a group that reads are too few to measure, but never a second's worth. */
function behind({ committed_offset: committed, lag, lag_seconds: seconds }, group) {
  const known = seconds !== null && seconds !== undefined;
  const few = committed !== null && lag !== null && lag <= FEW;
  return !known && few && group.consume_rate > 0 ? "under 1\u00a0s" : duration(seconds);
}

/** What is always in flight under steady load is no backlog; without a rate nothing is kept up with. */
function keepsUp({ total_lag: lag, consume_rate: rate }) {
  return lag !== null && rate > 0 && lag <= Math.max(FEW, 2 * rate);
}

function facts(group) {
  const words = [groupState(group.state), group.consume_rate === null ? "rate not known yet" : `reads ${rate(group.consume_rate)}/s`];
  if (group.total_lag === 0) words.push("caught up");
  else if (keepsUp(group)) words.push("keeping up");
  else if (group.time_to_drain_seconds !== null && group.time_to_drain_seconds !== undefined) {
    words.push(`caught up in about ${duration(group.time_to_drain_seconds)}`);
  } else words.push("not catching up");
  return words.join(" · ");
}
