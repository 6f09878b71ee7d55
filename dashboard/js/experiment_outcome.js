/** What a run has shown: the verdict, the prediction against it, the checks, what was measured, the report. */

import { runAddress } from "./api.js";
import { h, spoken } from "./dom.js";
import { verdictMark, verdictOf } from "./experiment_words.js";

const WORDS = {
  passed: "Passed: every claim held.", failed: "Failed: at least one claim was seen to be wrong.",
  inconclusive: "Inconclusive: not everything that it claims could be seen.",
};

/**
 * The verdict in all, and what was predicted.
 * @param {object} view what GET /runs/{experiment}/{time} answers, judged
 * @param {{question: string, options: Object<string, string>}|null} prediction of the experiment, if it still exists
 */
export function verdictAndAnswer({ progress, outcome: shown }, prediction) {
  const verdict = verdictOf(progress);
  return [h("p", { class: "verdict-line", "data-verdict": verdict }, WORDS[verdict] ?? verdict), ...(prediction ? [answer(shown, prediction)] : [])];
}

/** The checks, what was measured, and the way to the report. */
export function checksAndTables({ progress, outcome: shown }) {
  return [
    h("div", { class: "block" }, h("h3", {}, "Claims"), checks(shown.checks)),
    ...shown.tables.map(measured),
    h("p", { class: "links" }, report(progress.run, "/report.html", "The report, with all pictures"), report(progress.run, "/report.md", "The same as Markdown")),
  ];
}

const report = (run, what, words) => h("a", { href: runAddress(run, what), target: "_blank", rel: "noopener" }, words, spoken(", opens in a new tab"));

function answer({ prediction: given, answer: seen, explanation }, { question, options }) {
  const right = given && seen ? given === seen : null;
  const words = [
    given ? `You said ${given}: ${options[given] ?? ""}` : "Nobody predicted anything.",
    seen === null ? "This run cannot tell which answer is right." : `Measured: ${seen}, ${options[seen] ?? ""}`,
  ];
  return h("div", { class: "answer", "data-right": right === null ? null : String(right) },
    h("strong", {}, question), ...words.map((each) => h("p", {}, each)),
    ...(right === null ? [] : [h("p", {}, h("strong", {}, right ? "You were right." : "It was otherwise."))]),
    ...(explanation && seen !== null ? [h("p", { class: "hint" }, explanation)] : []));
}

function checks(all) {
  const rows = all.map(({ name, claim, verdict, detail }) => h("tr", { role: "row" },
    h("td", { role: "cell", class: "mark" }, verdictMark(verdict)),
    h("td", { role: "cell" }, claim, h("small", {}, name)), h("td", { role: "cell" }, detail)));
  const head = ["Verdict", "Claim", "What was seen"].map((name) => h("th", { role: "columnheader", scope: "col" }, name));
  // roles are written out because the phone layout takes the table display away
  return h("div", { class: "scroll" }, h("table", { class: "checks", role: "table" }, h("caption", { class: "hidden" }, "Claims and their verdicts"),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...head)), h("tbody", { role: "rowgroup" }, ...rows)));
}

function measured({ title, columns, rows, note }) {
  const kinds = columns.map((_, at) => (rows.every((row) => row[at] === null || typeof row[at] === "number") ? "number" : null));
  const head = columns.map((name, at) => h("th", { scope: "col", class: kinds[at] }, name));
  const body = rows.map((row) => h("tr", {}, ...row.map((cell, at) => h("td", { class: kinds[at] }, ...cellWords(cell)))));
  const grid = h("table", { class: "measured" }, h("caption", { class: "hidden" }, title), h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...body));
  return h("div", { class: "block" }, h("h3", {}, title), h("div", { class: "scroll", role: "region", "aria-label": title, tabindex: "0" }, grid), ...(note ? [h("p", { class: "hint prose" }, note)] : []));
}

const cellWords = (cell) => (cell === null ? [h("span", { "aria-hidden": "true" }, "–"), spoken("not known")] : [String(cell)]);
