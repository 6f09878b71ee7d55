"""All rows, in the order of the table. The broker of each group is a fresh one."""

from __future__ import annotations

from bench.rows_batches import BATCHES
from bench.rows_consume import CONSUME
from bench.rows_lag import LAG
from bench.rows_memory import MEMORY, STACK
from bench.rows_postgres import POSTGRES
from bench.rows_produce import PRODUCE
from bench.rows_rebalance import REBALANCE
from bench.rows_scrape import SCRAPE
from bench.rows_visible import VISIBLE

GROUPS = (PRODUCE, BATCHES, CONSUME, POSTGRES, LAG, SCRAPE, VISIBLE, REBALANCE, MEMORY, STACK)
