/** One run: followed while it runs, and what it has shown when it is judged. */

import { getExperiment, getRun, getTimeline, stopRun } from "./api.js";
import { h, note, part, problemNote, setText, spoken, symbol } from "./dom.js";
import { count, duration } from "./format.js";
import { RunLanes } from "./experiment_lanes.js";
import { checksAndTables, verdictAndAnswer } from "./experiment_outcome.js";
import { doing, experimentLink, moment, verdictMark, verdictOf } from "./experiment_words.js";

const LOOK_MS = 1_000;
const SIGNS = { done: ["✓", "done"], now: ["▶", "now"], coming: ["○", "to come"], broken: ["∕", "broken off"] };

export class RunPanel {
  /** @param {() => void} onEnd the run that is shown has ended */
  constructor(panel, onEnd) {
    this.panel = panel;
    this.onEnd = onEnd;
    this.run = null;
    this.lanes = new RunLanes(panel);
    this.stop = part(panel, "stop");
    this.stop.addEventListener("click", () => this.end());
    document.addEventListener("visibilitychange", () => document.hidden || this.lanes.draw());
  }

  hide() {
    this.panel.hidden = true;
    this.run = null;
    clearTimeout(this.timer);
  }

  show(run) {
    if (this.run === run) return;
    clearTimeout(this.timer);
    Object.assign(this, { run, after: 0, stopping: false, prediction: null, seen: null });
    this.panel.hidden = false;
    this.lanes.clear();
    setText(part(this.panel, "title"), run.split("/")[0]);
    for (const name of ["about", "doing", "badge"]) part(this.panel, name).replaceChildren();
    for (const name of ["figures", "actions", "verdict", "outcome"]) part(this.panel, name).hidden = true;
    for (const name of ["steps", "verdict", "outcome"]) part(this.panel, name).replaceChildren();
    note(part(this.panel, "problems"), null);
    note(part(this.panel, "note"), { kind: "loading", title: `Asking for ${run}.` });
    this.look(run);
  }

  /** Asks how far it is, again and again as long as it runs. */
  async look(run) {
    let again = true;
    try {
      const view = await getRun(run);
      const all = await this.read(run);
      if (this.run !== run) return; // another one is shown now
      note(part(this.panel, "note"), null);
      await this.fill(view);
      again = view.progress.state === "running" || !all;
    } catch (problem) {
      if (this.run !== run) return;
      again = problem.status === 0 || problem.status >= 500; // it may be back soon
      problemNote(part(this.panel, "note"), problem);
    }
    if (again && this.run === run) this.timer = setTimeout(() => this.look(run), LOOK_MS);
  }

  /** Reads what is new in the timeline; whether that was all of it. */
  async read(run) {
    for (;;) {
      const { observations, next, finished } = await getTimeline(run, this.after);
      if (this.run !== run) return true;
      const moved = next > this.after;
      this.after = next;
      if (moved) this.lanes.take(observations);
      if (finished || !moved) return finished;
    }
  }

  async fill(view) {
    const { progress } = view, running = progress.state === "running", word = verdictOf(progress);
    setText(part(this.panel, "title"), progress.title);
    if (this.seen?.word !== word) part(this.panel, "badge").replaceChildren(...verdictMark(word).childNodes);
    part(this.panel, "badge").dataset.verdict = word;
    if (!this.seen) part(this.panel, "about").replaceChildren(this.about(view));
    setText(part(this.panel, "doing"), running ? sentence(this.stopping ? "stopping: giving the workers back" : doing(progress)) : "");
    this.figures(progress);
    this.steps(view);
    part(this.panel, "actions").hidden = !running;
    this.stop.setAttribute("aria-disabled", String(this.stopping || progress.phase === "clean-up"));
    this.problems(view);
    this.lanes.show(running, Date.parse(progress.started_at) + progress.elapsed_seconds * 1000);
    if (view.outcome && !part(this.panel, "outcome").children.length) await this.outcome(view);
    if (this.seen?.running && !running) this.onEnd();
    this.seen = { word, running };
  }

  about({ progress, settings, prediction }) {
    const given = Object.entries(settings).map(([name, value]) => `${name}=${value}`).join(", ");
    const said = prediction ? `; your prediction: ${prediction}` : "";
    return h("span", {}, `${moment(progress.started_at)}, with ${given || "no settings"}${said}. `, h("a", { href: experimentLink(progress.experiment) }, `About ${progress.experiment}`));
  }

  figures({ state, elapsed_seconds: elapsed, lag, orders }) {
    const all = [[state === "running" ? "so far" : "took", duration(Math.round(elapsed * 10) / 10)], ["orders sent", count(orders)]];
    if (state === "running") all.push(["lag now", count(lag)]);
    const place = part(this.panel, "figures");
    place.hidden = false;
    place.replaceChildren(...all.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
  }

  steps({ progress, steps, steps_done: done }) {
    const state = (at) => (at < done ? "done" : at + 1 !== progress.step ? "coming" : progress.state === "running" && progress.phase === "act" ? "now" : "broken");
    const words = JSON.stringify([steps, done, progress.step, progress.state, progress.phase]);
    if (this.told === words) return;
    this.told = words;
    part(this.panel, "steps").replaceChildren(...steps.map((title, at) => {
      const [sign, word] = SIGNS[state(at)];
      return h("li", { "data-step": state(at), "aria-current": state(at) === "now" ? "step" : null }, symbol(sign), ` ${title}`, spoken(`, ${word}`));
    }));
  }

  problems({ problems, progress }) {
    const [first] = problems;
    const broken = progress.state === "broken off" && { detail: "It ended without a verdict: its process was killed, or the computer stopped.", next_step: "Run it again." };
    const shown = first ?? broken;
    const title = !shown ? "" : first ? `Something went wrong (${first.phase}).` : "The run broke off.";
    note(part(this.panel, "problems"), shown ? { kind: "error", title, detail: problems.map(({ detail }) => detail).join("; ") || shown.detail, next: shown.next_step ?? undefined } : null);
  }

  async outcome(view) {
    try {
      this.prediction = (await getExperiment(view.progress.experiment)).prediction;
    } catch {
      this.prediction = null; // it does not exist any more: the rest is shown all the same
    }
    if (this.run !== view.progress.run) return;
    const all = { verdict: verdictAndAnswer(view, this.prediction), outcome: checksAndTables(view) };
    for (const [name, blocks] of Object.entries(all)) {
      part(this.panel, name).replaceChildren(...blocks);
      part(this.panel, name).hidden = false;
    }
  }

  async end() {
    if (this.stop.getAttribute("aria-disabled") === "true") return;
    this.stopping = true;
    this.stop.setAttribute("aria-disabled", "true");
    try {
      await stopRun(this.run);
    } catch (problem) {
      this.stopping = false;
      this.stop.setAttribute("aria-disabled", "false");
      if (problem.status !== 409) problemNote(part(this.panel, "problems"), problem);
    }
  }
}

const sentence = (words) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
