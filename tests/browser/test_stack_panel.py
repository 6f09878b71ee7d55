"""The list of workers and its buttons."""

from __future__ import annotations

import pytest
from browser.scenario import stack, worker, worker_event
from playwright.sync_api import expect

from playground.waiting import wait_until

REFUSED = ("Failed to load resource",)
KILL = "/stack/workers/processor-2/kill"
PAUSE = "/stack/workers/processor-1/pause"


def line(page, name):
    return page.locator(f"#stack li[data-worker='{name}']")


def test_workers_are_listed_with_state_group_and_restarts(visit, api):
    frozen = worker("processor-2", "paused", restarts=3)
    api.answer("GET", "/stack", stack(worker("processor-1"), frozen, worker("load-1")))
    page = visit().page
    expect(line(page, "processor-1")).to_contain_text("running")
    expect(line(page, "processor-1")).to_contain_text("order-processor · 0 restarts")
    expect(line(page, "processor-2")).to_contain_text("paused")
    expect(line(page, "processor-2")).to_contain_text("3 restarts")
    expect(page.get_by_role("button", name="Resume processor-2")).to_be_visible()
    expect(page.locator("#stack [data-kind='load']")).to_contain_text("load-1")
    expect(page.locator("#stack [data-kind='analytics'] .total")).to_have_text("0")


def test_the_list_follows_by_itself_and_on_worker_events(visit, api):
    page = visit().page
    expect(line(page, "processor-2")).to_be_visible()
    api.answer("GET", "/stack", stack(worker("processor-1"), worker("processor-3")))
    expect(line(page, "processor-3")).to_be_visible()
    expect(line(page, "processor-2")).to_have_count(0)
    asked = len(api.sent("GET", "/stack"))
    api.publish("worker", worker_event("startup_complete"))
    wait_until(lambda: len(api.sent("GET", "/stack")) > asked, "another look at the stack", 10)


