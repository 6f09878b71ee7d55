/** Numbers and times as a person reads them. `null` always becomes words, never a number. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** 12345 -> "12,345" */
export function count(value) {
  return value === null || value === undefined ? "not known" : whole.format(value);
}

/** A rate: one decimal while it is small. */
export function rate(value) {
  if (value === null || value === undefined) return "not known";
  return (Math.abs(value) < 10 ? fine : whole).format(value);
}

/** Seconds as the largest unit that fits. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "not known";
  const [value, unit] = seconds > 0 && seconds < 1 ? [Math.max(1, Math.round(seconds * 1000)), "ms"]
    : seconds < 120 ? [seconds, "s"] : seconds < 7200 ? [seconds / 60, "min"] : [seconds / 3600, "h"];
  return `${fine.format(value)}\u00a0${unit}`; // a number and its unit stay on one line
}

/** "2026-11-23T06:36:32.123Z" -> the local "06:36:32" */
export function clock(iso) {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return "not known";
  return time.toLocaleTimeString("en-GB", { hour12: false });
}

/** "2026-11-23T06:36:00Z" -> the local "06:36" */
export function minute(iso) {
  return clock(iso).slice(0, 5);
}

const STATES = {
  stable: "stable", empty: "no members", dead: "does not exist yet",
  preparing_rebalance: "rebalancing", completing_rebalance: "rebalancing",
};

/** A group's state in words. */
export function groupState(state) {
  return STATES[state] ?? String(state).replaceAll("_", " ");
}

/** 1, "order" -> "1 order"; 2, "order" -> "2 orders" */
export function plural(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Cuts what would break a chart's labels; by code points, so that no character is cut in half. */
export function shorten(text, length) {
  const characters = Array.from(String(text));
  return characters.length <= length ? characters.join("") : `${characters.slice(0, length - 1).join("")}…`;
}

/** Partitions (numbers, or with their topic) -> "0, 1, 3"; several topics are named. */
export function partitionList(all) {
  const partitions = all.map((each) => (typeof each === "number" ? { topic: "", partition: each } : each));
  const topics = new Set(partitions.map((each) => each.topic));
  return partitions
    .toSorted((a, b) => String(a.topic).localeCompare(String(b.topic)) || a.partition - b.partition)
    .map((each) => (topics.size > 1 ? `${each.topic}-${each.partition}` : String(each.partition)))
    .join(", ");
}
