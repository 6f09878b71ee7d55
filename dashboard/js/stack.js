/** Workers: what runs, and buttons to scale, kill, pause and resume, as far as the API can. */

import { actOnWorker, getStack, scaleWorkers } from "./api.js";
import { h, note, part, problemNote, setText, symbol, withCode } from "./dom.js";
import { plural } from "./format.js";

const POLL_MS = 2_000;
const SOON_MS = 300; // several workers that start together are one question
const KINDS = ["processor", "analytics"]; // what can be scaled
const CHANGING = new Set(["startup_complete", "shutdown_complete", "fatal"]);
const STATES = { starting: "◔", running: "●", paused: "❚❚", restarting: "↻", stopped: "○" };
const COMMANDS = {
  scale: ["Workers cannot be scaled from here", "playground scale processor 3"],
  kill: ["Workers cannot be killed from here", "playground kill processor-2"],
  pause: ["Workers cannot be paused from here", "playground pause processor-2"],
};
const DONE = {
  kill: ({ name }) => `${name} was killed; a new one takes its place.`,
  pause: ({ name }) => `${name} is paused: alive, but silent. After a while the group goes on without it.`,
  resume: ({ name }) => `${name} goes on.`,
};

export function start(element, feed) {
  const place = part(element, "note"), problemPlace = part(element, "problem"), result = part(element, "result");
  const list = part(element, "kinds"), missing = part(element, "missing");
  const kinds = new Map(), busy = new Set();
  let live = false, failed = false, asking = false, stack = null, soon = 0;

  note(place, { kind: "loading", title: "Asking which workers run." });
  feed.on("connection", ({ name }) => {
    live = name === "live";
    if (live) refresh();
  });
  feed.on("worker", (event) => {
    if (!CHANGING.has(event.event)) return;
    clearTimeout(soon);
    soon = setTimeout(refresh, SOON_MS);
  });
  document.addEventListener("visibilitychange", () => !failed && refresh());
  setInterval(() => !failed && refresh(), POLL_MS);

  async function refresh() {
    if (!live || asking || document.hidden) return;
    asking = true;
    try {
      stack = await getStack();
      failed = false;
      show();
    } catch (problem) {
      failed = true; // until somebody tries again, or the connection comes back
      list.hidden = missing.hidden = true;
      problemNote(place, problem, refresh);
    }
    asking = false;
  }

  /** One request per worker or kind at a time: a second click changes nothing. */
  async function act(target, request, told) {
    if (busy.has(target)) return;
    busy.add(target);
    note(problemPlace, null);
    setText(result, "");
    show();
    try {
      setText(result, told(await request()));
    } catch (problem) {
      problemNote(problemPlace, problem);
    }
    busy.delete(target);
    show();
    refresh();
  }

  function show() {
    const { available, workers } = stack;
    const can = new Set(available ? stack.abilities ?? [] : []);
    note(place, wordsFor(stack));
    list.hidden = !available;
    tellMissing(missing, available && !stack.why_not, can);
    const names = [...new Set([...(can.has("scale") ? KINDS : []), ...workers.map((each) => each.kind)])];
    for (const name of names) {
      if (!kinds.has(name)) kinds.set(name, newKind(list, name, act));
      kinds.get(name).show(workers.filter((each) => each.kind === name), can, busy);
    }
    for (const [name, kind] of kinds) {
      if (names.includes(name)) continue;
      kind.box.remove();
      kinds.delete(name);
    }
  }
}

function wordsFor({ available, workers, why_not: whyNot, next_step: next }) {
  if (!available) {
    return {
      kind: "empty", title: "Workers cannot be seen or changed from here.",
      detail: "This API runs without a stack that it may ask.",
      next: "In a terminal: `playground status`, `playground scale processor 3`, `playground kill processor-2`, `playground pause processor-2`.",
    };
  }
  if (whyNot) return { kind: "empty", title: "Workers can be seen here, but not changed.", detail: whyNot, next: next ?? undefined };
  return workers.length ? null : { kind: "empty", title: "No worker runs.", next: "Start two: `playground scale processor 2`." };
}

