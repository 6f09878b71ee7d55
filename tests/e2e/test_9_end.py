"""The end of the story: a release of which nothing was opted to be kept."""

import pytest

from playground.waiting import wait_until

pytestmark = pytest.mark.e2e
GONE_SECONDS = 120


def test_nothing_of_it_stays(release):
    """Neither of what the release before it had kept."""
    assert any(name.startswith("persistentvolumeclaim/") for name in release.remains()), "there were volumes"

    release.helm("uninstall", "playground", "--wait")

    wait_until(lambda: not release.remains(), "everything of the release to be gone", GONE_SECONDS, every=2)
