/** The page of experiments: what is shown is said by the address, `#experiment=NAME` or `#run=EXPERIMENT/TIME`. */

import * as api from "./api.js";
import { h, setText, symbol } from "./dom.js";
import * as connection from "./connection.js";
import { ExperimentPanel } from "./experiment_form.js";
import { listExperiments, listRuns, markCurrent } from "./experiment_lists.js";
import { RunPanel } from "./experiment_run.js";
import { doing, experimentLink, runLink } from "./experiment_words.js";

const panel = (id) => document.getElementById(id);
const line = panel("running");
const run = new RunPanel(panel("run"), refresh);
const experiment = new ExperimentPanel(panel("experiment"), (name) => go(runLink(name)), refresh);
let running = null, first = null, wanted = "";

/** Shows what the address says; without a word in it the run of now, or the first experiment. */
function route() {
  const hash = decoded(location.hash);
  if (hash !== "#main") wanted = hash; // the link that skips to the contents is no choice
  if (!wanted && running) {
    wanted = runLink(running);
    history.replaceState(null, "", wanted); // it is still to be seen when it has ended
  }
  const [, kind, value] = /^#(run|experiment)=(.+)$/.exec(wanted) ?? [];
  if (kind === "run") {
    experiment.hide();
    run.show(value);
  } else {
    run.hide();
    if (value ?? first) experiment.show(value ?? first);
  }
  for (const id of ["experiments", "runs"]) markCurrent(panel(id), kind ? wanted : first ? experimentLink(first) : "");
  tell(null);
}

function decoded(hash) {
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash;
  }
}

function go(hash) {
  if (location.hash === hash) return route();
  location.hash = hash;
}

/** Somebody has chosen something: the focus goes there, as it would on a new page. */
function chosen() {
  if (location.hash === "#main") return;
  route();
  const shown = [panel("run"), panel("experiment")].find((each) => !each.hidden);
  shown?.focus({ preventScroll: true });
  shown?.scrollIntoView({ block: "nearest" });
}

/** Asks for the lists again. */
async function refresh() {
  setRunning(await listRuns(panel("runs"), refresh));
  route();
}

function setRunning(name) {
  running = name;
  experiment.setRunning(name);
  if (!name) line.hidden = true;
}

/** The line above everything, when the run of now is not the one that is shown. */
function tell(progress) {
  if (!running || run.run === running) return (line.hidden = true);
  line.hidden = false;
  const words = progress ? ` ${progress.experiment} is running, ${doing(progress)}. ` : ` ${running} is running. `;
  if (line.dataset.words === words) return;
  line.dataset.words = words;
  line.replaceChildren(symbol("▶"), words, h("a", { href: runLink(running) }, "Follow it"));
}

function heard(name, data) {
  for (const handler of handlers.get(name) ?? []) handler(data);
  if (name === "hello") {
    setText(panel("version"), data.version ? `Version ${data.version}` : "");
    refresh(); // also when the API was away
  }
  if (name !== "run") return;
  const now = data.state === "running" ? data.run : null;
  if (now !== running) refresh();
  else if (now) tell(data);
}

/** @type {Map<string, Array<Function>>} */
const handlers = new Map();
const feed = { on: (name, handler) => handlers.set(name, [...(handlers.get(name) ?? []), handler]), retry: () => stream.retry() };
let stream = { retry() {} };

connection.start(panel("connection"), feed);
addEventListener("hashchange", chosen);
async function start() {
  const found = await listExperiments(panel("experiments"), start);
  first = (found.find((each) => each.runnable) ?? found[0])?.name ?? null;
  await refresh();
}
start();
stream = api.follow(heard, (state) => {
  document.body.dataset.connection = state.name;
  for (const handler of handlers.get("connection") ?? []) handler(state);
});
