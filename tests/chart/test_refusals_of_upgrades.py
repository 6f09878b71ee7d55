"""What cannot change once it is installed, and what an upgrade keeps."""

import pytest
from support.charts import Refused
from support.cluster_objects import LARGE, secret, stateful_set


def test_the_number_of_brokers_cannot_change_later(on):
    with pytest.raises(
        Refused, match=r"kafka\.nodes is 3, but this release was installed with 1(.|\n)*kafka\.nodes=1"
    ):
        on(LARGE, stateful_set(), values={"kafka": {"nodes": 3}})


VOLUMES = {"kafka": "4Gi", "database": "2Gi", "prometheus": "2Gi"}


@pytest.fixture(params=VOLUMES)
def part(request):
    """Each part that has a volume."""
    return request.param


def test_the_size_of_a_volume_cannot_change_later(on, part):
    installed = stateful_set(f"playground-{part}", size=VOLUMES[part])

    assert on(LARGE, installed)
    with pytest.raises(
        Refused,
        match=rf"{part}\.persistence\.size is 9Gi, but the volume was made with {VOLUMES[part]}"
        rf"(.|\n)*Next: --set {part}\.persistence\.size={VOLUMES[part]}\n",
    ):
        on(LARGE, installed, values={part: {"persistence": {"size": "9Gi"}}})


def test_persistence_cannot_be_switched_later(on, part):
    path = rf"{part}\.persistence\.enabled"
    kept, lost = (
        stateful_set(f"playground-{part}", size=VOLUMES[part]),
        stateful_set(f"playground-{part}", size=None),
    )
    without = {part: {"persistence": {"enabled": False}}}

    assert on(LARGE, lost, values=without)
    with pytest.raises(
        Refused,
        match=rf"{path} is false, but this release was installed with a volume(.|\n)*Next: --set {path}=true",
    ):
        on(LARGE, kept, values=without)
    with pytest.raises(
        Refused,
        match=rf"{path} is true, but this release was installed without a volume"
        rf"(.|\n)*Next: --set {path}=false",
    ):
        on(LARGE, lost)


def test_the_storage_class_of_a_volume_cannot_change_later(on, part):
    path = rf"{part}\.persistence\.storageClass"
    own = {part: {"persistence": {"storageClass": "fast"}}}
    every = {"global": {"storageClass": "fast"}}
    plain = stateful_set(f"playground-{part}", size=VOLUMES[part])
    fast = stateful_set(f"playground-{part}", size=VOLUMES[part], storageClassName="fast")

    assert on(LARGE, fast, values=own)
    assert on(LARGE, fast, values=every)
    with pytest.raises(
        Refused, match=rf"{path} is empty, but the volume was made with fast(.|\n)*Next: --set {path}=fast"
    ):
        on(LARGE, fast)
    with pytest.raises(
        Refused, match=rf"{path} is fast, but .* made with the cluster's default(.|\n)*Next: --set {path}=,"
    ):
        on(LARGE, plain, values=own)
    with pytest.raises(
        Refused,
        match=r"global\.storageClass is fast, but .* default(.|\n)*Next: --set global\.storageClass=,",
    ):
        on(LARGE, plain, values=every)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (
            "playground-database",
            {
                "password": "as-it-was",
                "url": "postgresql://playground:as-it-was@playground-database:5432/playground",
            },
        ),
        ("playground-grafana", {"admin-password": "as-it-was"}),
    ],
)
def test_a_generated_password_is_kept_over_upgrades(on, name, kept):
    before = secret(name, kept)

    assert on(LARGE).one("Secret", name)["stringData"] != kept
    assert on(LARGE, before).one("Secret", name)["stringData"] == kept
