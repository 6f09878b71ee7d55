"""SQL that both databases take; `{p}` is the driver's placeholder."""

from __future__ import annotations

RECENT_BY_SCAN = """
SELECT order_id, "user", item, qty, age, age_group, partition, "offset", worker, produced_at, processed_at
FROM orders
{where}
ORDER BY produced_at DESC, order_id DESC
LIMIT {p}
"""

# The newest N of all are among the newest N of each partition.
RECENT = """
SELECT order_id, "user", item, qty, age, age_group, partition, "offset", worker, produced_at, processed_at
FROM orders
WHERE order_id IN (SELECT order_id FROM recent_orders)
ORDER BY produced_at DESC, order_id DESC
LIMIT {p}
"""
REMEMBER_RECENT = """
INSERT INTO recent_orders (topic_ref, partition, slot, order_id) VALUES ({p}, {p}, {p}, {p})
ON CONFLICT (topic_ref, partition, slot) DO UPDATE SET order_id = excluded.order_id
"""

# Rows are counted from the tables themselves, so that a position that moved without its rows shows.
ACCOUNTS = """
SELECT p.group_id, t.name, t.topic_id, p.partition, p.first_offset, p.next_offset,
       COALESCE(o.n, 0) + COALESCE(l.n, 0), p.duplicates, COALESCE(d.n, 0)
FROM positions p
JOIN topics t ON t.topic_ref = p.topic_ref
LEFT JOIN (
    SELECT topic_ref, partition, COUNT(*) AS n FROM orders GROUP BY topic_ref, partition
) o ON p.group_id = {p} AND o.topic_ref = p.topic_ref AND o.partition = p.partition
LEFT JOIN (
    SELECT group_id, topic_ref, partition, COUNT(*) AS n FROM ledger GROUP BY group_id, topic_ref, partition
) l ON l.group_id = p.group_id AND l.topic_ref = p.topic_ref AND l.partition = p.partition
LEFT JOIN (
    SELECT group_id, topic_ref, partition, COUNT(*) AS n
    FROM dead_letters GROUP BY group_id, topic_ref, partition
) d ON d.group_id = p.group_id AND d.topic_ref = p.topic_ref AND d.partition = p.partition
ORDER BY p.group_id, t.name, p.partition
"""

# Positions first: a writer that is under way fails there, and what it has written goes with it.
DELETE_GROUP = (
    "DELETE FROM positions WHERE group_id = {p}",
    "DELETE FROM ledger WHERE group_id = {p}",
    "DELETE FROM dead_letters WHERE group_id = {p}",
    "DELETE FROM effects WHERE group_id = {p}",
)
ADD_EFFECT = """
INSERT INTO effects (group_id, order_id, topic_ref, partition, times) VALUES ({p}, {p}, {p}, {p}, 1)
ON CONFLICT (group_id, order_id) DO UPDATE SET times = effects.times + 1
"""
EFFECTS = """
SELECT e.partition, COUNT(*), SUM(e.times), SUM(CASE WHEN e.times > 1 THEN 1 ELSE 0 END)
FROM effects e JOIN topics t ON t.topic_ref = e.topic_ref
WHERE e.group_id = {p} AND t.topic_id = {p}
GROUP BY e.partition
ORDER BY e.partition
"""

POSITIONS = "SELECT partition, next_offset FROM positions WHERE group_id = {p} AND topic_ref = {p}"
ITEM_TOTALS = """
SELECT item, orders, quantity FROM item_totals {where} ORDER BY orders DESC, item LIMIT {p}
"""
ITEM_MINUTES = """
SELECT minute, item, orders, quantity FROM item_minutes WHERE {where} ORDER BY minute, item LIMIT {p}
"""
ORDER_TOTALS = "SELECT COALESCE(SUM(orders), 0), COALESCE(SUM(quantity), 0) FROM item_totals"

MOVE_POSITION = """
UPDATE positions SET next_offset = {p}, duplicates = duplicates + {p}
WHERE group_id = {p} AND topic_ref = {p} AND partition = {p} AND next_offset = {p}
"""
# What is replayed comes again as duplicates: they are taken off beforehand, so that the balance holds all
# the time and ends where it was.
REWIND = """
UPDATE positions
SET next_offset = {p}, duplicates = duplicates - {p},
    first_offset = CASE WHEN first_offset > {p} THEN {p} ELSE first_offset END
WHERE group_id = {p} AND topic_ref = {p} AND partition = {p} AND next_offset = {p}
"""
FIRST_OFFSETS = "SELECT partition, first_offset FROM positions WHERE group_id = {p} AND topic_ref = {p}"
FORGET_DEAD_LETTERS = """
DELETE FROM dead_letters WHERE group_id = {p} AND topic_ref = {p} AND partition = {p} AND "offset" >= {p}
"""
COUNT_MINUTES = """
INSERT INTO item_minutes (minute, item, orders, quantity) VALUES ({p}, {p}, {p}, {p})
ON CONFLICT (minute, item) DO UPDATE
SET orders = item_minutes.orders + excluded.orders, quantity = item_minutes.quantity + excluded.quantity
"""
COUNT_TOTALS = """
INSERT INTO item_totals (item, orders, quantity) VALUES ({p}, {p}, {p})
ON CONFLICT (item) DO UPDATE
SET orders = item_totals.orders + excluded.orders, quantity = item_totals.quantity + excluded.quantity
"""
