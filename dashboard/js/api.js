/**
 * The only file that talks to the API: requests, and the stream of events.
 * Addresses are relative to the page, so that it also works below a path prefix.
 */

const NO_ANSWER_NEXT = "Look at the terminal of `make run`, or start it again. This page reconnects by itself.";
// Each open page keeps one of the six connections that a browser makes to a host.
const TOO_SLOW_NEXT = "Close other tabs with this page, or look at the terminal of `make run`.";
const REQUEST_LIMIT_MS = 15_000;
const SILENCE_LIMIT_MS = 25_000; // two heartbeats and a half
const GONE_AFTER = 4; // failed attempts in a row
const LONGEST_WAIT_MS = 5_000;
const EVENT_NAMES = ["hello", "history", "offsets", "groups", "orders", "worker", "stats", "run", "heartbeat"];

/** What the API (or its absence) said, in the words of application/problem+json. */
export class ApiProblem extends Error {
  constructor({ status = 0, title, detail = "", field = null, errors = [], nextStep = "" }) {
    super(detail || title);
    Object.assign(this, { status, title, detail, field, errors, nextStep });
  }
}

async function call(method, path, { body, headers = {} } = {}) {
  const request = { method, headers: { Accept: "application/json", ...headers }, cache: "no-store" };
  if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers["Content-Type"] = "application/json";
  }
  request.signal = AbortSignal.timeout(REQUEST_LIMIT_MS);
  let response, text;
  try {
    response = await fetch(path, request);
    text = await response.text();
  } catch (error) {
    throw unanswered(error);
  }
  const answer = parsed(text);
  if (!response.ok) throw refusal(response, answer);
  if (answer === undefined) throw new ApiProblem({ status: response.status, title: `/${path} did not answer with JSON` });
  return answer;
}

function unanswered(error) {
  if (error.name !== "TimeoutError") return new ApiProblem({ title: "The API does not answer", nextStep: NO_ANSWER_NEXT });
  return new ApiProblem({ title: `The API took longer than ${REQUEST_LIMIT_MS / 1000} s`, nextStep: TOO_SLOW_NEXT });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(response, answer) {
  const wait = response.headers.get("Retry-After");
  const problem = answer && typeof answer === "object" ? answer : {};
  return new ApiProblem({
    status: response.status,
    title: problem.title || `The API answered ${response.status}`,
    detail: problem.detail,
    field: problem.field,
    errors: Array.isArray(problem.errors) ? problem.errors : [],
    nextStep: problem.next_step || (wait ? `Try again in ${wait} s.` : ""),
  });
}

export const getOffsets = () => call("GET", "offsets");
export const getMessages = (limit) => call("GET", `messages?limit=${limit}`);
export const getStats = () => call("GET", "stats");
export const getLoad = () => call("GET", "load");
export const startLoad = (settings) => call("POST", "load", { body: settings });
export const stopLoad = () => call("DELETE", "load");
export const getStack = () => call("GET", "stack");
export const scaleWorkers = (kind, replicas) => call("PUT", `stack/${encodeURIComponent(kind)}/replicas`, { body: { replicas } });
/** @param {"kill"|"pause"|"resume"} action */
export const actOnWorker = (name, action) => call("POST", `stack/workers/${encodeURIComponent(name)}/${action}`);

/** Which tables streaming SQL keeps, who answers for them, and the SQL of each. */
export const getStreamTables = () => call("GET", "stream-table");

export const getExperiments = () => call("GET", "experiments");
export const getExperiment = (name) => call("GET", `experiments/${encodeURIComponent(name)}`);
/** @param {Object<string, string>} settings as typed @param {string|null} prediction */
export const startRun = (name, settings, prediction) => call("POST", `experiments/${encodeURIComponent(name)}/runs`, { body: { settings, prediction } });
export const getRuns = () => call("GET", "runs?limit=100");
/** The address of a run (`rebalance/20261123T130500Z`), or of what it has: "/timeline", "/report.html". */
export const runAddress = (run, what = "") => `runs/${run.split("/").map(encodeURIComponent).join("/")}${what}`;
export const getRun = (run) => call("GET", runAddress(run));
export const getTimeline = (run, after) => call("GET", `${runAddress(run, "/timeline")}?after=${after}&limit=2000`);
export const stopRun = (run) => call("DELETE", runAddress(run));

/** Sends one order. The same idempotency key again never makes a second order. */
export function produce(order, key, idempotencyKey) {
  const path = `produce?key=${encodeURIComponent(key)}`;
  return call("POST", path, { body: order, headers: { "Idempotency-Key": idempotencyKey } });
}

/**
 * Follows /events for as long as the page lives.
 * @param {(name: string, data: object) => void} onEvent
 * @param {(state: {name: "connecting"|"live"|"reconnecting"|"gone", reason?: string, next?: string}) => void} onState
 * @returns {{retry: () => void}} retry tries at once instead of waiting
 */
export function follow(onEvent, onState) {
  let source = null, failures = 0, timer = 0, heard = 0, live = false;

  const open = () => {
    clearTimeout(timer);
    source?.close();
    heard = Date.now();
    const mine = (source = new EventSource("events"));
    for (const name of EVENT_NAMES) mine.addEventListener(name, (message) => arrived(name, message));
    mine.onerror = () => mine === source && lost();
  };

  const arrived = (name, message) => {
    heard = Date.now();
    failures = 0;
    if (!live) onState({ name: "live" });
    live = true;
    const data = parsed(message.data);
    if (data !== undefined) onEvent(name, data);
  };

  const lost = async (reason) => {
    source.close();
    source = null;
    failures += 1;
    clearTimeout(timer);
    timer = setTimeout(open, Math.min(LONGEST_WAIT_MS, 250 * 2 ** failures));
    if (live) onState({ name: "reconnecting", reason: reason ?? "The connection ended.", next: "" });
    live = false;
    const why = reason ? { reason, next: NO_ANSWER_NEXT } : await whyLost();
    if (live) return; // connected again while we asked
    onState({ name: failures >= GONE_AFTER ? "gone" : "reconnecting", ...why });
  };

  setInterval(() => {
    if (source && Date.now() - heard > SILENCE_LIMIT_MS) lost(`Nothing was heard for ${SILENCE_LIMIT_MS / 1000} s.`);
  }, 1000);
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && open());
  onState({ name: "connecting" });
  open();
  return { retry: open };
}

