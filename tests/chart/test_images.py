"""Every image goes through one helper, so that a mirror of images takes one value."""

import pytest
import yaml
from support.charts import CHART, EVERYTHING, merged, render


def images(rendered):
    return {container["image"] for pods in rendered.pods() for container in pods.containers}


def image_blocks(values, path=()):
    """Paths of all blocks that name an image."""
    for key, value in values.items():
        if isinstance(value, dict):
            if "repository" in value:
                yield (*path, key)
            else:
                yield from image_blocks(value, (*path, key))


def nested(path, value):
    for key in reversed(path):
        value = {key: value}
    return value


BLOCKS = list(image_blocks(yaml.safe_load((CHART / "values.yaml").read_text())))


def test_no_image_is_the_newest_of_the_day():
    for image in images(render(EVERYTHING)):
        tag = image.rpartition(":")[2]
        assert tag not in {"", "latest"}, image
        assert "/" not in tag, image


def test_one_value_moves_every_image_to_a_mirror():
    rendered = render(merged(EVERYTHING, {"global": {"imageRegistry": "mirror.example:5000/team"}}))

    assert all(image.startswith("mirror.example:5000/team/") for image in images(rendered))


@pytest.mark.parametrize("path", BLOCKS, ids=".".join)
def test_registry_tag_and_digest_of_each_image_are_heeded(path):
    digest = f"sha256:{'0' * 64}"
    given = nested(path, {"registry": "own.example", "repository": "us/thing", "tag": "1.2.3"})
    pinned = merged(given, nested(path, {"digest": digest}))

    assert "own.example/us/thing:1.2.3" in images(render(merged(EVERYTHING, given)))
    after = images(render(merged(EVERYTHING, pinned)))
    assert f"own.example/us/thing@{digest}" in after
    assert "own.example/us/thing:1.2.3" not in after


def test_secrets_to_pull_images_with_reach_every_pod():
    rendered = render(merged(EVERYTHING, {"global": {"imagePullSecrets": [{"name": "mirror-login"}]}}))

    for pods in rendered.pods():
        assert pods.spec["imagePullSecrets"] == [{"name": "mirror-login"}], pods.owner


def test_every_container_says_when_to_pull():
    for pods in render(EVERYTHING).pods():
        for container in pods.containers:
            assert container["imagePullPolicy"] == "IfNotPresent", f"{pods.owner} {container['name']}"
