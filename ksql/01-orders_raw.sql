-- Every order. The time of an order is that of its record (ROWTIME), for all that is made of it; `ts` is when the
-- API accepted it, and other producers may leave it out.
CREATE STREAM IF NOT EXISTS orders_raw (
  order_id BIGINT,
  user VARCHAR,
  item VARCHAR,
  qty INT,
  age INT,
  age_group VARCHAR,
  ts BIGINT
) WITH (KAFKA_TOPIC = 'orders', VALUE_FORMAT = 'JSON');
