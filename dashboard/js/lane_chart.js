/**
 * Draws lanes as SVG: one lane per member, inside it one thin row per partition, time from left to right.
 * Elements are kept from one drawing to the next, so that a title under the mouse stays where it is.
 */

import { SILENT } from "./lane_state.js";
import { length } from "./lanes.js";
import { clock, duration, shorten } from "./format.js";

const SVG = "http://www.w3.org/2000/svg";
const LAYERS = ["lives", "grid", "bars", "pauses", "words"];
const NARROW = 560; // below it a member's name stands above its lane
const NAMES = 116;
const RIGHT = 8;
const AXIS = 22;
const NAME_LINE = 18;
const IDLE = 22;
const PAD = 4;
const STEPS_S = [5, 10, 15, 30, 60, 120, 300];
const LEAST_STEP = 68; // pixels between two clock labels
const LETTER = 7; // pixels, a little more than a letter takes

export class LaneChart {
  /** @param {HTMLElement} place an empty element as wide as the chart may be */
  constructor(place) {
    this.place = place;
    this.svg = make("svg", { "aria-hidden": "true", focusable: "false" });
    this.svg.append(hatching());
    this.layers = Object.fromEntries(LAYERS.map((name) => [name, this.svg.appendChild(make("g", { class: name }))]));
    this.kept = new Map();
    place.append(this.svg);
  }

  /**
   * @param {object} view what Lanes.view gives
   * @param {number} from milliseconds since 1970
   * @param {number} to the same: now
   */
  draw(view, from, to) {
    const width = this.place.clientWidth;
    if (width === 0) return; // not laid out yet, or hidden
    const left = width < NARROW ? 0 : NAMES;
    const scale = (width - left - RIGHT) / (to - from);
    const plan = { width, left, edge: width - RIGHT, from, to, x: (at) => left + (Math.min(to, Math.max(from, at)) - from) * scale };
    const height = view.places.length <= 6 ? 13 : view.places.length <= 12 ? 10 : 6;
    const rows = new Map(view.places.map((place, index) => [place, index * height]));
    this.wanted = new Set();
    let y = 0;
    for (const member of view.members) y = this.lane(member, { ...plan, rows, height, pauses: view.pauses, several: severalTopics(view.places) }, y);
    this.axis(plan, y);
    for (const [key, node] of this.kept) {
      if (this.wanted.has(key)) continue;
      node.remove();
      this.kept.delete(key);
    }
    set(this.svg, { width, height: y + AXIS, viewBox: `0 0 ${width} ${y + AXIS}` });
    this.place.dataset.drawn = String(Number(this.place.dataset.drawn ?? 0) + 1);
  }

  lane(member, plan, top) {
    const { x, left, edge, rows, height, to } = plan;
    const pauses = plan.pauses.filter((each) => each.member === member.name);
    const empty = member.segments.length === 0 && pauses.length === 0;
    const id = `lane ${member.name}`;
    const begin = left ? top + PAD : top + NAME_LINE;
    const inner = empty ? IDLE - 2 * PAD : rows.size * height;
    const middle = begin + inner / 2;
    const name = left ? { x: 0, y: middle, "dominant-baseline": "central" } : { x: 0, y: begin - 6 };
    this.keep("words", `${id} name`, "text", { ...name, class: "name" }, shorten(member.name, left ? 15 : Math.floor(plan.width / 9)), member.name);
    for (const life of member.lives) {
      const from = x(life.from);
      this.keep("lives", `${id} ${life.from}`, "rect", { x: from, y: begin - 2, width: Math.max(1, x(life.to ?? to) - from), height: inner + 4, rx: 3 });
    }
    for (const each of member.segments) this.bar(each, plan, begin);
    for (const each of pauses) this.pause(each, member, plan, begin);
    const idle = member.lives.some((life) => life.to === null) && !member.segments.some((each) => each.to === null);
    const last = Math.max(0, ...[...member.segments, ...pauses].map((each) => x(each.to ?? to)));
    if (idle && edge - last > 70) this.keep("words", `${id} idle`, "text", { x: edge - 6, y: middle, "text-anchor": "end", "dominant-baseline": "central", class: "idle" }, "idle");
    return begin + inner + PAD + 2;
  }

