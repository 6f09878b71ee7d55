"""Reports as HTML and Markdown: what they say, and that they stay text whatever is in a timeline."""

import dataclasses
import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt
from support.timelines import Story

from playground.experiments import rebalance
from playground.experiments.experiment import Check, Table
from playground.experiments.judging import judge
from playground.experiments.report import write_report
from playground.experiments.report.document import Grid, cell_texts
from playground.experiments.report.markdown_page import escape_markdown
from playground.experiments.timeline import Timeline
from playground.experiments.verdict import failed, inconclusive, passed

HOSTILE = (
    "</style></title><script>alert(1)</script> [x](javascript:alert(2)) `c` |pipe| *b* <img src=x onerror=y>"
    "\" onload=\"z' onload='z"
)
VOID = {"meta", "br", "img", "link"}


class Page(HTMLParser):
    """The elements of a page with their attributes, its visible words, and whether all tags are closed."""

    def __init__(self, content):
        super().__init__()
        self.elements, self.words, self.open = [], [], []
        self.feed(content)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in {"style", "title", "desc"}:
            self.words.append(data.strip())

    @property
    def text(self):
        return "\n".join(filter(None, self.words))


def run(**head):
    story = Story(partitions=1, members=[1, 2], rate=100.0)
    story.seen[0].data.update(head)
    story.add(0.1, "phase", name="prepare").scale(0.2, 1).add(0.3, "done", action="scale", seconds=0.1)
    story.joins(0.4, "processor-1").takes(0.5, "processor-1", 0).stable(0.6)
    story.accepted(0.6, 20, 0).handles(0.7, 1.5, "processor-1", 0)
    return story.add(1, "step", title="watch it", number=1, of=1).lag(1, p0=2)


def experiment(*findings, **changes):
    checks = tuple(
        Check(f"check-{n}", f"claim {n}", lambda _timeline, finding=finding: finding)
        for n, finding in enumerate(findings)
    )
    given = {"checks": checks, "measure": lambda _timeline: []} | changes
    return dataclasses.replace(rebalance.EXPERIMENT, **given)


def answering(letter):
    return dataclasses.replace(rebalance.EXPERIMENT.prediction, answer=lambda _timeline: letter)


def written(tmp_path, chosen, story, **options):
    timeline = story if isinstance(story, Timeline) else story.timeline()
    files = write_report(chosen, timeline, judge(chosen, timeline, "rebalance/now"), tmp_path, **options)
    return files.html.read_text(encoding="utf-8"), files.markdown.read_text(encoding="utf-8")


def both(tmp_path, chosen, story):
    """The words of both pages; Markdown as a reader sees it."""
    html, markdown = written(tmp_path, chosen, story)
    rendered = MarkdownIt("commonmark").enable("table").render(markdown)
    return Page(html).text, Page(rendered).text


def test_a_failed_check_is_said_to_have_failed(tmp_path):
    chosen = experiment(passed("fine"), failed("2 orders lost"), inconclusive("not seen"))
    html, _markdown = written(tmp_path, chosen, run().ends(2))

    assert ("td", {"class": "verdict failed"}) in Page(html).elements
    for text in both(tmp_path, chosen, run().ends(2)):
        verdicts = [
            line.replace("**", "") for line in text.splitlines() if line.startswith(("✓ ", "✗ ", "? "))
        ]
        assert verdicts[0].startswith("✗ Failed")
        assert [line for line in verdicts if len(line.split()) == 2] == [
            "✓ passed",
            "✓ passed",
            "✗ failed",
            "? inconclusive",
        ]
        assert "2 orders lost" in text
        assert "2 of 4 claims held." in text


@pytest.mark.parametrize(
    ("said", "measured", "sentence"),
    [
        ("B", "B", "Predicted was B: right. Measured: B."),
        ("A", "B", "Predicted was A: wrong. Measured: B."),
        ("A", None, "Predicted was A. This run cannot tell which answer is right."),
        (None, "B", "Nobody made a prediction before this run. Measured: B."),
        (None, None, "Nobody made a prediction before this run. This run cannot tell which answer is right."),
    ],
)
def test_the_prediction_is_held_against_the_measurement(tmp_path, said, measured, sentence):
    chosen = experiment(passed("fine"), prediction=answering(measured))

    for text in both(tmp_path, chosen, run(prediction=said).ends(2)):
        assert sentence in text
        assert chosen.prediction.explanation in text
        for words in chosen.prediction.options.values():
            assert words in text


def test_problems_and_missed_observations_come_before_the_story(tmp_path):
    story = run().add(1.2, "problem", phase="act", detail="the API went away", next_step="look at its log")
    story.add(1.3, "missed", reason="the stream was broken", events=None).ends(2)

    for text in both(tmp_path, experiment(passed("fine")), story):
        above, _below = text.split(rebalance.EXPERIMENT.story[:40])
        assert "Inconclusive" in above
        assert "Something went wrong in the run itself" in above
        assert "the API went away" in above
        assert "look at its log" in above
        assert "Observations are missing" in above
        assert "the stream was broken" in above


def test_a_quiet_run_has_no_warnings(tmp_path):
    html, markdown = written(tmp_path, experiment(passed("fine")), run().ends(2))

    assert "went wrong" not in html + markdown
    assert "are missing" not in html + markdown


def test_the_page_needs_nothing_else(tmp_path):
    html, _markdown = written(tmp_path, experiment(passed("fine")), run().ends(2))
    page = Page(html)

    assert page.open == []
    assert not {tag for tag, _ in page.elements} & {"script", "link", "img", "iframe", "object"}
    assert not [name for _, attributes in page.elements for name in attributes if name in {"src", "href"}]
    assert set(re.findall(r"\w+://[\w./]+", html)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"url\((?!#)|@import", html)


