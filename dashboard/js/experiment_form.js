/** One experiment: its story and claims, its settings, the question to answer, and the button. */

import { getExperiment, startRun } from "./api.js";
import { h, note, part, problemNote, setText, symbol } from "./dom.js";
import { clearErrors, forgetErrorsOnInput, showProblem } from "./form.js";
import { length } from "./experiment_lists.js";

export class ExperimentPanel {
  /** @param {(run: string) => void} onRun a run has begun @param {() => void} onRefused another one runs */
  constructor(panel, onRun, onRefused) {
    this.panel = panel;
    Object.assign(this, { onRun, onRefused });
    this.name = null;
    this.running = null;
    this.button = null;
  }

  async show(name) {
    this.panel.hidden = false;
    if (this.name === name) return this.refresh();
    this.name = name;
    this.button = null;
    const place = part(this.panel, "note"), body = part(this.panel, "body");
    body.hidden = true;
    note(place, { kind: "loading", title: `Asking for ${name}.` });
    try {
      const found = await getExperiment(name);
      if (this.name !== name) return; // somebody chose another one meanwhile
      note(place, null);
      this.fill(body, found);
    } catch (problem) {
      if (this.name !== name) return;
      this.name = null;
      problemNote(place, problem, () => this.show(name));
    }
  }

  hide() {
    this.panel.hidden = true;
  }

  /** Says whether another run is in the way. */
  setRunning(run) {
    this.running = run;
    this.refresh();
  }

  refresh() {
    if (!this.button) return;
    const blocked = !this.experiment.runnable || this.running !== null;
    this.button.setAttribute("aria-disabled", String(blocked));
    setText(this.why, this.experiment.runnable ? (this.running === null ? "" : `${this.running} runs now: only one can run at a time.`) : "");
  }

  fill(body, experiment) {
    this.experiment = experiment;
    setText(part(this.panel, "title"), experiment.title);
    setText(part(this.panel, "badge"), `about ${length(experiment.minutes)}`);
    const claims = experiment.claims.map(({ name, claim }) => h("li", {}, symbol("›"), h("span", {}, claim, " ", h("small", {}, name))));
    body.replaceChildren(
      h("p", { class: "lead prose" }, experiment.question),
      h("p", { class: "prose" }, experiment.story),
      h("div", { class: "block" }, h("h3", {}, "It claims"), h("ul", { class: "claims" }, ...claims)),
      h("p", { class: "hint" }, `Steps: ${experiment.steps.join("; ")}.`),
      this.form(experiment),
    );
    body.hidden = false;
    this.refresh();
  }

  form(experiment) {
    const problem = h("div", { role: "alert" });
    this.button = h("button", { type: "submit", class: "primary" }, "Run it");
    this.why = h("p", { class: "hint", role: "status" });
    const form = h("form", { novalidate: true, autocomplete: "off" }, question(experiment.prediction), settings(experiment), h("div", { class: "actions" }, this.button), this.why, problem);
    if (!experiment.runnable) note(problem, { kind: "empty", title: "It cannot run here.", detail: experiment.why_not, next: experiment.next_step ?? undefined });
    forgetErrorsOnInput(form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.button.getAttribute("aria-disabled") !== "true") this.run(form, problem);
    });
    return form;
  }

  async run(form, place) {
    clearErrors(form);
    note(place, null);
    this.button.setAttribute("aria-disabled", "true");
    this.button.setAttribute("aria-busy", "true");
    setText(this.button, "Starting…");
    try {
      const { run } = await startRun(this.experiment.name, changed(form), form.elements.namedItem("prediction").value || null);
      this.onRun(run);
    } catch (problem) {
      const fold = form.querySelector("details");
      if (problem.field && problem.field !== "prediction") fold.open = true; // a folded field takes no focus
      showProblem(form, place, problem);
      if (problem.status === 409) this.onRefused();
    } finally {
      this.button.removeAttribute("aria-busy");
      setText(this.button, "Run it");
      this.refresh();
    }
  }
}

function question({ question: words, options }) {
  const choices = Object.entries(options).map(([letter, text]) => option(letter, h("strong", {}, letter), ` ${text}`));
  choices.push(option("", "I would rather see it first."));
  choices.at(-1).querySelector("input").checked = true;
  return h("fieldset", { class: "question", "data-field": "prediction" }, h("legend", {}, `Before you run it: ${words}`), ...choices);
}

function option(value, ...words) {
  return h("label", { class: "option" }, h("input", { type: "radio", name: "prediction", value, id: `predict-${value || "nothing"}` }), h("span", {}, ...words));
}

function settings({ settings: all }) {
  const fields = all.map(({ name, default: value, bounds, description }) => {
    const id = `setting-${name}`, hint = [description, bounds].filter(Boolean).join("; ");
    const input = h("input", { id, name, type: "text", value: text(value), "data-name": name, "aria-describedby": `${id}-hint` });
    return h("div", { class: "field", "data-field": name }, h("label", { for: id }, name.replaceAll("_", " ")), input, h("p", { class: "hint", id: `${id}-hint` }, hint));
  });
  return h("details", {}, h("summary", {}, "Settings"), h("div", { class: "options" }, ...fields));
}

/** Settings that differ from their defaults, as typed: the API reads them. */
function changed(form) {
  const inputs = [...form.querySelectorAll("input[data-name]")];
  return Object.fromEntries(inputs.filter((each) => each.value.trim() !== each.defaultValue).map((each) => [each.dataset.name, each.value.trim()]));
}

const text = (value) => (Array.isArray(value) ? value.join(",") : value === null ? "" : String(value));
