"""Who owned what, when: computed from worker events and from the broker's list, before anything is drawn."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from browser.fake_api import FakeApi
from browser.scenario import group, member, partitions, worker_event

START = datetime(2026, 11, 23, 6, 30, tzinfo=UTC).timestamp()
GROUP = "order-processor"

# Plays [kind, ...] in order; answers with times in seconds after START.
PLAY = """
async ({ facts, start, from, to }) => {
  const { Lanes } = await import("/dashboard/js/lanes.js");
  const lanes = new Lanes();
  for (const [kind, data] of facts) {
    if (kind === "worker") lanes.worker(data);
    else if (kind === "offsets") lanes.offsets(data);
    else if (kind === "groups") lanes.snapshot(data, NaN);
    else {
      lanes.view("order-processor", 0, data * 1000);
      lanes.trim(data * 1000);
    }
  }
  const after = (at) => (at === null ? null : Math.round(at - start * 1000) / 1000);
  const view = lanes.view("order-processor", from * 1000, to * 1000);
  const kept = lanes.groups.get("order-processor");
  return {
    bars: view.segments.map((each) => [each.member, each.place, after(each.from), after(each.to), each.how]),
    pauses: view.pauses.map((each) => [each.place, each.member, each.next, after(each.from), after(each.to)]),
    members: view.members.map((each) => each.name), rebalances: view.rebalances,
    longest: view.longest && [view.longest.place, after(view.longest.from), after(view.longest.to)],
    kept: [kept.facts.length, kept.base.segments.length],
  };
}
"""


def at(seconds):
    return (
        datetime.fromtimestamp(START + seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def said(seconds, name, event, *numbers, owned=(), **more):
    """A worker event: it took or gave back `numbers`, and owns `owned` after it."""
    told = {"at": at(seconds), "worker": name, "client_id": name, "partitions": partitions(list(numbers))}
    return ["worker", worker_event(event, **told, owned=list(owned), **more)]


def took(seconds, name, *numbers, owned):
    return said(seconds, name, "partitions_assigned", *numbers, owned=owned)


def gave(seconds, name, *numbers, owned=()):
    return said(seconds, name, "partitions_revoked", *numbers, owned=owned)


def started(seconds, name):
    return said(seconds, name, "startup_complete")


def listed(seconds, *members):
    """What the broker lists at a snapshot."""
    return [["offsets", at(seconds)], ["groups", [group(GROUP, list(members))]]]


def confirmed(*seconds):
    """Snapshots of offsets between which the groups stayed the same."""
    return [["offsets", at(each)] for each in seconds]


@pytest.fixture(scope="module")
def page(browser):
    """An empty page that can load the module: the dashboard's files, served as they are."""
    api = FakeApi()
    api.start()
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{api.url}dashboard/icon.svg")
    yield page
    context.close()
    api.stop()


@pytest.fixture
def play(page):
    def run(*facts, from_=0, to=60):
        given = {"facts": list(facts), "start": START, "from": START + from_, "to": START + to}
        return page.evaluate(PLAY, given)

    return run


def test_a_handover_is_two_bars_and_the_pause_between_them(play):
    found = play(
        took(1, "processor-1", 0, 1, owned=[0, 1]),
        gave(10, "processor-1", 1, owned=[0]),
        took(10.25, "processor-2", 1, owned=[1]),
    )
    assert found["bars"] == [
        ["processor-1", "orders 0", 1, None, ""],
        ["processor-1", "orders 1", 1, 10, "gave it back"],
        ["processor-2", "orders 1", 10.25, None, ""],
    ]
    assert found["pauses"] == [["orders 1", "processor-1", "processor-2", 10, 10.25]]
    assert found["rebalances"] == 2, "the first assignment and the handover"


def test_the_order_of_arrival_does_not_matter_and_nothing_counts_twice(play):
    facts = [
        took(1, "processor-1", 0, owned=[0]),
        gave(10, "processor-1", 0),
        took(10.5, "processor-2", 0, owned=[0]),
        gave(20, "processor-2", 0),
        took(21, "processor-1", 0, owned=[0]),
    ]
    assert play(*reversed(facts), *facts) == play(*facts)
    assert len(play(*facts)["bars"]) == 3
    look = ["trim", START + 30]
    assert play(*facts[:4], look, *facts[4:]) == play(*facts)


