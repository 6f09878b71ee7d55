/** The swim lanes of one run, out of its timeline: the dashboard's lanes, from the run's beginning to its end. */

import { h, part, setText, table } from "./dom.js";
import { clock, duration, plural } from "./format.js";
import { LaneChart, partitionName, severalTopics } from "./lane_chart.js";
import { Lanes, length } from "./lanes.js";

const MOST_ROWS = 200;
const COLUMNS = [["Partition", ""], ["Owner", "foreign"], ["From", "number"], ["Until", "number"], ["Its end", ""], ["Then without owner", "number"]];

/** Lanes whose right edge may be an end, with a line where each step began. */
class RunChart extends LaneChart {
  axis(plan, bottom) {
    super.axis(plan, bottom);
    const edge = { x: plan.edge, y: bottom + 15, "text-anchor": "end", class: "clock" };
    if (this.ended) this.keep("words", "clock now", "text", edge, "end");
    for (const { at, title } of this.steps ?? []) {
      if (at >= plan.from && at <= plan.to) this.keep("grid", `step ${at}`, "line", { x1: plan.x(at), x2: plan.x(at), y1: 0, y2: bottom, class: "step" }, null, title);
    }
  }
}

export class RunLanes {
  constructor(panel) {
    this.section = part(panel, "lanes");
    this.box = part(panel, "chart");
    this.select = part(panel, "group");
    this.details = part(panel, "details");
    this.select.addEventListener("change", () => {
      this.chosen = this.select.value;
      this.draw();
    });
    this.details.addEventListener("toggle", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.box);
    this.clear();
  }

  clear() {
    Object.assign(this, { lanes: new Lanes(), from: Infinity, latest: 0, cleanUp: null, steps: [], chosen: null, listed: "", running: true });
    this.section.hidden = true;
    this.select.replaceChildren();
    this.box.replaceChildren();
    delete this.box.dataset.drawn;
    this.chart = new RunChart(this.box);
  }

  /** Takes observations in, in the order they were written down. */
  take(observations) {
    for (const each of observations) {
      const at = Date.parse(each.at);
      this.from = Math.min(this.from, at);
      this.latest = Math.max(this.latest, at);
      if (each.kind === "worker") this.lanes.worker(each);
      else if (each.kind === "handled") this.lanes.worker({ ...each, event: "records_handled" });
      else if (each.kind === "group") this.group(each, at);
      else if (each.kind === "offsets") this.lanes.offsets(each.at);
      else if (each.kind === "step") this.steps.push({ at, title: `step ${each.number}: ${each.title}` });
      else if (each.kind === "phase" && each.name === "clean-up") this.cleanUp ??= at;
    }
  }

  group({ group_id: id, members, at: iso }, at) {
    this.lanes.offsets(iso);
    this.lanes.snapshot([{ group_id: id, members }], at);
  }

  /** @param {boolean} running @param {number} now milliseconds since 1970, where the run is */
  show(running, now) {
    this.running = running;
    this.now = now;
    this.draw();
  }

  draw() {
    const ids = [...this.lanes.groups].filter(([, group]) => group.facts.length).map(([id]) => id);
    this.section.hidden = !ids.length;
    if (!ids.length || document.hidden) return;
    this.offer(ids);
    // What happens while the workers are given back is no part of the experiment.
    const to = this.cleanUp ?? (this.running ? Math.max(this.now ?? 0, this.latest) : this.latest), from = Math.min(this.from, to - 1000);
    const view = this.lanes.view(this.select.value, from, to);
    Object.assign(this.chart, { ended: this.cleanUp !== null || !this.running, steps: this.steps });
    const words = sentence(view, to);
    setText(part(this.section, "words"), words);
    const label = `Owners of the partitions of ${this.select.value}: ${view.members.map((each) => each.name).join(", ")}. ${words} The table below says the same.`;
    if (this.box.getAttribute("aria-label") !== label) this.box.setAttribute("aria-label", label);
    this.chart.draw(view, from, to);
    if (this.details.open) this.list(view, to);
  }

  /** The newest group is shown until somebody chooses one. */
  offer(ids) {
    if (this.select.options.length !== ids.length) this.select.replaceChildren(...ids.map((id) => h("option", { value: id }, id)));
    this.select.hidden = ids.length < 2;
    this.select.value = this.chosen ?? ids.at(-1);
  }

  list(view, to) {
    const several = severalTopics(view.places);
    const rows = view.segments.toSorted((a, b) => b.from - a.from).slice(0, MOST_ROWS).map((each) => {
      const pause = view.pauses.find((one) => one.place === each.place && one.from === each.to && one.member === each.member);
      const without = !pause ? "" : pause.to === null ? "still" : duration(length(pause, to) / 1000);
      return [partitionName(each.place, several), each.member, clock(each.from), each.to === null ? "the end" : clock(each.to), each.how, without];
    });
    const text = JSON.stringify(rows);
    if (text === this.listed) return; // a selection survives
    part(this.section, "table").replaceChildren(table("Who owned which partition, newest first", COLUMNS, rows));
    this.listed = text;
  }
}

function sentence({ rebalances, longest, places }, to) {
  const found = rebalances ? plural(rebalances, "rebalance") : "No rebalance yet";
  if (!longest) return `${found}; no partition was without an owner.`;
  return `${found}; the longest time without an owner was ${duration(length(longest, to) / 1000)} (${partitionName(longest.place, severalTopics(places))}).`;
}
