"""What runs in the container that stands in for ksqlDB: recorded answers, where ksqlDB would listen.

It takes the variables of ksqlDB's image, and ends when there is no broker where it is told to find one.
"""

import os
import signal
import socket
from urllib.parse import urlsplit

from support.recorded_ksqldb import RecordedKsqlDb

ENDS = {signal.SIGTERM, signal.SIGINT}


def main():
    broker = os.environ["KSQL_BOOTSTRAP_SERVERS"].rsplit(":", 1)  # noqa: TID251 - as the image takes them
    listener = urlsplit(os.environ["KSQL_LISTENERS"])  # noqa: TID251 - as above
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)  # the first process of a container ignores them otherwise
    socket.create_connection((broker[0], int(broker[1])), timeout=10).close()
    with RecordedKsqlDb((listener.hostname, listener.port)):
        print("stands in for ksqlDB at", listener.geturl(), flush=True)  # noqa: T201 - its log
        signal.sigwait(ENDS)


if __name__ == "__main__":
    main()