/**
 * Follows the rows of a table of streaming SQL, until it is closed. The browser opens a stream that ended again.
 * @param {Object<string, string|number>} query as of GET /stream-table
 * @param {(name: "rows"|"changes"|"problem", data: object) => void} onEvent
 * @returns {{close: () => void}}
 */
export function followTable(query, onEvent) {
  const words = new URLSearchParams(query);
  let source = null, timer = 0, closed = false;

  const open = () => {
    source = new EventSource(`stream-table/live?${words}`);
    for (const name of ["rows", "changes", "problem"]) {
      source.addEventListener(name, (message) => {
        const data = parsed(message.data);
        if (data !== undefined) onEvent(name, data);
      });
    }
    source.onerror = () => source.readyState === EventSource.CLOSED && refused();
  };

  /** A refused stream does not say why; the same question without it does, or has the rows at least. */
  const refused = async () => {
    let event = "rows", data;
    try {
      data = await call("GET", `stream-table?${words}`);
    } catch (problem) {
      [event, data] = ["problem", { title: problem.title, detail: problem.detail, next_step: problem.nextStep }];
    }
    if (closed) return;
    onEvent(event, data);
    timer = setTimeout(open, LONGEST_WAIT_MS);
  };

  open();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      source.close();
    },
  };
}

/** Asks the API itself why the stream ended. */
async function whyLost() {
  try {
    await call("GET", "healthz");
  } catch (problem) {
    if (problem.status === 0) return { reason: `${problem.title}.`, next: problem.nextStep };
    if (problem.status >= 400) return { reason: `${problem.title}. ${problem.detail ?? ""}`.trim(), next: problem.nextStep || NO_ANSWER_NEXT };
  }
  return { reason: "The API closed the event stream.", next: "The API itself answers; no action is needed unless this stays." };
}
