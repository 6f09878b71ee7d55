"""The audit from outside: the customer's list against the database, past the API and the store."""


def verify(system, customer, *, seconds: float = 60, **allowed: bool) -> None:
    """Nothing lost, nothing twice, nothing unexplained. Raises AssertionError saying what is not so.

    `allowed`: what `find_problems` is to let pass.
    """
    audit = system.settle(seconds)
    problems = find_problems(system, customer, **allowed)
    assert audit["balanced"], f"the audit does not balance: {audit}"
    assert not problems, "; ".join(problems)


def find_problems(
    system, customer, *, repeats_refused: bool = False, others_order: bool = False
) -> list[str]:
    """Every promise that is broken, in words.

    `repeats_refused`: records may have been read twice, as long as the second time had no effect.
    `others_order`: there are orders of which this customer knows nothing.
    """
    problems = []
    processed = {
        row[0]: (row[1], row[2]) for row in system.query('SELECT order_id, partition, "offset" FROM orders')
    }
    counted = {row[0] for row in system.query("SELECT order_id FROM ledger WHERE group_id = 'analytics'")}
    acknowledged = customer.acknowledged
    if lost := acknowledged.keys() - processed.keys():
        problems.append(f"{len(lost)} acknowledged orders were never processed, e.g. {sorted(lost)[:3]}")
    if lost := acknowledged.keys() - counted:
        problems.append(f"{len(lost)} acknowledged orders were never counted, e.g. {sorted(lost)[:3]}")
    known = acknowledged.keys() | customer.unknown
    if not others_order and (invented := (processed.keys() | counted) - known):
        problems.append(f"{len(invented)} orders that nobody sent, e.g. {sorted(invented)[:3]}")
    moved = [order for order, place in acknowledged.items() if processed.get(order, place) != place]
    if moved:
        problems.append(f"{len(moved)} orders stand elsewhere than was answered, e.g. {moved[:3]}")
    repeats = (
        []
        if repeats_refused
        else system.query("SELECT group_id, SUM(duplicates) FROM positions GROUP BY group_id")
    )
    problems.extend(f"{group} applied {repeated} records twice" for group, repeated in repeats if repeated)
    # Counting is not idempotent, so this sees an effect that happened twice although ids are unique.
    totals = system.query("SELECT item, orders, quantity FROM item_totals ORDER BY item")
    recount = system.query("SELECT item, COUNT(*), SUM(qty) FROM orders GROUP BY item ORDER BY item")
    if processed.keys() != counted:
        problems.append(f"the groups handled different orders: {len(processed)} and {len(counted)}")
    if totals != recount:
        problems.append(f"analytics counted {totals}, the orders say {recount}")
    return problems
