/**
 * How far the order processors are, from their events and from the group's committed offsets.
 * A partition is handled in order, so one position per partition says it for every order.
 */

const TOPIC = "orders";
const MOST_RANGES = 400; // remembered only to name the worker
const MOST_DEAD = 1000;

export class Progress {
  constructor() {
    this.forget();
  }

  /** After a reconnect the API's own list is the truth again. */
  forget() {
    this.next = new Map(); // partition -> first offset that is not handled
    this.ranges = [];
    this.dead = new Set();
    this.ends = new Map();
  }

  worker(event) {
    if (event.event === "record_dead_lettered") {
      for (const each of event.partitions ?? [event]) this.dead.add(`${each.partition}:${each.offset}`);
      if (this.dead.size > MOST_DEAD) this.dead.delete(this.dead.values().next().value);
    }
    if (event.event !== "records_handled") return;
    for (const { partition, first_offset: first, last_offset: last } of event.partitions) {
      this.ranges.push({ partition, first, last, worker: event.worker });
      this.next.set(partition, Math.max(this.next.get(partition) ?? 0, last + 1));
    }
    this.ranges.splice(0, this.ranges.length - MOST_RANGES);
  }

  /** Heals a missed worker event, and notices a topic that began anew. */
  snapshot({ topics, groups }, groupId) {
    for (const { partition, end_offset: end } of topics.find((each) => each.topic === TOPIC)?.partitions ?? []) {
      if (end === null) continue; // the broker did not say
      if (end < (this.ends.get(partition) ?? 0)) this.next.delete(partition); // a topic of the same name, made anew
      this.ends.set(partition, end);
    }
    for (const { topic, partition, committed_offset: committed } of groups.find((each) => each.group_id === groupId)?.partitions ?? []) {
      if (topic !== TOPIC) continue;
      if (committed !== null) this.next.set(partition, Math.max(this.next.get(partition) ?? 0, committed));
    }
  }

  /** @returns {{state: "pending"|"processed"|"dead-lettered", worker: string}} */
  of({ partition, offset }) {
    if (this.dead.has(`${partition}:${offset}`)) return { state: "dead-lettered", worker: "" };
    if (offset >= (this.next.get(partition) ?? 0)) return { state: "pending", worker: "" };
    const range = this.ranges.findLast((each) => each.partition === partition && each.first <= offset && offset <= each.last);
    return { state: "processed", worker: range?.worker ?? "" };
  }
}
