/** Who owns which partition: one grid of members and partitions per group. */

import { h, note, part, spoken, symbol } from "./dom.js";
import { groupState, shorten } from "./format.js";

const MOST_GROUPS = 8;

export function start(element, feed) {
  const place = part(element, "note");
  let groups = null, columns = new Map(), drawn = "";
  note(place, { kind: "loading", title: "Waiting for the list of consumer groups." });

  feed.on("groups", (document) => {
    groups = document.groups;
    show();
  });
  feed.on("offsets", (snapshot) => {
    columns = new Map(snapshot.groups.map((group) => [group.group_id, group.partitions]));
    if (groups) show();
  });

  function show() {
    const shown = groups.slice(0, MOST_GROUPS).map((group) => ({ ...group, partitions: partitionsOf(group, columns.get(group.group_id)) }));
    const now = JSON.stringify(shown);
    if (now === drawn) return; // offsets move each second, owners seldom
    note(place, shown.length ? null : {
      kind: "empty", title: "No consumer group exists yet.", next: "Start workers with `playground scale processor 2`.",
    });
    part(element, "groups").replaceChildren(...shown.map(card));
    drawn = now;
  }
}

const nameOf = (each) => `${each.topic} ${each.partition}`;

/** Every partition the group reads: those of the snapshot and those that members hold. */
function partitionsOf(group, read = []) {
  const all = new Map();
  for (const each of [...read, ...group.members.flatMap((member) => [...member.assignment ?? [], ...member.target_assignment ?? []])]) {
    all.set(nameOf(each), { topic: each.topic, partition: each.partition });
  }
  return [...all.values()].sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition);
}

function card(group) {
  const words = [groupState(group.state)];
  if (group.type) words.push(group.type === "consumer" ? "protocol consumer (KIP-848)" : `protocol ${group.type}`);
  if (group.assignor) words.push(`assignor ${group.assignor}`);
  const box = h("div", { class: "group", "data-group": group.group_id },
    h("h3", {}, h("span", { class: "name" }, group.group_id)), h("p", { class: "facts" }, words.join(" · ")));
  if (group.members.length === 0) {
    const empty = h("div", {});
    note(empty, {
      kind: "empty", title: "Nobody reads for this group now.",
      next: "Its lag grows until a worker joins: `playground scale processor 1` or `playground scale analytics 1`.",
    });
    box.append(empty);
    return box;
  }
  box.append(h("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": `Owners in ${group.group_id}` }, grid(group)));
  return box;
}

function grid(group) {
  const topics = new Set(group.partitions.map((each) => each.topic));
  const columns = topics.size > 1 ? "wide" : group.partitions.length > 8 ? "many" : "few";
  const name = (each) => `${{ wide: `${each.topic}-`, many: "", few: "p" }[columns]}${each.partition}`;
  const head = group.partitions.map((each) => h("th", { scope: "col", class: "cell" }, name(each)));
  const members = group.members.toSorted((a, b) => String(a.client_id).localeCompare(String(b.client_id), "en", { numeric: true }));
  const rows = members.map((member) => memberRow(member, group.partitions));
  const owned = new Set(members.flatMap((member) => member.assignment.map(nameOf)));
  if (group.partitions.some((each) => !owned.has(nameOf(each)))) rows.push(nobodyRow(group.partitions, owned));
  // Short names fit into equal narrow columns; names with their topic need the room they take.
  const table = h("table", { class: "owners" },
    h("caption", { class: "hidden" }, `Members of ${group.group_id} and the partitions they own`),
    h("thead", {}, h("tr", {}, h("th", { scope: "col", class: "member" }, "Member"), ...head)), h("tbody", {}, ...rows));
  table.dataset.columns = columns;
  table.style.setProperty("--columns", head.length);
  return table;
}

function memberRow(member, partitions) {
  const has = new Set(member.assignment.map(nameOf));
  const wanted = member.target_assignment ? new Set(member.target_assignment.map(nameOf)) : has;
  const cells = partitions.map((each) => {
    const id = nameOf(each);
    if (has.has(id) && wanted.has(id)) return cell("owned", "■", "owns");
    if (has.has(id)) return cell("leaving", "◧", "is giving back");
    if (wanted.has(id)) return cell("coming", "□", "will get");
    return cell("none", "", "");
  });
  const short = shorten(member.member_id, 9);
  const instance = member.group_instance_id ?? short;
  const title = `${member.client_id} ${member.group_instance_id ?? member.member_id}`; // what the ellipsis hides
  const label = h("th", { scope: "row", class: "member", title }, h("span", { class: "name" }, member.client_id), h("small", {}, ` ${instance}`));
  return h("tr", {}, label, ...cells);
}

function nobodyRow(partitions, owned) {
  const cells = partitions.map((each) => (owned.has(nameOf(each)) ? cell("none", "", "") : cell("orphan", "✕", "has no owner")));
  return h("tr", { class: "nobody" }, h("th", { scope: "row", class: "member" }, "nobody"), ...cells);
}

function cell(kind, sign, words) {
  return h("td", { class: "cell", "data-owner": kind }, ...(sign ? [symbol(sign), spoken(words)] : []));
}
