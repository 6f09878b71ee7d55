-- How many orders of each item in each minute? No GRACE PERIOD, so it is 24 hours. A windowed table keeps its
-- windows only for their size and grace period: with one minute it remembers the last two minutes and forgets the
-- others; and orders that come in the wrong order, as of partitions that are read one after another, are late.
CREATE TABLE IF NOT EXISTS orders_per_min AS
  SELECT item, COUNT(*) AS count
  FROM orders_raw
  WINDOW TUMBLING (SIZE 1 MINUTE)
  GROUP BY item
  EMIT CHANGES;
