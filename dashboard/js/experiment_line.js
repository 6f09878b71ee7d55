/** On the dashboard: a line as long as an experiment runs, and a moment longer for what it has shown. */

import { h, symbol } from "./dom.js";
import { doing, runLink, verdictOf } from "./experiment_words.js";

const STAYS_MS = 60_000;

export function start(element, feed) {
  let shown = "", timer = 0;

  feed.on("run", (run) => {
    clearTimeout(timer);
    const words = run.state === "running" ? `${run.experiment}, ${doing(run)}` : `${run.experiment}: ${verdictOf(run)}`;
    const link = run.state === "running" ? "follow" : "see what it has shown";
    if (run.state !== "running") timer = setTimeout(() => (element.hidden = true), STAYS_MS);
    element.hidden = false;
    if (shown === words + run.run) return; // once a second: announced when it changed
    shown = words + run.run;
    element.replaceChildren(symbol("▶"), ` Experiment ${words}; `, h("a", { href: `experiments.html${runLink(run.run)}` }, link));
  });
}
