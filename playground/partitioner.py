"""Where a key belongs: the partitioner of Java's producer, of ksqlDB and Connect, and of ours.

For looking at records that are there; producers are told its name, in clients.py. Numbers as in
org.apache.kafka.common.utils.Utils.murmur2: MurmurHash2 with a seed of its own, of 32 bits.
"""

from __future__ import annotations

SEED, MIX, ROTATE, BITS = 0x9747B28C, 0x5BD1E995, 24, 0xFFFFFFFF


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key, of 0 to `partitions` - 1."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """The hash, as a number without sign."""
    found = (SEED ^ len(data)) & BITS
    whole = len(data) - len(data) % 4
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little") * MIX & BITS
        word = (word ^ (word >> ROTATE)) * MIX & BITS
        found = (found * MIX & BITS) ^ word
    if rest := data[whole:]:
        found = (found ^ int.from_bytes(rest, "little")) * MIX & BITS
    found = (found ^ (found >> 13)) * MIX & BITS
    return found ^ (found >> 15)
