/**
 * Ownership over time: keeps the facts of each group for ten minutes and computes lanes from them.
 * No page in here: times are milliseconds since 1970 and come from outside.
 *
 * Facts may come late and twice (a reconnect tells the history again), so they are kept in the order of their times
 * and the lanes are computed anew from them; what is too old is folded into the state that they begin with.
 */

import { apply, copyState, nameOf, newState, placeOf, settle, TELLING } from "./lane_state.js";

export const KEPT_MS = 600_000;
const MOST_FACTS = 1_500; // of one group
const MOST_SEGMENTS = 4_000;
const MOST_GROUPS = 20;
// A worker that told of this many batches in this time was talking: its silence afterwards is its end.
const SIGNS = 3;
const STEADY_MS = 2_000;
const ONE_REBALANCE_MS = 1_500; // changes closer together belong to one rebalance

export class Lanes {
  constructor() {
    this.groups = new Map();
    this.taken = null; // the time of the newest snapshot of offsets
    this.numbers = 0;
  }

  /** One worker event, live or out of the history; progress counts as a sign of life only. */
  worker(event) {
    const at = Date.parse(event.at);
    if (!event.group_id || Number.isNaN(at)) return;
    const group = this.groupOf(event.group_id);
    if (!group) return;
    if (!TELLING.has(event.event)) return sign(group, nameOf(event), at);
    const key = JSON.stringify(event);
    if (at <= group.folded || group.facts.some((each) => each.key === key)) return;
    insert(group, { at, key, event, signs: lastSigns(group, at) });
    if (event.event === "startup_complete") group.signs.delete(nameOf(event));
  }

  /** A snapshot of offsets was taken then; the groups of the one before it were still the same. */
  offsets(takenAt) {
    const at = Date.parse(takenAt);
    if (Number.isNaN(at)) return;
    for (const group of this.groups.values()) {
      if (!group.newest || this.taken === null) continue;
      group.newest.until = Math.max(group.newest.until, this.taken);
      group.state = null;
    }
    this.taken = at;
  }

  /** The broker's list of groups, as old as the newest snapshot of offsets, or taken `now`. */
  snapshot(groups, now) {
    const at = this.taken ?? now;
    for (const { group_id: id, members = [] } of groups) {
      const group = this.groupOf(id);
      if (!group) continue;
      const list = members.map((each) => ({ name: nameOf(each), id: each.member_id, places: (each.assignment ?? []).map((place) => placeOf(place)) }));
      const fact = { at, until: at, list, number: ++this.numbers, known: group.newest !== null, signs: lastSigns(group, at) };
      group.newest = fact;
      insert(group, fact);
    }
  }

  groupOf(id) {
    if (!this.groups.has(id) && this.groups.size < MOST_GROUPS) {
      this.groups.set(id, { base: newState(), folded: -Infinity, facts: [], signs: new Map(), newest: null, since: Infinity, state: null });
    }
    return this.groups.get(id);
  }

  /** Forgets what is older than ten minutes. */
  trim(now) {
    for (const group of this.groups.values()) {
      const { base, facts } = group, horizon = now - KEPT_MS;
      const old = (each) => each.to !== null && each.to <= horizon;
      const before = facts.length + base.segments.length;
      while (facts.length && (facts[0].at < horizon || facts.length > MOST_FACTS)) {
        const fact = facts.shift();
        group.folded = fact.at;
        apply(base, fact);
      }
      base.segments = base.segments.filter((each) => !old(each)).slice(-MOST_SEGMENTS);
      for (const [name, member] of base.members) {
        member.lives = member.lives.filter((life) => !old(life));
        if (!member.lives.length && !member.ids.size) base.members.delete(name);
      }
      if (facts.length + base.segments.length !== before) group.state = null;
    }
  }

  /**
   * What to show of one group between two times.
   * @returns {{members: Array<{name, lives, segments}>, places: string[], segments: Array, pauses: Array<{place, member, next, from, to}>,
   *   rebalances: number, longest: object|null, since: number}} `to` is null for what lasts; `since`: from when on it is known
   */
  view(id, from, to) {
    const group = this.groups.get(id);
    const state = group ? stateOf(group) : newState();
    const inside = (each) => each.from <= to && (each.to ?? Infinity) >= from;
    const segments = state.segments.filter(inside);
    const pauses = pausesOf(state.segments).filter(inside);
    const members = [...state.members.values()]
      .map(({ name, lives }) => ({ name, lives: lives.filter(inside), segments: segments.filter((each) => each.member === name) }))
      .filter((each) => each.lives.length || pauses.some((pause) => pause.member === each.name)) // its last owner shows a pause
      .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
    return {
      members, segments, pauses, places: [...new Set(state.segments.map((each) => each.place))].sort(byPlace),
      rebalances: rebalances(state.segments, pausesOf(state.segments)).filter(inside).length,
      longest: pauses.reduce((most, each) => (most && length(most, to) >= length(each, to) ? most : each), null),
      since: group?.since ?? Infinity,
    };
  }
}

/** How long a pause was, or has been until now. */
export const length = (each, now) => Math.max(0, (each.to ?? now) - each.from);

/** All facts applied; kept until there is another one. */
function stateOf(group) {
  if (group.state) return group.state;
  group.state = copyState(group.base);
  for (const fact of group.facts) apply(group.state, fact);
  settle(group.state, Infinity);
  return group.state;
}

function insert(group, fact) {
  const at = group.facts.findLastIndex((each) => each.at <= fact.at);
  group.facts.splice(at + 1, 0, fact);
  group.since = Math.min(group.since, fact.at);
  group.state = null;
}

function sign(group, name, at) {
  group.signs.set(name, [...(group.signs.get(name) ?? []), at].slice(-SIGNS));
}

/** Member -> its last sign of life before a fact, of those that spoke steadily. */
function lastSigns(group, before) {
  const steady = [...group.signs].filter(([, all]) => all.length === SIGNS && all.at(-1) - all[0] <= STEADY_MS && all.at(-1) < before);
  return new Map(steady.map(([name, all]) => [name, all.at(-1)]));
}

/** Between two owners of a partition, and after the last one that gave it up. */
function pausesOf(segments) {
  const found = [], last = new Map();
  for (const each of segments.toSorted((a, b) => a.from - b.from)) {
    const before = last.get(each.place);
    if (before && before.to !== null && each.from > before.to) found.push(pause(before, each));
    last.set(each.place, each);
  }
  for (const before of last.values()) if (before.to !== null) found.push(pause(before, null));
  return found;
}

const pause = (before, after) => ({ place: before.place, member: before.member, next: after?.member ?? null, from: before.to, to: after?.from ?? null, how: before.how });

/** Changes of owners that belong together, as {from, to}; what was found as the page opened is no change. */
function rebalances(segments, pauses) {
  const changes = segments.flatMap(({ from, to, known }) => [...(known ? [{ from, to: from }] : []), ...(to === null ? [] : [{ from: to, to }])]);
  const found = [];
  for (const { from, to } of [...changes, ...pauses].sort((a, b) => a.from - b.from)) {
    const current = found.at(-1);
    if (current && (current.to === null || from - current.to <= ONE_REBALANCE_MS)) {
      current.to = to === null || current.to === null ? null : Math.max(current.to, to);
    } else found.push({ from, to });
  }
  return found;
}

function byPlace(a, b) {
  const [one, other] = [a, b].map((each) => [each.slice(0, each.lastIndexOf(" ")), Number(each.slice(each.lastIndexOf(" ") + 1))]);
  return one[0].localeCompare(other[0]) || one[1] - other[1];
}
