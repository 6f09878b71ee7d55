-- Where do orders come from? Each order with the profile that its user had then. LEFT: an order of somebody
-- without a profile stays, with nulls. (GROUP BY city would drop those: name them with COALESCE first.)
CREATE STREAM IF NOT EXISTS orders_enriched AS
  SELECT o.order_id AS order_id, o.user AS user, o.item AS item, o.qty AS qty, u.city AS city, u.tier AS tier
  FROM orders_raw o
  LEFT JOIN users u ON o.user = u.user
  EMIT CHANGES;
