/** Totals in the header: orders per second and the lag of each group. */

import { h, setText } from "./dom.js";
import { count, rate } from "./format.js";

const TOPIC = "orders";
const DEAD_LETTERS = "orders.dlq";
const MOST_GROUPS = 4;
// Rates are taken over a few snapshots: one second alone is mostly the jitter of its ends.
const RATE_SNAPSHOTS = 5;

export function start(element, feed) {
  const shown = new Map();
  let seen = [];

  const show = (id, label, value) => {
    if (!shown.has(id)) {
      const number = h("dd", {});
      const box = h("div", {}, h("dt", {}, label), number);
      element.append(box);
      shown.set(id, { number, box });
    }
    setText(shown.get(id).number, value);
  };

  show("rate", "orders/s", "–");
  feed.on("connection", ({ name }) => {
    if (name !== "live") seen = []; // a rate over a gap would be wrong
  });
  feed.on("offsets", (snapshot) => {
    const now = { at: Date.parse(snapshot.taken_at), end: endOf(snapshot, TOPIC) };
    const before = seen[0];
    if (now.end === null || (before && now.end < before.end)) seen = []; // not every end is known, or another topic
    else if (before && now.at > before.at) show("rate", "orders/s", rate(((now.end - before.end) * 1000) / (now.at - before.at)));
    if (now.end !== null) seen = [...seen, now].slice(-RATE_SNAPSHOTS);
    const groups = snapshot.groups.slice(0, MOST_GROUPS);
    for (const group of groups) show(`lag ${group.group_id}`, `lag ${group.group_id}`, count(group.total_lag));
    const dead = sizeOf(snapshot, DEAD_LETTERS);
    if (dead) show("dead", "dead letters", count(dead));
    const wanted = new Set(["rate", dead ? "dead" : "", ...groups.map((group) => `lag ${group.group_id}`)]);
    for (const [id, { box }] of shown) {
      if (!wanted.has(id)) {
        box.remove();
        shown.delete(id);
      }
    }
  });
}

function partitionsOf(snapshot, name) {
  return snapshot.topics.find((topic) => topic.topic === name)?.partitions ?? [];
}

function endOf(snapshot, name) {
  const ends = partitionsOf(snapshot, name).map((each) => each.end_offset);
  return ends.includes(null) ? null : ends.reduce((sum, end) => sum + end, 0);
}

function sizeOf(snapshot, name) {
  return partitionsOf(snapshot, name).reduce((sum, each) => sum + each.end_offset - each.start_offset, 0);
}
