-- Every payment of an order.
CREATE STREAM IF NOT EXISTS payments (
  order_id BIGINT,
  amount INT,
  ts BIGINT
) WITH (KAFKA_TOPIC = 'payments', VALUE_FORMAT = 'JSON');
