"""How likely it is that orders without a key look as if something had kept them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.experiments.scratch_orders import RECORDS_WITHOUT_KEY

if TYPE_CHECKING:
    from playground.experiments.placements import Placement


def chance_of_staying(placement: Placement) -> float:
    """The probability that chance alone puts all orders of each customer on one partition.

    Records without a key of one request go to one partition, which is drawn anew for the next request. So
    whenever a request has a customer of earlier ones, it must draw the partition that those have drawn.
    """
    bound: list[set[str]] = []  # customers whose orders must all be on one partition
    draws = 0
    for first in range(0, len(placement.places), RECORDS_WITHOUT_KEY):
        customers = {place.who for place in placement.places[first : first + RECORDS_WITHOUT_KEY]}
        earlier = [each for each in bound if each & customers]
        draws += len(earlier)
        bound = [each for each in bound if not each & customers] + [customers.union(*earlier)]
    return float(placement.partitions**-draws)
