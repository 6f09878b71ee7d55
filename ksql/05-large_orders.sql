-- Which orders are large? A filter: a stream of its own, with a topic of its own.
CREATE STREAM IF NOT EXISTS large_orders AS
  SELECT * FROM orders_raw WHERE qty >= 4 EMIT CHANGES;
