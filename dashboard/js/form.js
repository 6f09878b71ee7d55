/** What both forms share: reading the fields, and showing a refusal beside the field it names. */

import { h, note, problemNote } from "./dom.js";

/** Whole numbers become numbers; anything else goes to the API as typed, whose refusal is then shown. */
export function numeric(text) {
  const trimmed = text.trim();
  return /^-?\d{1,15}(\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed;
}

/** Removes every refusal from a form. */
export function clearErrors(form) {
  for (const field of form.querySelectorAll("[data-field]")) clearError(field);
}

/** Removes the refusal of one field as soon as a person changes it. */
export function forgetErrorsOnInput(form) {
  form.addEventListener("input", (event) => {
    const field = event.target.closest("[data-field]");
    if (field) clearError(field);
  });
}

function clearError(field) {
  const input = field.querySelector("input, select");
  const error = field.querySelector(".error");
  if (!error) return;
  error.remove();
  input.removeAttribute("aria-invalid");
  describe(input, (ids) => ids.filter((id) => id !== error.id));
}

/**
 * Shows a problem: beside its fields when the form has them, otherwise below the form.
 * The first bad field, in the order of the page, gets the focus.
 * @returns {boolean} whether a field took it
 */
export function showProblem(form, place, problem) {
  const told = problem.errors.length ? problem.errors : [{ field: problem.field, detail: problem.detail || problem.title }];
  // One field can stand for two of the order: age_group comes from age.
  const fields = new Map([...form.querySelectorAll("[data-field]")].flatMap((field) => field.dataset.field.split(" ").map((name) => [name, field])));
  const bad = told.filter(({ field }) => fields.has(field));
  for (const { field, detail } of bad) showError(fields.get(field), detail);
  if (bad.length < told.length) problemNote(place, problem);
  else note(place, null);
  form.querySelector("[aria-invalid]")?.focus();
  return bad.length > 0;
}

function showError(field, detail) {
  clearError(field);
  const input = field.querySelector("input, select");
  const error = h("p", { class: "error", id: `${input.id}-error` }, withoutName(detail, input.name));
  input.setAttribute("aria-invalid", "true");
  describe(input, (ids) => [error.id, ...ids]);
  input.after(error);
}

/** "qty: Expected int" under the field Quantity need not say qty again. */
function withoutName(detail, name) {
  return detail.startsWith(`${name}: `) ? detail.slice(name.length + 2) : detail;
}

function describe(input, change) {
  const ids = change((input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  if (ids.length) input.setAttribute("aria-describedby", ids.join(" "));
  else input.removeAttribute("aria-describedby");
}
