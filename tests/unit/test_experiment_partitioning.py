"""Each claim of `partitioning` holds on a good timeline and fails on a doctored one."""

from types import SimpleNamespace

import pytest
from support.timelines import Story
from support.verdicts import having, judged, verdicts_of

from playground.api_client import ApiRefused
from playground.errors import StackError
from playground.experiments.partitioning import EXPERIMENT, PartitioningSettings
from playground.experiments.partitioning_chance import chance_of_staying
from playground.experiments.partitioning_claims import BY_CHANCE
from playground.experiments.placements import Place, Placement
from playground.experiments.scratch_orders import make_orders

CLAIMS = (
    "same-partition",
    "order-kept",
    "no-key-no-order",
    "age-group-trap",
    "partitioners-differ",
    "idle-members",
)
MURMUR2, CONSISTENT = "murmur2_random", "consistent_random"
AGES = {
    (4, MURMUR2): {"child": 0, "adult": 0, "senior": 0},
    (6, MURMUR2): {"child": 4, "adult": 0, "senior": 2},
    (3, CONSISTENT): {"child": 2, "adult": 2, "senior": 2},
}
WORKERS = "abcdef"


class Cells:
    """Records by key, number of partitions and partitioner: [customer, key, partition, offset] each."""

    def __init__(self):
        self.found = {}
        for partitions in (3, 4, 6):
            for partitioner, shift in ((MURMUR2, 0), (CONSISTENT, 1)):
                ages = AGES.get((partitions, partitioner), {"child": 1, "adult": 2, "senior": 1})
                users = {f"user-{n}": (n + shift) % partitions for n in range(9)}
                self.write("user", partitions, partitioner, [(user, user, at) for user, at in users.items()])
                self.write(
                    "age_group",
                    partitions,
                    partitioner,
                    [(f"user-{n}", age, at) for n, (age, at) in enumerate(ages.items())],
                )
                self.write(
                    "none",
                    partitions,
                    partitioner,
                    [(f"user-{n % 10}", None, n % partitions) for n in range(60)],
                )

    def write(self, key, partitions, partitioner, records):
        """Twice each, one after the other."""
        ends = dict.fromkeys(range(partitions), 0)
        rows = self.found[key, partitions, partitioner] = []
        for _twice in range(2):
            for who, text, partition in records:
                rows.append([who, text, partition, ends[partition]])
                ends[partition] += 1

    def change(self, key, partitions, partitioner, change):
        change(self.found[key, partitions, partitioner])
        return self

    def without(self, *keys):
        self.found = {cell: rows for cell, rows in self.found.items() if cell[0] not in keys}
        return self

    def only(self, *partitions):
        self.found = {cell: rows for cell, rows in self.found.items() if cell[1] in partitions}
        return self


def run(cells=None, *, filled=(0, 2, 4), worked="ace", members=WORKERS):
    """`filled`: partitions of orders with records, handled by the workers `worked`."""
    story = Story(name="ages")
    for (key, partitions, partitioner), records in (cells or Cells()).found.items():
        story.add(1, "placed", key=key, partitions=partitions, partitioner=partitioner, records=records)
    story.scale(2, len(members))
    for partition, worker in enumerate(members):
        story.joins(2.5, worker).takes(3, worker, partition)
    story.stable(4).mark(4.1, "ages_began").accepted(5, 10, *filled)
    for worker in worked:
        story.handles(5, 6, worker, WORKERS.index(worker))
    return story.mark(7, "ages_ended").ends(8)


def move(index, partition):
    """A change: one record goes elsewhere, behind all others."""

    def change(rows):
        rows[index][2:] = [partition, 100]

    return change


def swap_offsets(one, other):
    def change(rows):
        rows[one][3], rows[other][3] = rows[other][3], rows[one][3]

    return change


def few(rows):
    """Two requests, the second with three customers of the first: they meet in one of 3 runs by chance."""
    rows[:] = [[f"user-{n % 10}", None, 0, n] for n in range(13)]


def one_order_each(rows):
    del rows[10:]


def keep_customers_together(rows):
    for number, row in enumerate(rows):
        row[2:] = [int(row[0].removeprefix("user-")) % 3, number]


def as_the_other_partitioner(cells):
    for partitions in (3, 4, 6):
        cells.found["user", partitions, CONSISTENT] = cells.found["user", partitions, MURMUR2]
    return cells


def test_a_good_run_passes():
    assert verdicts_of(EXPERIMENT, run()) == dict.fromkeys(("completed", *CLAIMS), "passed")


@pytest.mark.parametrize(
    ("story", "wrong"),
    [
        pytest.param(
            run(Cells().change("user", 6, MURMUR2, move(9, 5))),
            {"same-partition", "order-kept"},
            id="a record of a key went elsewhere",
        ),
        pytest.param(
            run(Cells().change("user", 6, MURMUR2, swap_offsets(1, 10))),
            {"order-kept"},
            id="order turned round",
        ),
        pytest.param(
            run(Cells().change("none", 3, MURMUR2, keep_customers_together)),
            {"no-key-no-order"},
            id="without a key a customer stays in one place",
        ),
        pytest.param(
            run(Cells().change("age_group", 4, MURMUR2, lambda rows: [move(n, 3)(rows) for n in (0, 3)])),
            {"age-group-trap", "order-kept"},
            id="a partitioner that is not murmur2",
        ),
        pytest.param(
            run(as_the_other_partitioner(Cells())), {"partitioners-differ"}, id="the same partitioner"
        ),
        pytest.param(run(worked="acef"), {"idle-members"}, id="an idle member handled something"),
        pytest.param(run(worked="ac"), {"idle-members"}, id="a member with orders was idle"),
        pytest.param(
            run(filled=(0, 2, 5), worked="acf"), {"idle-members"}, id="orders use another partitioner"
        ),
    ],
)
def test_each_claim_can_fail(story, wrong):
    assert having(verdicts_of(EXPERIMENT, story), "failed") == wrong