def test_the_page_can_be_read_by_everybody(tmp_path):
    html, _markdown = written(tmp_path, experiment(passed("fine")), run().ends(2))
    page = Page(html)
    names = [tag for tag, _ in page.elements]
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    pictures = [attributes for tag, attributes in page.elements if tag == "svg"]

    assert ("html", {"lang": "en"}) in page.elements
    assert names.count("h1") == 1
    assert names.count("table") == names.count("caption")
    assert all(attributes.get("scope") == "col" for tag, attributes in page.elements if tag == "th")
    assert len(pictures) == 2
    for attributes in pictures:
        assert attributes["role"] == "img"
        assert set(attributes["aria-labelledby"].split()) <= ids
    assert any(attributes.get("name") == "viewport" for _, attributes in page.elements)


def test_whatever_people_wrote_is_text(tmp_path):
    story = Story(partitions=1, name=HOSTILE, words=HOSTILE)
    story.seen[0].data.update(target=HOSTILE, versions={HOSTILE: HOSTILE}, prediction=HOSTILE)
    story.scale(0.2, 1).joins(0.4, HOSTILE).takes(0.5, HOSTILE, 0).stable(0.6)
    story.add(1, "step", title=HOSTILE, number=1, of=1).action(1, HOSTILE, target=HOSTILE, more=HOSTILE)
    story.add(1, "problem", phase=HOSTILE, detail=HOSTILE, next_step=HOSTILE).lag(1.1, p0=1)
    story.add(1, "missed", reason=HOSTILE, events=3).add(1, "mark", name=HOSTILE).leaves(2, HOSTILE)
    table = Table(HOSTILE, [HOSTILE], [[HOSTILE]], HOSTILE)
    chosen = experiment(failed(HOSTILE), measure=lambda _timeline: [table], title=HOSTILE, story=HOSTILE)
    html, markdown = written(tmp_path, chosen, story)
    rendered = MarkdownIt("commonmark").enable("table").render(markdown)

    for content in (html, rendered):
        page = Page(content)
        assert page.open == []
        assert not {tag for tag, _ in page.elements} & {"script", "img", "a"}
        assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
        assert page.text.count(HOSTILE) > 10


@pytest.mark.parametrize(
    "words",
    ["- a", "1. a", "2) a", "# a", "> a", "a\nb", "+ a", "=", "---", "| a | b |", "~~~", "&lt;", "$x$", "\\"],
)
def test_a_sentence_stays_a_sentence_in_markdown(words):
    (begin, inline, _end) = MarkdownIt("commonmark").enable("table").parse(escape_markdown(words))

    assert begin.type == "paragraph_open"
    assert "".join(each.content for each in inline.children) == words.replace("\n", " ")


def test_tables_of_the_markdown_have_a_cell_per_column(tmp_path):
    table = Table("Odd cells", ["a|b", "c"], [["x|y", None], ["line\nbreak", 1.5]])
    _html, markdown = written(
        tmp_path, experiment(passed("|"), measure=lambda _timeline: [table]), run().ends(2)
    )
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    rows, cells = [], 0
    for each in tokens:
        if each.type in {"th_open", "td_open"}:
            cells += 1
        elif each.type == "tr_close":
            rows.append(cells)
            cells = 0

    assert "x\\|y" in markdown
    assert len([each for each in tokens if each.type == "table_open"]) >= 6
    assert set(rows) == {2, 3, 4}


def test_numbers_of_a_column_have_the_same_decimals():
    grid = Grid("g", ["a", "b", "c"], [[0.1234, 1.0, None], [12.5, 1234.0, 1234567]])

    assert cell_texts(grid) == [["0.12", "1", "\N{EN DASH}"], ["12.50", "1,234", "1,234,567"]]


def test_steps_and_actions_are_told_with_their_times(tmp_path):
    _html, markdown = written(tmp_path, experiment(passed("fine")), run().ends(2))

    assert "| 0.0 | step 1 of 1 | watch it |" in markdown
    assert "| -0.8 | action | scale to 1 (workers processor, replicas 1, group members) | 0.1 |" in markdown


def test_an_action_that_began_as_another_ended_has_its_own_duration(tmp_path):
    story = run().add(1.2, "action", action="scale", group_id=None, replicas=0)
    story.add(1.4, "done", action="scale", seconds=0.2)
    story.scale(1.4, 3).add(1.4, "done", action="scale", seconds=0.01).ends(2)
    _html, markdown = written(tmp_path, experiment(passed("fine")), story)

    assert "| 0.2 | action | scale to 0 (replicas 0) | 0.20 |" in markdown
    assert "| 0.4 | action | scale to 3 (workers processor, replicas 3, group members) | 0.01 |" in markdown


def test_owners_are_told_in_words_too(tmp_path):
    story = run().joins(1.1, "processor-2").stable(1.3).ends(2)
    _html, markdown = written(tmp_path, experiment(passed("fine")), story)

    assert "| partition | at -0.4 s | at 0.3 s |" in markdown
    assert "| 0 | processor-1 | processor-1 |" in markdown
    assert "| idle | nobody | processor-2 |" in markdown


@pytest.mark.parametrize("timeline", [Timeline(), Story().ends(1).timeline()], ids=["nothing", "no group"])
def test_a_run_that_saw_nothing_has_a_report_that_says_so(tmp_path, timeline):
    for text in both(tmp_path, rebalance.EXPERIMENT, timeline):
        assert "No group was seen, so there is nothing to draw." in text
        assert "Inconclusive" in text


def test_the_report_says_how_to_do_it_again(tmp_path):
    _html, markdown = written(tmp_path, experiment(passed("fine")), run().ends(2))

    assert "    playground experiment run rebalance --set members=1,2 --set rate=100\n" in markdown
