/** The order form: sends one order; the API is the only judge of its fields. */

import { produce } from "./api.js";
import { h, note, part, setText } from "./dom.js";
import { clearErrors, forgetErrorsOnInput, numeric, showProblem } from "./form.js";

const KEY_HINTS = {
  user: "All orders of one user land on one partition, in order.",
  age_group: "Only three different keys: some partitions stay empty.",
  item: "All orders of one item land on one partition.",
  order_id: "Every order has its own key: spread evenly, no order between them.",
  none: "No key: the producer fills one partition after the other.",
};

export function start(element) {
  const form = part(element, "form"), place = part(element, "note"), result = part(element, "result");
  const submit = part(element, "submit"), select = form.elements.namedItem("key");
  let draft = newDraft(), sending = false;

  const hint = () => setText(part(element, "hint"), KEY_HINTS[select.value]);
  hint();
  select.addEventListener("change", hint);
  forgetErrorsOnInput(form);
  // The same draft sent twice (a double click, an answer that got lost) stays one order.
  form.addEventListener("input", () => (draft = newDraft()));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    submit.setAttribute("aria-disabled", "true");
    clearErrors(form);
    note(place, null);
    result.replaceChildren("Sending…");
    try {
      const answer = await produce(read(form), select.value, draft);
      result.replaceChildren(...confirmation(answer));
      draft = newDraft();
    } catch (problem) {
      result.replaceChildren();
      showProblem(form, place, problem);
    }
    sending = false;
    submit.removeAttribute("aria-disabled");
  });
}

/** The order as the API takes it; an empty field is left out, so that the API names what is missing. */
function read(form) {
  const value = (name) => form.elements.namedItem(name).value;
  const order = {};
  if (value("user") !== "") order.user = value("user");
  if (value("item") !== "") order.item = value("item");
  if (value("qty").trim() !== "") order.qty = numeric(value("qty"));
  if (value("age").trim() !== "") order.age = numeric(value("age"));
  return order;
}

function confirmation({ order_id: id, topic, partition, offset }) {
  return [
    h("span", { class: "symbol", "aria-hidden": "true" }, "✓"), "Written: partition ", h("strong", {}, String(partition)),
    ", offset ", h("strong", {}, String(offset)), h("small", {}, `${topic} · order ${id}`),
  ];
}

/** A random key; getRandomValues works on plain http addresses too, randomUUID does not. */
function newDraft() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `dashboard-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
