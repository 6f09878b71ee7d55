"""The end of the story: what `helm uninstall` leaves behind."""

import pytest

from playground.waiting import wait_until

pytestmark = pytest.mark.e2e
GONE_SECONDS = 120
OURS = "app.kubernetes.io/instance=playground"
KINDS = "all,configmap,secret,networkpolicy,pvc,role,rolebinding,serviceaccount,pdb"


def test_nothing_of_it_stays(release):
    """No volume was opted to be kept."""
    assert release.json("get", "pvc", "-l", OURS)["items"], "there were volumes"

    release.helm("uninstall", "playground", "--wait")

    def left() -> list[str]:
        return release.kubectl("get", KINDS, "-l", OURS, "-o", "name").split()

    wait_until(lambda: not left(), "everything of the release to be gone", GONE_SECONDS, every=2)
