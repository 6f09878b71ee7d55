-- What sells now? Five minutes, every minute: each order counts in five windows.
CREATE TABLE IF NOT EXISTS item_trend AS
  SELECT item, COUNT(*) AS orders, SUM(qty) AS quantity
  FROM orders_raw
  WINDOW HOPPING (SIZE 5 MINUTES, ADVANCE BY 1 MINUTE)
  GROUP BY item
  EMIT CHANGES;
