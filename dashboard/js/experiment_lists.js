/** The two lists of the page: all experiments, and the runs so far. */

import { getExperiments, getRuns } from "./api.js";
import { h, note, part, problemNote } from "./dom.js";
import { experimentLink, moment, runLink, verdictMark, verdictOf } from "./experiment_words.js";

/** Shows all experiments; returns their documents. */
export async function listExperiments(panel, retry) {
  const place = part(panel, "note"), list = part(panel, "list");
  if (!list.children.length) note(place, { kind: "loading", title: "Asking for the experiments." });
  try {
    const { experiments } = await getExperiments();
    note(place, experiments.length ? null : { kind: "empty", title: "There are no experiments." });
    list.replaceChildren(...experiments.map(card));
    return experiments;
  } catch (problem) {
    problemNote(place, problem, retry);
    return [];
  }
}

/** Shows the runs so far, the newest first; returns the name of the one that runs now, or null. */
export async function listRuns(panel, retry) {
  const place = part(panel, "note"), list = part(panel, "list");
  try {
    const { running, runs } = await getRuns();
    note(place, runs.length ? null : { kind: "empty", title: "No experiment has run yet.", next: "Choose one, answer its question, and run it." });
    part(panel, "scroll").hidden = !runs.length;
    list.replaceChildren(...runs.map(line));
    return running;
  } catch (problem) {
    problemNote(place, problem, retry);
    return null;
  }
}

/** Marks what is shown now. */
export function markCurrent(panel, link) {
  for (const each of panel.querySelectorAll("a")) {
    if (each.getAttribute("href") === link) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
}

function card({ name, title, question, minutes, why_not: whyNot }) {
  const facts = whyNot ? `cannot run here: ${whyNot}` : `about ${length(minutes)}`;
  return h("li", {}, h("a", { href: experimentLink(name) }, title), " ", h("small", {}, `${name}, ${facts}`), h("p", {}, question));
}

/** 0.7 -> "40 s", 3 -> "3 min"; the number and its unit stay on one line. */
export function length(minutes) {
  return minutes < 1 ? `${Math.max(10, Math.round(minutes * 6) * 10)}\u00a0s` : `${Math.round(minutes * 10) / 10}\u00a0min`;
}

function line(run) {
  return h("li", {}, h("a", { href: runLink(run.run) }, run.experiment), h("small", {}, moment(run.started_at)), verdictMark(verdictOf(run)));
}
