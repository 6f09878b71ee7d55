"""The image, run with nothing of the chart around it that could hide what it is."""

import pytest
from support.bare_pods import image_of, start

pytestmark = pytest.mark.e2e
NAME = "bare-image"
COMPILERS = "gcc g++ cc c++ clang make"


def test_it_has_no_compiler_and_is_a_numbered_user_that_is_not_root(release):
    """A kubelet that is told `runAsNonRoot`, and no user, starts only images whose USER is a number but 0."""
    ask = f"id -u; for each in {COMPILERS}; do command -v $each; done; true"
    try:
        phase = start(release, NAME, image_of(release), ["sh", "-c", ask], ("Succeeded", "Failed"))
        said = release.kubectl("logs", NAME).split()
    finally:
        release.kubectl("delete", "pod", NAME, "--ignore-not-found", "--wait=false")

    assert phase == "Succeeded", said
    user, *compilers = said
    assert int(user) > 0
    assert not compilers