def test_an_eager_rebalance_is_one_whatever_the_number_of_its_partitions(play):
    every = [*range(6)]
    found = play(
        took(1, "processor-1", *every, owned=every),
        gave(20, "processor-1", *every),
        took(20.4, "processor-1", 0, 1, 2, owned=[0, 1, 2]),
        took(20.9, "processor-2", 3, 4, 5, owned=[3, 4, 5]),
        from_=10,
    )
    assert found["rebalances"] == 1
    assert len(found["pauses"]) == 6
    assert found["longest"] == ["orders 3", 20, 20.9]


def test_partitions_that_move_one_after_the_other_are_one_rebalance(play):
    found = play(
        took(1, "processor-1", 0, 1, owned=[0, 1]),
        gave(20, "processor-1", 0, owned=[1]),
        took(20.1, "processor-2", 0, owned=[0]),
        gave(21, "processor-1", 1),
        took(21.1, "processor-3", 1, owned=[1]),
        gave(40, "processor-3", 1),
        took(40.1, "processor-1", 1, owned=[1]),
        from_=10,
    )
    assert found["rebalances"] == 2


def test_a_killed_worker_owned_until_its_next_life_when_nothing_more_is_known(play):
    found = play(
        took(1, "processor-1", 0, owned=[0]),
        started(12, "processor-1"),
        took(18, "processor-2", 0, owned=[0]),
    )
    assert found["bars"][0] == ["processor-1", "orders 0", 1, 12, "ended without a word"]
    assert found["pauses"] == [["orders 0", "processor-1", "processor-2", 12, 18]]


def test_a_worker_that_spoke_steadily_died_with_its_last_word(play):
    signs = [said(9 + tenth / 10, "processor-1", "records_handled") for tenth in range(10)]
    found = play(took(1, "processor-1", 0, owned=[0]), *signs, took(16, "processor-2", 0, owned=[0]))
    assert found["bars"][0] == ["processor-1", "orders 0", 1, 9.9, "ended without a word"]
    assert found["pauses"] == [["orders 0", "processor-1", "processor-2", 9.9, 16]]


def test_a_worker_that_spoke_seldom_is_not_declared_dead_early(play):
    signs = [said(second, "processor-1", "records_handled") for second in (2, 5, 8)]
    found = play(took(1, "processor-1", 0, owned=[0]), *signs, took(16, "processor-2", 0, owned=[0]))
    assert found["bars"][0][3] == 16


def test_a_member_that_the_broker_lists_no_more_owns_nothing(play):
    found = play(
        took(1, "processor-1", 0, owned=[0]),
        *listed(5, member("processor-1", [0])),
        *confirmed(6, 7, 8),
        *listed(9, member("processor-2", [])),
    )
    assert found["bars"] == [["processor-1", "orders 0", 1, 9, "ended without a word"]]
    assert found["pauses"] == [["orders 0", "processor-1", None, 9, None]]


def test_the_former_life_that_the_broker_still_lists_is_not_the_new_one(play):
    old, new = member("processor-1", [0, 1]), {**member("processor-1", []), "member_id": "the-new-one"}
    found = play(
        *listed(1, old),
        *confirmed(2, 3, 9),
        started(10, "processor-1"),
        *listed(11, old, new),
        *confirmed(12, 13, 14, 15),
        took(16, "processor-1", 0, 1, owned=[0, 1]),
    )
    assert [bar[2:4] for bar in found["bars"]] == [[1, 10], [1, 10], [16, None], [16, None]]
    assert found["members"] == ["processor-1"]


def test_a_late_page_begins_with_what_the_broker_lists(play):
    found = play(
        *listed(30, member("processor-1", [0, 1]), member("processor-10", []), member("processor-2", [2]))
    )
    assert [bar[:4] for bar in found["bars"]] == [
        ["processor-1", "orders 0", 30, None],
        ["processor-1", "orders 1", 30, None],
        ["processor-2", "orders 2", 30, None],
    ]
    assert found["members"] == ["processor-1", "processor-2", "processor-10"], (
        "idle ones too, in natural order"
    )
    assert found["rebalances"] == 0, "that the page was opened is no rebalance"