@pytest.mark.parametrize(
    ("story", "unknown"),
    [
        (run(Cells().without("user", "age_group")), set(CLAIMS) - {"no-key-no-order", "idle-members"}),
        (run(Cells().without("none")), {"no-key-no-order"}),
        (run(Cells().change("none", 3, MURMUR2, few)), {"no-key-no-order"}),
        (run(Cells().change("none", 6, MURMUR2, one_order_each)), {"no-key-no-order"}),
        (run(Cells().only(5)), set(CLAIMS) - {"idle-members"}),
        (run(filled=(), worked=""), {"idle-members"}),
    ],
)
def test_what_was_not_seen_is_inconclusive(story, unknown):
    found = verdicts_of(EXPERIMENT, story)

    assert having(found, "inconclusive") == unknown
    assert not having(found, "failed")


def test_more_partitions_than_age_groups_cannot_be_filled_by_them():
    four = {"child": 0, "adult": 1, "senior": 2, "none": 3}
    cells = Cells()
    cells.write("age_group", 12, MURMUR2, [("user-1", age, at) for age, at in four.items()])

    assert having(verdicts_of(EXPERIMENT, run(cells)), "failed") == {"age-group-trap"}


@pytest.mark.parametrize("too_few", [few, one_order_each])
def test_what_chance_hardly_does_is_a_failure_though_other_topics_had_too_few_orders(too_few):
    cells = Cells().change("none", 3, MURMUR2, too_few).change("none", 6, MURMUR2, keep_customers_together)

    assert having(verdicts_of(EXPERIMENT, run(cells)), "failed") == {"no-key-no-order"}


def chance(partitions, **settings):
    """That orders as the experiment makes them stay together, for each customer, without a key."""
    given = PartitioningSettings(**settings)
    orders = make_orders(given.orders, given.users)
    return chance_of_staying(
        Placement("none", partitions, MURMUR2, [Place(order.user, None, 0, 0) for order in orders])
    )


def test_with_the_default_settings_chance_makes_no_failure():
    tried = [chance(partitions) for partitions in PartitioningSettings().partitions]

    assert tried[0] == 2**-20  # 24 requests; every fourth of them has the same ten customers
    assert max(tried) <= BY_CHANCE


@pytest.mark.parametrize(
    ("settings", "likely"),
    [
        ({"orders": 60, "users": 40}, 2**-2),
        ({"orders": 60, "users": 59}, 2**-1),
        ({"orders": 60, "users": 25}, 2**-5),  # requests that share customers by way of others
        ({"orders": 120, "users": 40}, 2**-8),
        ({"orders": 60, "users": 1000}, 1),
        ({"orders": 240, "users": 3}, 2**-23),
    ],
)
def test_few_orders_for_each_customer_stay_together_by_chance(settings, likely):
    assert chance(2, **settings) == likely


@pytest.mark.parametrize(("places", "letter"), [((0, 0, 0), "D"), ((0, 1, 0), "C"), ((0, 1, 2), "B")])
def test_the_answer_counts_the_partitions_that_are_used(places, letter):
    cells = Cells()
    ages = zip(("child", "adult", "senior"), places, strict=True)
    cells.write("age_group", 4, MURMUR2, [("user-1", age, at) for age, at in ages])

    assert judged(EXPERIMENT, run(cells)).answer == letter


def test_without_a_topic_of_four_partitions_there_is_no_answer():
    assert judged(EXPERIMENT, run(Cells().only(3, 6))).answer is None


def test_the_tables_tell_shares_and_places():
    shares, ages = judged(EXPERIMENT, run()).tables

    assert ["age_group", 4, 25, 100, 3, 67, 2] in shares.rows
    assert [4, MURMUR2, 0, 0, 0] in ages.rows


def test_the_same_orders_have_every_age_group_and_item():
    orders = make_orders(60, 9)

    assert {order.age_group for order in orders} == {"child", "adult", "senior"}
    assert len({order.item for order in orders}) == 6
    assert len({order.user for order in orders}) == 9
    assert orders == make_orders(60, 9)


class Api:
    """Deletes topics, after it has failed with each of `errors`."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.deleted = []

    def send(self, method, path, **_more):
        if self.errors:
            raise self.errors.pop(0)
        self.deleted.append((method, path))


def lab(api):
    return SimpleNamespace(settings=PartitioningSettings(partitions=(2, 6, 2)), run_id="r", api=api)


DELETED = [("DELETE", "/lab/topics/lab.r-2"), ("DELETE", "/lab/topics/lab.r-6")]


@pytest.mark.parametrize("error", [StackError("the API starts again"), ApiRefused(503, {})])
def test_scratch_topics_are_deleted_though_the_api_was_away(error):
    api = Api(error)

    EXPERIMENT.clean_up(lab(api))

    assert api.deleted == DELETED


def test_what_cannot_be_deleted_is_said_at_once():
    with pytest.raises(ApiRefused, match="not yours"):
        EXPERIMENT.clean_up(lab(Api(ApiRefused(403, {"detail": "not yours"}))))
