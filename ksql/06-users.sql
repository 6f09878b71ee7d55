-- Who the users are: of each the newest profile, over the compacted topic. Its records must lie in the same
-- partitions as the orders of the same users, or joins find nothing and say nothing: `playground doctor` looks.
CREATE TABLE IF NOT EXISTS users (
  user VARCHAR PRIMARY KEY,
  city VARCHAR,
  tier VARCHAR
) WITH (KAFKA_TOPIC = 'users', VALUE_FORMAT = 'JSON');
