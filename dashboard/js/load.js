/** Load on and off: a worker that sends orders at a steady rate. */

import { getLoad, startLoad, stopLoad } from "./api.js";
import { note, part, problemNote, setText } from "./dom.js";
import { clearErrors, forgetErrorsOnInput, numeric, showProblem } from "./form.js";
import { count, rate } from "./format.js";

const NUMBERS = ["rate", "users", "items"];
const COMMAND = "In a terminal: `playground load start --rate 20`.";

export function start(element, feed) {
  const form = part(element, "form"), place = part(element, "note"), problemPlace = part(element, "problem");
  const badge = part(element, "badge"), startButton = part(element, "start"), stopButton = part(element, "stop");
  let status = null;

  note(place, { kind: "loading", title: "Asking whether load can be started from here." });
  forgetErrorsOnInput(form);
  feed.on("connection", ({ name }) => name === "live" && refresh());
  feed.on("worker", (event) => {
    if (event.event === "load_progress") progress(event.progress ?? event);
    else if (/^load\b/.test(event.worker ?? "")) refresh(); // it started or stopped
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    change(() => startLoad(settings(form)));
  });
  stopButton.addEventListener("click", () => change(stopLoad));

  async function refresh() {
    try {
      show(await getLoad());
    } catch (problem) {
      if (problem.status === 501) return show({ available: false, running: false, why_not: problem.detail || problem.title, next_step: problem.nextStep || undefined });
      form.hidden = true;
      setText(badge, "");
      problemNote(place, problem, refresh);
    }
  }

  async function change(request) {
    clearErrors(form);
    note(problemPlace, null);
    try {
      show(await request());
    } catch (problem) {
      showProblem(form, problemPlace, problem);
    }
  }

  function show(answer) {
    status = answer;
    form.hidden = !answer.available || Boolean(answer.why_not);
    if (form.hidden) {
      setText(badge, !answer.available ? "not available" : answer.running ? "● running" : "○ off");
      badge.dataset.on = String(answer.running);
      note(place, {
        kind: "empty", title: "Load cannot be started from here.",
        detail: answer.why_not ?? "This API runs without a local stack, so it cannot start workers.",
        next: answer.next_step ?? COMMAND,
      });
      return;
    }
    note(place, null);
    setText(badge, answer.running ? "● running" : "○ off");
    badge.dataset.on = String(answer.running);
    setText(startButton, answer.running ? "Change load" : "Start load");
    stopButton.setAttribute("aria-disabled", String(!answer.running));
    if (answer.running && answer.settings) fillIn(form, answer.settings);
    progress(answer.progress);
  }

  function progress(now) {
    const words = part(element, "progress");
    if (!status?.running) setText(words, now ? `Off. Sent ${count(now.sent)}, accepted ${count(now.accepted)}.` : "Off. No orders are being made.");
    else if (!now) setText(words, "Starting…");
    else setText(words, `${rate(now.rate)} orders/s · sent ${count(now.sent)} · accepted ${count(now.accepted)} · rejected ${count(now.rejected)}`);
  }
}

function settings(form) {
  const chosen = { key: form.elements.namedItem("key").value };
  for (const name of NUMBERS) {
    const text = form.elements.namedItem(name).value;
    if (text.trim() !== "") chosen[name] = numeric(text);
  }
  return chosen;
}

/** Shows the running settings, but never under the fingers of somebody who types. */
function fillIn(form, running) {
  if (form.contains(document.activeElement) && document.activeElement.matches("input, select")) return;
  for (const name of [...NUMBERS, "key"]) {
    const input = form.elements.namedItem(name);
    if (running[name] !== undefined && running[name] !== null) input.value = String(running[name]);
  }
}
