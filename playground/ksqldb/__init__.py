"""ksqlDB: a client of its REST API, and the statements of `ksql/` with what was applied of them."""
