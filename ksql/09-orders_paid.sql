-- Which orders were paid within five minutes? Both sides are streams, so the join has a window; a payment that
-- comes later joins nothing. The grace period is a day, as of the tables: see 03-orders_per_min.sql.
CREATE STREAM IF NOT EXISTS orders_paid AS
  SELECT o.order_id AS order_id, o.user AS user, o.item AS item, p.amount AS amount
  FROM orders_raw o
  INNER JOIN payments p WITHIN 5 MINUTES GRACE PERIOD 1 DAY ON o.order_id = p.order_id
  EMIT CHANGES;
