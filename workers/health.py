"""Is this worker alive, and is it ready: what the probes of Kubernetes ask.

Alive: its loop came round lately. A loop that is stuck does not heal; a restart does that.
Ready: it can do its work now. A worker whose broker or database is away is alive and not ready,
because waiting heals that and a restart does not. A member of a group that owns no partition is both:
it has nothing to do, and takes over when another one leaves.

One thread writes plain attributes and the probes' thread reads them: the loop pays for no lock.
"""

from __future__ import annotations

import time


class Health:
    """The health of one worker.

    `patience_seconds`: how long one round of the loop may take.
    `obstacle`: why it cannot do its work now; None: it can.
    """

    def __init__(self, patience_seconds: float, obstacle: str | None = None) -> None:
        self._patience = patience_seconds
        self.beat_at = time.monotonic()
        self.obstacle = obstacle

    def beat(self) -> None:
        """The loop came round."""
        self.beat_at = time.monotonic()

    def stuck(self) -> str | None:
        """Why a restart is needed; None: it is alive."""
        passed = time.monotonic() - self.beat_at
        if passed < self._patience:
            return None
        return f"the loop has not come round for {passed:.1f} s (it may take {self._patience:g} s)"

    def not_ready(self) -> str | None:
        """Why it cannot do its work now; None: it can."""
        return self.stuck() or self.obstacle
