"""Requests made from /openapi.json itself, good and bad ones: no 5xx, and nothing that is not described."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

# These say 501 where there is no stack to control, and that is described.
NOT_HERE = {
    ("POST", "/load"),
    ("DELETE", "/load"),
    ("PUT", "/stack/{kind}/replicas"),
    ("POST", "/stack/workers/{name}/kill"),
    ("POST", "/stack/workers/{name}/pause"),
    ("POST", "/stack/workers/{name}/resume"),
}
WITHOUT = [
    positive_data_acceptance,  # rules between fields (age and age_group) are not in a JSON schema
    unsupported_method,  # has its own test
]
EXAMPLES = 60


@pytest.fixture(scope="module")
def operations(shared_system):
    """Everything that is described, without the routes whose answers never end."""
    schema = schemathesis.openapi.from_url(f"{shared_system.settings.api.url}/openapi.json")
    return [
        found.ok() for found in schema.exclude(path=["/events", "/stream-table/live"]).get_all_operations()
    ]


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_as_described(operations, mode):
    assert len(operations) > 15
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and not (operation.query or operation.body or operation.headers):
            continue  # there is nothing to get wrong
        _check(operation, mode)


def _check(operation, mode):
    here = (operation.method.upper(), operation.path)
    without = [*WITHOUT, not_a_server_error] if here in NOT_HERE else WITHOUT

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def examples(case):
        response = case.call(timeout=20)
        # A batch of which some orders are good is accepted in part, and says which are not. A body that is
        # too large is refused without a look at what is in it.
        unread = [negative_data_rejection] if response.status_code in {207, 413} else []
        case.validate_response(response, excluded_checks=[*without, *unread])

    examples()
