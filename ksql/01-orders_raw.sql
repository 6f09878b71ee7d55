-- Every order, as the API wrote it; its time is the event time of everything below.
CREATE STREAM IF NOT EXISTS orders_raw (
  order_id BIGINT,
  user VARCHAR,
  item VARCHAR,
  qty INT,
  age INT,
  age_group VARCHAR,
  ts BIGINT
) WITH (KAFKA_TOPIC = 'orders', VALUE_FORMAT = 'JSON', TIMESTAMP = 'ts');
