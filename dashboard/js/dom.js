/**
 * Building and changing parts of the page. Every text goes in as a text node,
 * so nothing that an order carries can become markup.
 */

/**
 * Makes an element; strings among the children become text nodes.
 * @param {string} tag
 * @param {Object<string, string|number|boolean|null|undefined>} [attributes]
 * @param {...(Node|string)} children
 */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children);
  return node;
}

/** The element of a panel that index.html marks with data-part="name". */
export function part(panel, name) {
  return panel.querySelector(`[data-part="${name}"]`);
}

/** Changes a text only when it differs: a selection survives and nothing is laid out again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Shows words in place of data: nothing yet, or what went wrong, and the next step.
 * @param {Element} place the panel's data-part="note"
 * @param {{kind: "empty"|"error"|"loading", title: string, detail?: string, next?: string, retry?: Function}|null} words
 */
export function note(place, words) {
  const same = JSON.stringify(words) === place.dataset.words;
  if (same && !words?.retry) return;
  place.replaceChildren();
  delete place.dataset.words;
  if (!words) return;
  place.dataset.words = JSON.stringify(words);
  const box = h("div", { class: "note", "data-kind": words.kind }, h("strong", {}, words.title));
  if (words.detail && words.detail !== words.title) box.append(h("p", {}, sentence(words.detail)));
  if (words.next) box.append(h("p", { class: "next" }, ...withCode(sentence(words.next))));
  if (words.retry) {
    const button = h("button", { type: "button", class: "small" }, "Try again");
    button.addEventListener("click", () => words.retry());
    box.append(button);
  }
  place.append(box);
}

/** Details of problems may begin small, as they do inside a log line. */
function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A note for an ApiProblem: what failed, why, and what to do. */
export function problemNote(place, problem, retry) {
  note(place, { kind: "error", title: problem.title, detail: problem.detail, next: problem.nextStep, retry });
}

/** Splits `commands between back-ticks` out of a sentence into code elements. */
export function withCode(sentence) {
  return sentence.split("`").map((piece, index) => (index % 2 ? h("code", {}, piece) : piece));
}

/** A symbol that only decorates: the word beside it says the same to everybody. */
export function symbol(sign) {
  return h("span", { class: "symbol", "aria-hidden": "true" }, sign);
}

/** Text for screen readers only. */
export function spoken(text) {
  return h("span", { class: "hidden" }, text);
}

/**
 * A plain table with a header row.
 * @param {string} caption read aloud, not shown
 * @param {Array<[string, string]>} columns name and class of each column
 * @param {Array<Array<string>>} rows
 */
export function table(caption, columns, rows) {
  const head = columns.map(([name, kind]) => h("th", { scope: "col", class: kind || null }, name));
  const body = rows.map((row) => h("tr", {}, ...row.map((text, i) => h("td", { class: columns[i][1] || null }, text))));
  return h("table", {}, h("caption", { class: "hidden" }, caption), h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...body));
}