def test_kill_pause_and_resume_call_their_routes(visit, api):
    api.answer("POST", KILL, worker("processor-2", "restarting"))
    api.answer("POST", PAUSE, worker("processor-1", "paused"))
    api.answer("POST", "/stack/workers/processor-1/resume", worker("processor-1"))
    page = visit().page
    page.get_by_role("button", name="Kill processor-2").click()
    expect(page.locator("#stack [role='status']")).to_have_text(
        "processor-2 was killed; a new one takes its place."
    )
    assert len(api.sent("POST", KILL)) == 1

    # The worker is seen as paused only after the click: before, the button would turn into Resume under it.
    api.hold("POST", PAUSE)
    pause = page.get_by_role("button", name="Pause processor-1")
    pause.click()
    expect(pause).to_have_attribute("aria-busy", "true")
    api.answer("GET", "/stack", stack(worker("processor-1", "paused"), worker("processor-2", "restarting")))
    api.let_go()
    expect(page.locator("#stack [role='status']")).to_contain_text("processor-1 is paused")
    expect(page.get_by_role("button", name="Kill processor-2")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Resume processor-1").click()
    expect(page.locator("#stack [role='status']")).to_have_text("processor-1 goes on.")
    assert len(api.sent("POST", PAUSE)) == 1
    assert len(api.sent("POST", "/stack/workers/processor-1/resume")) == 1


@pytest.mark.parametrize(
    ("kind", "word", "wanted"),
    [("processor", "more", 3), ("processor", "fewer", 1), ("analytics", "fewer", 0)],
)
def test_more_and_fewer_ask_for_a_number_of_workers(visit, api, kind, word, wanted):
    route = f"/stack/{kind}/replicas"
    api.answer("PUT", route, stack())
    page = visit().page
    page.get_by_role("button", name=f"One {kind} {word}").click()
    expect(page.locator("#stack [role='status']")).to_contain_text(f"{kind}: {wanted} worker")
    [seen] = api.sent("PUT", route)
    assert seen.body == {"replicas": wanted}


def test_fewer_than_none_cannot_be_asked_for(visit, api):
    api.answer("GET", "/stack", stack(worker("processor-1")))
    page = visit().page
    fewer = page.get_by_role("button", name="One analytics fewer")
    expect(fewer).to_have_attribute("aria-disabled", "true")
    fewer.click(force=True)
    expect(page.locator("#stack [data-kind='analytics'] .total")).to_have_text("0")
    assert api.sent("PUT", "/stack/analytics/replicas") == []


@pytest.mark.parametrize("held", [True, False])
def test_a_double_click_kills_one(visit, api, held):
    """Whether the answer comes after the second click or before it."""
    api.answer("POST", KILL, worker("processor-2", "restarting"))
    page = visit().page
    button = page.get_by_role("button", name="Kill processor-2")
    expect(button).to_be_visible()
    if held:
        api.hold("POST", KILL)
        button.click()
        expect(button).to_have_attribute("aria-busy", "true")
        button.click(force=True)
        api.let_go()
    else:
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        place = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.click(*place)
        expect(page.locator("#stack [role='status']")).to_contain_text("was killed")
        page.mouse.move(*place)
        page.mouse.down(click_count=2)
        page.mouse.up(click_count=2)
    expect(button).to_have_attribute("aria-busy", "false")
    expect(page.locator("#stack [role='status']")).to_contain_text("was killed")
    assert len(api.sent("POST", KILL)) == 1


def test_a_second_wish_waits_for_the_answer_to_the_first(visit, api):
    api.answer("PUT", "/stack/processor/replicas", stack())
    api.hold("PUT", "/stack/processor/replicas")
    page = visit().page
    more, fewer = (page.get_by_role("button", name=f"One processor {word}") for word in ("more", "fewer"))
    more.click()
    expect(more).to_have_attribute("aria-busy", "true")
    more.click(force=True)
    fewer.click(force=True)
    api.let_go()
    expect(page.locator("#stack [role='status']")).to_contain_text("processor: 3 workers wanted.")
    assert [seen.body for seen in api.sent("PUT", "/stack/processor/replicas")] == [{"replicas": 3}]


def test_a_refusal_says_what_why_and_what_to_do(visit, api):
    detail = "processor: 32 workers are the most"
    api.refuse(
        "PUT",
        "/stack/processor/replicas",
        422,
        "Not possible",
        detail=detail,
        next_step="Ask for `32` or fewer.",
        field="replicas",
    )
    record = visit()
    record.expected = REFUSED
    page = record.page
    button = page.get_by_role("button", name="One processor more")
    button.focus()
    page.keyboard.press("Enter")
    alert = page.locator("#stack [role='alert']")
    for words in ("Not possible", detail.capitalize(), "Ask for 32 or fewer."):
        expect(alert).to_contain_text(words)
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-disabled", "false")
    expect(page.locator("#stack [role='status']")).to_have_text("")


@pytest.mark.parametrize(
    ("abilities", "gone", "command"),
    [
        (["scale", "pause"], "Kill", "playground kill processor-2"),
        (["scale", "kill"], "Pause", "playground pause processor-2"),
        (["kill", "pause"], "One processor", "playground scale processor 3"),
    ],
)
def test_what_the_stack_cannot_do_has_no_button_but_a_command(visit, api, abilities, gone, command):
    api.answer("GET", "/stack", stack(abilities=abilities))
    page = visit().page
    expect(line(page, "processor-2")).to_be_visible()
    expect(page.locator("#stack").get_by_role("button", name=gone)).to_have_count(0)
    expect(page.locator("#stack [data-part='missing']")).to_contain_text(command)
    expect(page.locator("#stack [data-part='missing'] code")).to_have_count(1)


def test_an_api_that_is_not_for_control_has_no_buttons_and_says_why(visit, api):
    told = {"why_not": "this API can be read only", "next_step": "start it with PLAYGROUND_API_CONTROL=true"}
    api.answer("GET", "/stack", stack(abilities=[], **told))
    page = visit().page
    expect(line(page, "processor-2")).to_contain_text("running")
    expect(page.locator("#stack")).to_contain_text("This API can be read only")
    expect(page.locator("#stack")).to_contain_text("PLAYGROUND_API_CONTROL=true")
    expect(page.locator("#stack").get_by_role("button")).to_have_count(0)
    expect(page.locator("#stack [data-part='missing']")).to_be_hidden()


def test_without_a_stack_there_are_words_and_no_buttons(visit, api):
    api.answer("GET", "/stack", {"available": False, "workers": [], "abilities": []})
    page = visit().page
    expect(page.locator("#stack")).to_contain_text("Workers cannot be seen or changed from here.")
    expect(page.locator("#stack")).to_contain_text("playground kill processor-2")
    expect(page.locator("#stack").get_by_role("button")).to_have_count(0)


def test_names_stay_text_and_are_sent_as_one_part_of_the_path(visit, api):
    name = "<img src=x onerror=alert(1)>/../x"
    api.answer("GET", "/stack", stack(worker(name, kind="<b>", group_id="<script>alert(1)</script>")))
    record = visit()
    record.expected = REFUSED
    page = record.page
    page.locator("#stack").get_by_role("button", name=f"Kill {name}").click()
    expect(page.locator("#stack [role='alert']")).to_contain_text("No such page")
    [seen] = [each for each in api.requests if each.method == "POST"]
    assert seen.path == "/stack/workers/%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%2F..%2Fx/kill"
    assert page.locator("#stack :is(img, script, b)").count() == 0


@pytest.mark.parametrize("width", [320, 375, 720, 1085, 1366])
def test_the_list_fits(visit, api, width):
    api.answer(
        "GET",
        "/stack",
        stack(worker("processor-1"), worker("processor-" + "9" * 60, "restarting", restarts=1_000_000)),
    )
    page = visit(viewport={"width": width, "height": 740}).page
    expect(page.locator("#stack li")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    rights = "(box) => [box, ...box.querySelectorAll('*')].map((each) => each.getBoundingClientRect().right)"
    panel, *inside = page.locator("#stack").evaluate(rights)
    assert max(inside) <= panel