def test_members_that_tell_nothing_are_followed_through_the_list(play):
    found = play(
        *listed(1, member("kcat", [0, 1])),
        *listed(5, member("kcat", [0]), member("other", [1])),
        *confirmed(6, 7),
        *listed(10, member("kcat", []), member("other", [1])),
    )
    assert [bar[:4] for bar in found["bars"]] == [
        ["kcat", "orders 0", 1, 10],
        ["kcat", "orders 1", 1, 5],
        ["other", "orders 1", 5, None],
    ]
    assert found["rebalances"] == 2


def test_a_list_that_is_a_little_behind_does_not_contradict_the_worker(play):
    behind = [member("processor-1", [0, 1]), member("processor-2", [])]
    found = play(
        *listed(1, *behind),
        *confirmed(2, 9),
        gave(10, "processor-1", 1, owned=[0]),
        took(10.2, "processor-2", 1, owned=[1]),
        *listed(10.5, *behind),
        *listed(11.5, member("processor-1", [0]), member("processor-2", [1])),
        *confirmed(12, 13, 14, 15),
    )
    assert found["pauses"] == [["orders 1", "processor-1", "processor-2", 10, 10.2]]
    assert len(found["bars"]) == 3


def test_a_list_that_nobody_confirmed_since_brings_nothing_back(play):
    found = play(
        *listed(1, member("processor-1", [0])),
        *confirmed(2, 9),
        gave(10, "processor-1", 0),
        took(30, "processor-2", 0, owned=[0]),
    )
    assert found["pauses"] == [["orders 0", "processor-1", "processor-2", 10, 30]]


def test_an_event_that_never_arrived_is_made_good_by_the_list(play):
    found = play(
        *listed(1, member("processor-1", [0, 1])),
        took(2, "processor-1", owned=[0, 1]),
        *listed(10, member("processor-1", [0]), member("processor-2", [1])),
        *confirmed(11, 12, 13),
    )
    assert [bar[:4] for bar in found["bars"]][-2:] == [
        ["processor-1", "orders 1", 1, 10],
        ["processor-2", "orders 1", 10, None],
    ]


def test_a_worker_that_stops_ends_and_its_partitions_wait(play):
    found = play(
        took(1, "processor-1", 0, owned=[0]),
        gave(5, "processor-1", 0),
        said(5.1, "processor-1", "shutdown_complete"),
    )
    assert found["pauses"] == [["orders 0", "processor-1", None, 5, None]]


def test_what_is_folded_away_changes_nothing_that_is_shown(play):
    facts = [
        *listed(0, member("processor-1", [0, 1]), member("kcat", [2])),
        *confirmed(1, 2),
        took(3, "processor-1", owned=[0, 1]),
        gave(50, "processor-1", 1, owned=[0]),
        took(51, "processor-2", 1, owned=[1]),
        *listed(52, member("processor-1", [0]), member("processor-2", [1]), member("kcat", [2])),
        *confirmed(53, 54),
    ]
    trims = [["trim", START + now] for now in (601, 640, 650.5, 651.5, 653)]
    later = [*confirmed(655), took(660, "processor-2", 0, owned=[0, 1]), *confirmed(661)]
    shown = [
        {**play(*facts, *trims[:number], *later, from_=654, to=670), "kept": None}
        for number in range(len(trims) + 1)
    ]
    assert shown == [shown[0]] * len(shown)
    assert [bar[:4] for bar in shown[0]["bars"]] == [
        ["processor-1", "orders 0", 0, 660],
        ["kcat", "orders 2", 0, None],
        ["processor-2", "orders 1", 51, None],
        ["processor-2", "orders 0", 660, None],
    ]


def test_memory_is_bounded_and_the_present_survives_it(play):
    facts = []
    for turn in range(2000):
        name, other = ("processor-1", "processor-2") if turn % 2 else ("processor-2", "processor-1")
        facts += [gave(turn / 2, other, 0), took(turn / 2 + 0.25, name, 0, owned=[0])]
    end = 1000
    found = play(*facts, ["trim", START + end], from_=end - 600, to=end)
    facts_kept, segments_kept = found["kept"]
    assert facts_kept <= 1500
    assert segments_kept <= 1200
    assert found["bars"][-1] == ["processor-1", "orders 0", 999.75, None, ""]
    assert len(found["bars"]) == 1200
