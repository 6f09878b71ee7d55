/** The rows of one table as the stream tells them: all at first, then what changed. */

const BOUNDS = new Set(["windowstart", "windowend"]);
const SETTLED_MS = 10_000;

export class TableRows {
  constructor() {
    this.rows = new Map(); // key, and beginning of the window -> row
    this.columns = [];
    this.fresh = new Set(); // those that the newest event changed
  }

  /** @param {{columns: Array<{name: string, type: string}>, rows: Array<object>}} answer the whole table */
  replace({ columns, rows }) {
    this.columns = columns;
    this.rows = new Map(rows.map((row) => [this.id(row), row]));
    this.fresh.clear();
  }

  /**
   * @param {{rows: Array<object>, gone: Array<Array>, taken_at: string}} changes
   * @returns {Array<object>} rows of windows that were over already when they changed
   */
  change({ rows, gone, taken_at: takenAt }) {
    const over = Date.parse(takenAt), late = [];
    this.fresh.clear();
    for (const row of rows) {
      // A window that ended in the last seconds: its last orders are still on their way through the group.
      if (row.windowend < over - SETTLED_MS) late.push(row);
      this.rows.set(this.id(row), row);
      this.fresh.add(this.id(row));
    }
    for (const key of gone) this.rows.delete(JSON.stringify(key));
    return late;
  }

  /** Forgets the windows that began before. */
  forget(start) {
    for (const [id, row] of this.rows) if (row.windowstart < start) this.rows.delete(id);
  }

  id(row) {
    const key = row[this.columns[0].name];
    return JSON.stringify("windowstart" in row ? [key, row.windowstart] : [key]);
  }

  /** The first column that counts. */
  get measure() {
    return this.columns.slice(1).find(({ name }) => !BOUNDS.has(name)).name;
  }

  /** Newest windows first, and in each the largest count first. */
  sorted() {
    const { measure } = this;
    return [...this.rows.values()].toSorted((a, b) => (b.windowstart ?? 0) - (a.windowstart ?? 0) || b[measure] - a[measure]);
  }
}
