"""The report of a run: one HTML file, and the same in Markdown.

A way through the rooms:
    scene.py              what a group's pictures show: members, their lives, actions, the stretch of time
    lives.py              from when to when each member was there
    pauses.py             stretches in which a partition was not worked on
    svg.py                elements, escaping, scales
    frame.py              what the pictures share: time axis, actions, marks, legend
    canvas.py             where the lanes of members and the rows of partitions are
    member_marks.py       members: names, lives, endings, being idle
    pause_marks.py        pauses, with their length
    ownership_picture.py  who owned which partition when
    lag_picture.py        lag of each partition
    pictures.py           all pictures of a run
    owners.py             ownership in words: owners whenever the group was stable, all pauses
    happenings.py         what was done, and when
    document.py           the blocks a report is made of, without a format
    content.py            a run as such blocks
    html_page.py          blocks as one self-contained page
    markdown_page.py      blocks as GitHub Markdown
    png.py                pictures as PNG
    files.py              writes report.html and report.md
    catalog_page.py       docs/experiments.md
"""

from playground.experiments.report.files import ReportFiles, write_report

__all__ = ["ReportFiles", "write_report"]