  bar(each, plan, top) {
    const { x, rows, height, to } = plan;
    const from = x(each.from), wide = Math.max(1, x(each.to ?? to) - from), y = top + rows.get(each.place);
    const id = `bar ${each.member} ${each.place} ${each.from}`;
    const number = Number(each.place.slice(each.place.lastIndexOf(" ") + 1));
    const look = { "data-series": (number % 4) + 1, "data-round": Math.floor(number / 4) % 2 };
    const name = partitionName(each.place, plan.several);
    const until = each.to === null ? `since ${clock(each.from)}` : `${clock(each.from)} to ${clock(each.to)}, ${each.how}`;
    this.keep("bars", id, "rect", { x: from, y: y + 0.5, width: wide, height: height - 1, rx: 2, class: "bar", ...look, "data-member": each.member, "data-place": each.place }, null, `${name}: ${each.member}, ${until}`);
    if (height >= 10 && wide > name.length * LETTER + 8) {
      this.keep("words", `${id} name`, "text", { x: from + 4, y: y + height / 2, "dominant-baseline": "central", class: "label", ...look }, name);
    }
  }

  pause(each, member, plan, top) {
    const { x, rows, height, to, edge } = plan;
    const from = x(each.from), until = x(each.to ?? to), wide = Math.max(2, until - from), y = top + rows.get(each.place);
    const id = `pause ${each.member} ${each.place} ${each.from}`;
    const words = duration(length(each, to) / 1000);
    const owners = each.next === null ? `no owner since ${clock(each.from)}`
      : each.how === SILENT ? `no owner for about ${words}, from ${each.member}, which ${SILENT}, to ${each.next}`
        : `no owner for ${words}, from ${each.member} to ${each.next}`;
    this.keep("pauses", id, "rect", { x: from, y: y + 1.5, width: wide, height: height - 3, class: "pause", "data-member": each.member, "data-place": each.place }, null, `${partitionName(each.place, plan.several)}: ${owners}`);
    if (height < 10) return;
    const needs = words.length * LETTER + 4;
    const next = member.segments.filter((one) => one.place === each.place && one.from >= (each.to ?? to)).map((one) => x(one.from));
    const inside = wide >= needs + 6;
    if (!inside && Math.min(edge - 3, ...next) - from - wide < needs) return;
    const at = inside ? { x: from + wide / 2, "text-anchor": "middle" } : { x: from + wide + 3 };
    this.keep("words", `${id} length`, "text", { "text-anchor": "start", ...at, y: y + height / 2, "dominant-baseline": "central", class: "length", "data-inside": inside }, words);
  }

  axis({ x, left, edge, from, to }, bottom) {
    const least = ((to - from) * LEAST_STEP) / (edge - left);
    const step = (STEPS_S.find((each) => each * 1000 >= least) ?? STEPS_S.at(-1)) * 1000;
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      this.keep("grid", `line ${at}`, "line", { x1: x(at), x2: x(at), y1: 0, y2: bottom });
      const near = Math.min(x(at) - left, edge - x(at)); // half a label must fit, and "now" on the right
      if (near >= 28 && edge - x(at) >= 60) this.keep("words", `clock ${at}`, "text", { x: x(at), y: bottom + 15, "text-anchor": "middle", class: "clock" }, clock(at));
    }
    this.keep("grid", "line now", "line", { x1: edge, x2: edge, y1: 0, y2: bottom + 4, class: "now" });
    this.keep("words", "clock now", "text", { x: edge, y: bottom + 15, "text-anchor": "end", class: "clock" }, "now");
  }

  keep(layer, key, tag, attributes, text = null, title = null) {
    this.wanted.add(key);
    if (!this.kept.has(key)) {
      this.kept.set(key, this.layers[layer].appendChild(make(tag, {})));
      if (title !== null) this.kept.get(key).append(make("title", {}));
    }
    const node = this.kept.get(key);
    set(node, attributes);
    if (title !== null && node.lastElementChild.textContent !== title) node.lastElementChild.textContent = title;
    if (text === null || node.dataset.text === text) return;
    node.dataset.text = text;
    if (node.firstChild?.nodeType === Node.TEXT_NODE) node.firstChild.remove();
    node.prepend(text);
  }
}

/** "p3" while the group reads one topic, "orders-3" otherwise. */
export function partitionName(place, several) {
  const at = place.lastIndexOf(" ");
  return several ? `${shorten(place.slice(0, at), 20)}-${place.slice(at + 1)}` : `p${place.slice(at + 1)}`;
}

/** Whether the places belong to more than one topic. */
export const severalTopics = (places) => new Set(places.map((each) => each.slice(0, each.lastIndexOf(" ")))).size > 1;

function make(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  set(node, attributes);
  return node;
}

function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const text = typeof value === "number" ? String(Math.round(value * 100) / 100) : String(value);
    if (node.getAttribute(name) !== text) node.setAttribute(name, text);
  }
}

/** The pattern of a pause; its colours come from the style sheet. */
function hatching() {
  const definitions = make("defs", {});
  const pattern = make("pattern", { id: "no-owner", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  pattern.append(make("rect", { width: 5, height: 5, class: "ground" }), make("line", { x1: 0, y1: 0, x2: 0, y2: 5, class: "stroke" }));
  definitions.append(pattern);
  return definitions;
}
