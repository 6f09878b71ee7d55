"""Sizes that do not fit into one another are refused, with both and with one that fits."""

import pytest
from support.charts import EVERYTHING, merged, render
from support.refusals import refused


def limited(part, heap, memory):
    return merged(EVERYTHING, {part: {"heap": heap, "resources": {"limits": {"memory": memory}}}})


@pytest.mark.parametrize(("part", "besides"), [("kafka", 300), ("kafkaUi", 250), ("ksqldb", 500)])
def test_a_heap_that_leaves_java_no_memory(part, besides):
    for heap, memory in [("1g", "900Mi"), ("900m", "900Mi"), ("800m", "900Mi"), ("1G", 1024**3)]:
        mebibytes = 1024 if heap[-1] in "gG" else int(heap[:-1])
        with refused(
            rf"{part}\.heap is {heap} and {part}\.resources\.limits\.memory {memory}",
            rf"--set {part}\.resources\.limits\.memory={mebibytes + besides}Mi",
        ):
            render(limited(part, heap, memory))
    assert render(limited(part, "772m", "900Mi"))
    assert render(limited(part, "8g", None))


def test_a_heap_that_is_not_made_does_not_matter():
    assert render({"ksqldb": {"heap": "9g"}, "kafkaUi": {"heap": "9g"}})


def test_more_metrics_than_the_volume_holds():
    def keeping(retained, **persistence):
        return {"prometheus": {"retention": {"size": retained}, "persistence": persistence}}

    with refused(
        r"prometheus\.retention\.size is 3GB, but prometheus\.persistence\.size is 2Gi",
        r"--set prometheus\.persistence\.size=4608Mi",
    ):
        render(keeping("3GB"))
    with refused("is 2GB, but .* is 2G:", "."):  # Prometheus' GB are GiB
        render(keeping("2GB", size="2G"))
    assert render(keeping("3GB", size="4608Mi"))
    assert render(keeping("3GB", enabled=False))
    assert render(
        {"prometheus": {"enabled": False, "retention": {"size": "3GB"}}, "grafana": {"enabled": False}}
    )
