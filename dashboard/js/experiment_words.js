/** Runs and verdicts as words: a sign that decorates, and the word beside it. */

import { h, symbol } from "./dom.js";

const SIGNS = { passed: "✓", failed: "✗", inconclusive: "?", running: "▶", "broken off": "∕" };

/** What to call a run: its verdict, or why it has none. */
export const verdictOf = ({ state, verdict }) => (state === "finished" ? verdict ?? "inconclusive" : state);

/** A verdict (or "running", "broken off") as an element. */
export function verdictMark(word, kind = "verdict") {
  return h("span", { class: kind, "data-verdict": word }, symbol(SIGNS[word] ?? "?"), " ", word);
}

/** "2026-11-23T13:05:00.000Z" -> the local "23 Nov, 13:05:00" */
export function moment(iso) {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return "at an unknown time";
  const day = time.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return `${day}, ${time.toLocaleTimeString("en-GB", { hour12: false })}`;
}

const PHASES = { prepare: "getting ready", settle: "letting the group read what is left", "clean-up": "giving the workers back", end: "being judged" };

/** What a run does now. */
export function doing({ phase, step, of, step_title: title }) {
  if (phase === "act" && step) return `step ${step} of ${of}: ${title}`;
  return PHASES[phase] ?? "beginning";
}

/** Where this page shows a run. */
export const runLink = (run) => `#run=${run}`;
export const experimentLink = (name) => `#experiment=${name}`;
