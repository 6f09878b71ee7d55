-- How many orders of each item have there ever been, and how many pieces?
CREATE TABLE IF NOT EXISTS item_count AS
  SELECT item, COUNT(*) AS total, SUM(qty) AS quantity
  FROM orders_raw
  GROUP BY item
  EMIT CHANGES;
