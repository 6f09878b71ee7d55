/** Shows openapi.json: routes with curl examples, parameters, answers, and the documents' fields. */

const METHODS = ["get", "post", "put", "patch", "delete"];

/** An element; text never becomes markup. */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

const code = (text) => h("code", {}, text);
const nameOf = (reference) => reference.split("/").pop();

/** A schema in a few words, with links to the documents it names. */
function words(schema) {
  if (schema.$ref) return [h("a", { href: `#${nameOf(schema.$ref)}` }, nameOf(schema.$ref))];
  const several = schema.anyOf ?? schema.oneOf;
  if (several) return several.flatMap((each, index) => (index ? [" or ", ...words(each)] : words(each)));
  if (schema.enum) return [schema.enum.map((each) => JSON.stringify(each)).join(", ")];
  if (schema.type === "array") return ["list of ", ...words(schema.items ?? {})];
  if (schema.type === "object" && schema.additionalProperties) return ["object"];
  return [`${schema.type ?? "anything"}${limits(schema)}`];
}

function limits(schema) {
  const found = [];
  if (schema.minimum !== undefined || schema.maximum !== undefined) found.push(`${schema.minimum ?? ""} to ${schema.maximum ?? ""}`);
  if (schema.maxLength !== undefined) found.push(`${schema.minLength ?? 0} to ${schema.maxLength} characters`);
  return found.length ? ` (${found.join(", ")})` : "";
}

/** Words in which `names` between back-ticks become code. */
const marked = (text) => text.split("`").map((piece, index) => (index % 2 ? code(piece) : piece));

function paragraphs(description = "") {
  return description.split("\n\n").filter(Boolean).map((text) => h("p", {}, ...marked(text)));
}

/** Roles are written out, and each cell knows its head: on a phone the cells of a row stand below one another. */
function table(head, rows) {
  const line = (cells) => h("tr", { role: "row" }, ...cells);
  const heads = head.map((name) => h("th", { role: "columnheader" }, name));
  const cells = (row) => row.map((value, index) => h("td", { role: "cell", "data-head": head[index] }, ...[value].flat()));
  return h("table", { role: "table" }, h("thead", { role: "rowgroup" }, line(heads)),
    h("tbody", { role: "rowgroup" }, ...rows.map((row) => line(cells(row)))));
}

function curl(method, path, operation) {
  const parts = ["curl", new URL(path.slice(1).replace("{group_id}", "order-processor"), new URL("./", document.baseURI))];
  if (method !== "get") parts.push("-X", method.toUpperCase());
  if (path === "/events") parts.push("-N");
  const body = operation.requestBody?.content["application/json"]?.example;
  if (body) parts.push("-H", "'Content-Type: application/json'", "-d", `'${JSON.stringify(body)}'`);
  return parts.join(" ");
}

function route(method, path, operation) {
  const section = h("section", {},
    h("h2", { id: operation.operationId }, h("span", { class: "method" }, method.toUpperCase()), code(path)),
    h("p", {}, operation.summary), ...paragraphs(operation.description), h("pre", {}, curl(method, path, operation)));
  if (operation.parameters.length) {
    const rows = operation.parameters.map((each) => [code(each.name), each.in, words(each.schema), String(each.schema.default ?? ""), each.description ?? ""]);
    section.append(h("h3", {}, "Parameters"), table(["Name", "In", "Value", "Default", ""], rows));
  }
  if (operation.requestBody) {
    const rows = Object.entries(operation.requestBody.content).map(([type, { schema }]) => [code(type), words(schema)]);
    section.append(h("h3", {}, "Body"), table(["Content-Type", "Value"], rows));
  }
  const rows = Object.entries(operation.responses).map(([status, { description, content }]) => {
    const [type, { schema }] = Object.entries(content)[0];
    return [status, Number(status) < 400 ? words(schema) : marked(description), code(type)];
  });
  section.append(h("h3", {}, "Answers"), table(["Status", "", "Content-Type"], rows));
  return section;
}

function schema(name, { description, properties = {}, required = [] }) {
  const rows = Object.entries(properties).map(([field, value]) => [code(field), words(value), required.includes(field) ? "" : "optional"]);
  return [h("h3", { id: name }, code(name)), h("p", {}, description ?? ""), table(["Field", "Value", ""], rows)];
}

async function show() {
  const introduction = document.getElementById("introduction");
  try {
    const answer = await fetch("openapi.json");
    const api = await answer.json();
    introduction.textContent = api.info.description;
    for (const [path, operations] of Object.entries(api.paths)) {
      for (const method of METHODS.filter((each) => operations[each])) {
        const operation = operations[method];
        const link = h("a", { href: `#${operation.operationId}` }, `${method.toUpperCase()} ${path}`);
        document.getElementById("contents").append(h("li", {}, link));
        document.getElementById("routes").append(route(method, path, operation));
      }
    }
    for (const [name, each] of Object.entries(api.components.schemas)) document.getElementById("schemas").append(...schema(name, each));
  } catch {
    introduction.textContent = "The API does not answer. Look at the terminal of `make run`, or start it again.";
  }
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

show();
