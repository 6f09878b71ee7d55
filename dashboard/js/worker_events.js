/**
 * Feed of what the workers report: partitions taken, given back or lost; started, stopped.
 * It begins with the newest events before the page was opened. After a reconnect the API tells those again:
 * what stands in the list already is left out, and what was missed finds its place by its time.
 */

import { h, note, part, symbol } from "./dom.js";
import { clock, partitionList } from "./format.js";

const MOST = 100;

/** name of the event -> sign, tone, words */
const WORDS = {
  partitions_assigned: (event) => ["▲", "good", `took ${partitions(event)}`],
  partitions_revoked: (event) => ["▼", "plain", `gave back ${partitions(event)}`],
  partitions_lost: (event) => ["✕", "bad", `lost ${partitions(event)} (the group went on without it)`],
  startup_complete: () => ["●", "good", "started"],
  shutdown_complete: () => ["■", "plain", "stopped"],
  write_refused: (event) => ["✕", "bad", `stale write refused${where(event)}: another member owns it now, nothing was written twice`],
  record_dead_lettered: (event) => ["!", "bad", `moved a bad message to orders.dlq${where(event)}${because(event)}`],
  record_failed: (event) => ["!", "bad", `could not handle a batch of ${partitions(event)}; it is tried again`],
  commit_failed: (event) => ["!", "bad", `could not commit its offsets${because(event)}; the database has them`],
  database_unavailable: (event) => ["!", "bad", `cannot reach the database${because(event)}; it tries again`],
  topic_recreated: () => ["↻", "plain", "the topic was made anew; it goes on with the new one"],
  fatal: (event) => ["✕", "bad", `ended with an error${because(event)}`],
  partition_stopped: (event) => ["!", "bad", `stopped reading${where(event)}${because(event)}`],
};

export function start(element, feed) {
  const place = part(element, "note"), list = part(element, "feed");
  const shown = new Map(); // event as text -> its line
  note(place, {
    kind: "empty", title: "No worker event yet.",
    next: "Make one: `playground scale processor 3`, or `playground kill processor-1`.",
  });
  feed.on("history", ({ events }) => events.forEach(add));
  feed.on("worker", add);

  function add(event) {
    const say = WORDS[event.event];
    if (!say) return; // batches and load progress are shown elsewhere
    const key = JSON.stringify(event);
    if (shown.has(key)) return;
    const [sign, tone, words] = say(event);
    const line = h("li", { "data-tone": tone, "data-event": event.event, "data-at": event.at ?? "" },
      symbol(sign), h("time", { datetime: event.at }, clock(event.at)),
      h("span", {}, h("strong", {}, event.worker ?? event.client_id ?? "a worker"), ` ${words}`, h("small", {}, event.group_id ?? "")));
    shown.set(key, line);
    const older = [...list.children].find((each) => each.dataset.at <= line.dataset.at);
    list.insertBefore(line, older ?? null); // newest first
    if (list.childElementCount > MOST) forgetOldest();
    note(place, null);
    part(element, "scroll").hidden = false;
  }

  function forgetOldest() {
    const oldest = list.lastElementChild;
    oldest.remove();
    for (const [key, line] of shown) if (line === oldest) shown.delete(key);
  }
}

function partitions({ partitions: all = [] }) {
  if (all.length === 0) return "no partition";
  return `${all.length === 1 ? "partition" : "partitions"} ${partitionList(all)}`;
}

function where({ partition, offset }) {
  if (partition === undefined || partition === null) return "";
  return offset === undefined || offset === null ? ` in partition ${partition}` : ` at partition ${partition}, offset ${offset}`;
}

function because({ reason, detail = reason }) {
  return detail ? `: ${detail}` : "";
}
