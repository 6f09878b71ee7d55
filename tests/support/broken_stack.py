"""`python broken_stack.py`: `playground up`, but what a file names is broken on purpose.

Each API and each processor that starts is the mutant in the file `api` or `processor` of the folder `mutants`
in the data folder, and an honest one where there is none. So one stack serves a test per mutant.
"""

import asyncio
import signal
import sys
from pathlib import Path

from playground.local.supervisor import Supervisor
from playground.settings import Settings, read_settings

PROGRAM = str(Path(__file__).with_name("mutants.py"))
KINDS = ("api", "processor")


async def up(settings: Settings) -> None:
    """Run until SIGTERM."""
    commands = {kind: [sys.executable, PROGRAM, f"@{settings.data_dir / 'mutants'}", kind] for kind in KINDS}
    stack = Supervisor(settings, commands=commands)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stack.request_stop)
    await stack.run()


if __name__ == "__main__":
    asyncio.run(up(read_settings()))
