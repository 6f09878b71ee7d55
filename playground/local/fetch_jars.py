"""Child process that resolves the broker's jars: `python -m playground.local.fetch_jars DIR`.

A process of its own, because jgo looks at JAVA_HOME and PATH, which only a child can have to itself,
and because jgo prints what nobody needs to see.
On failure the last line of stderr says why.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import jgo
import requests

KAFKA_VERSION = "4.3.1"
# Apart from each other: together, the parent of the second would choose older versions for the first.
ENDPOINTS = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.apache.kafka:kafka-tools:{KAFKA_VERSION}",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",
)
ATTEMPTS = 3


def main() -> int:
    """Resolve into the folder given as the only argument."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # jgo asks without a time limit, which would hang on a network that swallows packets.
    requests.request = functools.partial(requests.request, timeout=30)
    failure = ""
    for _attempt in range(ATTEMPTS):
        try:
            for endpoint in ENDPOINTS:
                jgo.build(endpoint, cache_dir=Path(sys.argv[1]))
        except requests.ConnectionError as error:
            url = error.request.url if error.request is not None else None
            host = urlsplit(str(url)).hostname or "the repository"
            failure = f"no connection to {host}"
            break
        except Exception as error:  # noqa: BLE001 - anything jgo raises becomes one line for a person
            failure = f"{type(error).__name__}: {error}"
        else:
            return 0
    sys.stderr.write(failure.replace("\n", " ") + "\n")
    return 1


def _end_with_parent() -> None:
    """Our stdin is a pipe that the parent holds and never writes to: its end is the parent's end."""
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
