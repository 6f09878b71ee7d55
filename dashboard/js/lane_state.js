/**
 * Who owns which partition of one group, fact after fact.
 *
 * Two kinds of facts tell it. Workers say at once what they took and gave back; a worker that is killed or frozen says
 * nothing. The broker's list (a snapshot) knows those too, and members that are not ours, but it comes once a second
 * and is a little behind. So a worker's own words count, and the broker's list corrects them when they have had time
 * to meet. All times are milliseconds since 1970.
 */

const MEET_MS = 2_000; // a snapshot that differs from what a member said less than this before is only behind
const JOIN_MS = 30_000; // a worker that has started may be away from the list for so long before it counts as gone
const TOPIC = "orders"; // what events mean that name only numbers

const CHANGES = { partitions_assigned: "", partitions_revoked: "gave it back", partitions_lost: "lost it" };
const ENDS = { shutdown_complete: "stopped", fatal: "ended with an error" };
/** How a member ends that is killed or frozen: nobody knows exactly when. */
export const SILENT = "ended without a word";

/** Events that say something about ownership. */
export const TELLING = new Set([...Object.keys(CHANGES), ...Object.keys(ENDS), "startup_complete"]);

/**
 * A segment is one partition owned by one member: {place, member, from, to, how, known}.
 * `to` is null while it lasts; `how` says how it ended; `known` whether its beginning was seen.
 */
export function newState() {
  return { members: new Map(), open: new Map(), segments: [], snapshot: null };
}

/** A copy that can be changed alone; the snapshot is a fact, which nobody changes here. */
export function copyState(state) {
  const segments = state.segments.map((each) => ({ ...each }));
  const open = new Map(segments.filter((each) => each.to === null).map((each) => [each.place, each]));
  const members = new Map([...state.members].map(([name, each]) => [name, {
    ...each, lives: each.lives.map((life) => ({ ...life })), ids: new Set(each.ids), dead: new Set(each.dead),
  }]));
  return { members, open, segments, snapshot: state.snapshot };
}

/** Takes one fact in; they come in the order of their times. */
export function apply(state, fact) {
  if (fact.list) {
    settle(state, fact.at);
    state.snapshot = fact;
    note(state, fact.list);
  } else {
    settle(state, fact.at);
    tell(state, fact);
  }
}

/** Lets the newest snapshot correct what it contradicts, as far as the broker confirmed it until then. */
export function settle(state, until) {
  const { snapshot } = state;
  if (!snapshot) return;
  const due = [];
  for (const member of state.members.values()) {
    const places = placesOf(snapshot, member);
    const patience = places || member.listed || owned(state, member.name).length ? MEET_MS : JOIN_MS;
    const at = Math.max(snapshot.at, member.heard + patience);
    const done = `${snapshot.number} ${member.heard}`;
    if (at > Math.min(until, snapshot.until) || member.settled === done) continue;
    member.settled = done;
    due.push({ member, at, places });
  }
  for (const { member, at, places } of due) {
    if (!places) end(state, member, at, SILENT, snapshot.signs);
    for (const each of owned(state, member.name)) if (!places?.has(each.place)) close(state, each, at, "gave it back");
  }
  for (const { member, at, places } of due) {
    if (!places) continue;
    live(member, at);
    member.listed = true;
    for (const place of places) take(state, member, place, at, snapshot.known, snapshot.signs);
  }
}

/** What the broker says that this member owns; null when it lists no living member of that name. */
function placesOf({ list }, member) {
  const alive = list.filter((each) => each.name === member.name && !member.dead.has(each.id));
  return alive.length ? new Set(alive.flatMap((each) => each.places)) : null;
}

function note(state, list) {
  for (const member of state.members.values()) member.ids = new Set();
  for (const { name, id } of list) memberOf(state, name).ids.add(id);
}

function tell(state, { at, event, signs }) {
  const member = memberOf(state, nameOf(event));
  member.heard = at;
  if (event.event === "startup_complete") {
    end(state, member, at, SILENT, signs);
    member.dead = new Set([...member.dead, ...member.ids].slice(-20)); // the broker still lists its former life
    member.listed = false;
    live(member, at);
  } else if (event.event in ENDS) {
    live(member, at);
    end(state, member, at, ENDS[event.event], null);
  } else {
    live(member, at);
    const now = ownedAfter(state, member, event);
    for (const each of owned(state, member.name)) if (!now.has(each.place)) close(state, each, at, CHANGES[event.event] || "gave it back");
    const changed = new Set((event.partitions ?? []).map(placeOf));
    for (const place of now) take(state, member, place, at, changed.has(place), signs);
  }
}

/** The event's own list of everything owned; without one, what was owned before and the change. */
function ownedAfter(state, member, { event, owned: all, partitions = [] }) {
  const topic = partitions.find((each) => each?.topic)?.topic ?? TOPIC;
  if (Array.isArray(all)) return new Set(all.map((each) => placeOf(each, topic)));
  const now = new Set(owned(state, member.name).map((each) => each.place));
  for (const place of partitions.map(placeOf)) event === "partitions_assigned" ? now.add(place) : now.delete(place);
  return now;
}

function memberOf(state, name) {
  if (!state.members.has(name)) {
    state.members.set(name, { name, lives: [], heard: -Infinity, listed: false, ids: new Set(), dead: new Set(), settled: "" });
  }
  return state.members.get(name);
}

const owned = (state, name) => [...state.open.values()].filter((each) => each.member === name);

function live(member, at) {
  if (!member.lives.length || member.lives.at(-1).to !== null) member.lives.push({ from: at, to: null });
}

/** The member is gone, and with it all that it owned. */
function end(state, member, at, how, signs) {
  const life = member.lives.at(-1);
  if (life?.to === null) life.to = moment(member.name, life.from, at, signs);
  for (const each of owned(state, member.name)) close(state, each, at, how, signs);
}

function take(state, member, place, at, known, signs) {
  const open = state.open.get(place);
  if (open?.member === member.name) return;
  if (open) close(state, open, at, SILENT, signs);
  const segment = { place, member: member.name, from: at, to: null, how: "", known };
  state.segments.push(segment);
  state.open.set(place, segment);
}

function close(state, segment, at, how, signs = null) {
  segment.to = moment(segment.member, segment.from, at, signs);
  segment.how = how;
  state.open.delete(segment.place);
}

/** When it ended: when we learned it, or with the last sign of life of a worker that spoke steadily until then. */
function moment(name, from, at, signs) {
  const sign = signs?.get(name);
  return Math.max(from, sign !== undefined && sign < at ? sign : at);
}

export const nameOf = (event) => String(event.client_id ?? event.worker ?? "a worker");

/** "orders 3" for {topic, partition} or a bare number. */
export function placeOf(each, topic = TOPIC) {
  return typeof each === "object" && each !== null ? `${each.topic} ${each.partition}` : `${typeof topic === "string" ? topic : TOPIC} ${each}`;
}