function tellMissing(place, wanted, can) {
  const without = wanted ? Object.keys(COMMANDS).filter((ability) => !can.has(ability)) : [];
  const text = without.map((ability) => `${COMMANDS[ability][0]}: this API's stack does not allow it. In a terminal: \`${COMMANDS[ability][1]}\`.`).join(" ");
  place.hidden = text === "";
  if (place.dataset.text === text) return;
  place.replaceChildren(...withCode(text));
  place.dataset.text = text;
}

function newKind(parent, kind, act) {
  const number = h("span", { class: "total" });
  const fewer = button("−"), more = button("+");
  const rows = new Map(), list = h("ul", { class: "workers", "aria-label": `Workers of the kind ${kind}` });
  const scaling = h("span", { class: "scaling" }, fewer, number, more);
  const box = h("div", { class: "group", "data-kind": kind }, h("h3", {}, h("span", { class: "name" }, kind), scaling), list);
  let replicas = 0;
  const scale = (wanted) => act(kind, () => scaleWorkers(kind, wanted), () => `${kind}: ${plural(wanted, "worker")} wanted.`);
  fewer.addEventListener("click", () => replicas > 0 && scale(replicas - 1));
  more.addEventListener("click", () => scale(replicas + 1));
  parent.append(box);

  function show(workers, can, busy) {
    replicas = workers.length;
    setText(number, String(replicas));
    fewer.hidden = more.hidden = !can.has("scale") || !KINDS.includes(kind);
    press(fewer, `One ${kind} fewer`, busy.has(kind), replicas === 0);
    press(more, `One ${kind} more`, busy.has(kind), false);
    for (const worker of workers) {
      if (!rows.has(worker.name)) rows.set(worker.name, newRow(list, worker.name, act));
      rows.get(worker.name).show(worker, can, busy.has(worker.name));
    }
    for (const [name, row] of rows) {
      if (workers.some((each) => each.name === name)) continue;
      row.line.remove();
      rows.delete(name);
    }
  }
  return { box, show };
}

function newRow(parent, name, act) {
  const sign = symbol(""), state = h("span", {}), facts = h("small", {});
  const kill = button("Kill"), pause = button("Pause");
  const line = h("li", { "data-worker": name },
    h("span", { class: "who" }, h("strong", { class: "name" }, name), h("span", { class: "state" }, sign, state), facts), h("span", { class: "actions" }, pause, kill));
  let worker = null;
  const send = (action) => act(name, () => actOnWorker(name, action), DONE[action]);
  // The later clicks of a double click are no wish of their own: the next life is not killed with them.
  const once = (event, work) => event.detail < 2 && event.currentTarget.getAttribute("aria-disabled") !== "true" && work();
  kill.addEventListener("click", (event) => once(event, () => send("kill")));
  pause.addEventListener("click", (event) => once(event, () => send(worker.state === "paused" ? "resume" : "pause")));
  parent.append(line);

  function show(now, can, busy) {
    worker = now;
    line.dataset.state = now.state;
    setText(sign, STATES[now.state] ?? "");
    setText(state, now.state);
    setText(facts, [now.group_id, plural(now.restarts, "restart")].filter(Boolean).join(" · "));
    const word = now.state === "paused" ? "Resume" : "Pause", alive = ["running", "paused", "starting"].includes(now.state);
    kill.hidden = !can.has("kill");
    pause.hidden = !can.has("pause");
    setText(pause, word);
    press(pause, `${word} ${name}`, busy, !alive);
    press(kill, `Kill ${name}`, busy, !alive);
  }
  return { line, show };
}

function button(text) {
  return h("button", { type: "button", class: "small" }, text);
}

/** Its name for screen readers, whether it waits for an answer, and whether there is anything to do for it. */
function press(node, label, busy, useless) {
  const wanted = { "aria-label": label, "aria-busy": String(busy), "aria-disabled": String(busy || useless) };
  for (const [name, value] of Object.entries(wanted)) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}
