"""Timelines made by hand: what a run would have seen, told second by second."""

from playground.experiments.timeline import Observation, Timeline

START = 1_795_000_000_000


class Story:
    """A run of one group, in seconds since its beginning. `run_id` and `name` make the group's id."""

    def __init__(self, run_id="run", name="members", partitions=6, **settings):
        self.group_id = f"{run_id}-{name}"
        self.seen = []
        self.owned = {}
        head = {"experiment": "test", "settings": settings, "partitions": partitions, "run_id": run_id}
        self.add(0, "run", versions={}, prediction=None, target="local", title="A test", **head)

    def timeline(self):
        return Timeline(self.seen)

    def add(self, second, kind, **data):
        self.seen.append(Observation(START + round(second * 1000), kind, data))
        return self

    def group(self, name, run_id="run"):
        """From here on it is about another group of the run."""
        self.group_id = f"{run_id}-{name}"
        self.owned = {}
        return self

    def action(self, second, action, **what):
        return self.add(second, "action", action=action, group_id=self.group_id, **what)

    def scale(self, second, replicas):
        return self.action(second, "scale", workers="processor", replicas=replicas)

    def worker(self, second, event, worker, **fields):
        return self.add(second, "worker", event=event, worker=worker, group_id=self.group_id, **fields)

    def joins(self, second, worker):
        self.owned[worker] = set()
        return self.worker(second, "startup_complete", worker)

    def takes(self, second, worker, *partitions):
        """The worker is assigned these, besides what it has."""
        self.owned[worker] = self.owned.get(worker, set()) | set(partitions)
        return self._tell(second, "partitions_assigned", worker, partitions)

    def gives_up(self, second, worker, *partitions, event="partitions_revoked"):
        self.owned[worker] = self.owned[worker] - set(partitions)
        return self._tell(second, event, worker, partitions)

    def leaves(self, second, worker):
        if self.owned[worker]:
            self.gives_up(second, worker, *self.owned[worker])
        del self.owned[worker]
        return self.worker(second, "shutdown_complete", worker)

    def stable(self, second):
        owners = {str(part): worker for worker, parts in self.owned.items() for part in parts}
        return self.add(second, "stable", group_id=self.group_id, members=sorted(self.owned), owners=owners)

    def handles(self, begin, end, worker, *partitions, every=0.05, first=0):
        """A batch of one order for each of these partitions, `every` so many seconds, up to `end`."""
        for number in range(round((end - begin) / every)):
            rows = [[part, first + number, first + number, 1] for part in partitions]
            self.add(
                begin + number * every, "handled", group_id=self.group_id, worker=worker, partitions=rows
            )
        return self

    def accepted(self, second, count, *partitions, first=0, seconds=0.01, **more):
        """`count` orders acknowledged for each of these partitions."""
        places = {str(part): [first, first + count - 1, count] for part in partitions}
        total = count * len(partitions)
        return self.add(second, "accepted", count=total, seconds=seconds, partitions=places, **more)

    def refused(self, second, count, seconds, status=503):
        """An answer to `count` orders that took so many seconds; status None: there was none."""
        return self.add(
            second, "refused", count=count, status=status, detail="Kafka does not answer", seconds=seconds
        )

    def handled(self, second, worker, *partitions, offset=0):
        """One batch of one order for each of these partitions."""
        return self.handles(second, second + 0.05, worker, *partitions, first=offset)

    def audit(self, second, name, **rows):
        """The balance; each row as `p0=dict(end=10, processed=10)`, the rest is 0."""
        partitions = [
            {
                "partition": int(part[1:]),
                "start_offset": row.get("start", 0),
                "end_offset": row.get("end", 0),
                "pending": row.get("pending", 0),
                "processed": row.get("processed", 0),
                "duplicates": row.get("duplicates", 0),
                "dead_lettered": row.get("dead_lettered", 0),
            }
            for part, row in rows.items()
        ]
        return self.add(second, "audit", name=name, group_id=self.group_id, partitions=partitions)

    def workers(self, second, when, **processes):
        """Which processes the workers are, as `a=(pid, restarts)`."""
        shown = {name: {"pid": pid, "restarts": restarts} for name, (pid, restarts) in processes.items()}
        return self.mark(second, "workers", when=when, workers=shown)

    def mark(self, second, name, **fields):
        return self.add(second, "mark", name=name, **fields)

    def lag(self, second, **partitions):
        """Lag per partition, as `p0=5`; everything is committed up to there, of 1000 written."""
        lags = {name[1:]: lag for name, lag in partitions.items()}
        view = {
            "total": sum(lags.values()),
            "lag": lags,
            "committed": {part: 1000 - lag for part, lag in lags.items()},
        }
        return self.add(second, "offsets", groups={self.group_id: view}, ends=dict.fromkeys(lags, 1000))

    def offsets(self, second, ends, committed, **more):
        """Where groups stand: ends per partition, and committed offsets (None: nothing) by id of group."""
        groups = {}
        for group_id, offsets in committed.items():
            lags = [None if at is None else end - at for end, at in zip(ends, offsets, strict=True)]
            groups[group_id] = {
                "total": sum(lag for lag in lags if lag is not None),
                "lag": _numbered(lags),
                "committed": _numbered(offsets),
            }
        return self.add(second, "offsets", groups=groups, ends=_numbered(ends), **more)

    def ends(self, second):
        return self.add(second, "phase", name="end")

    def _tell(self, second, event, worker, partitions):
        owned = sorted(self.owned[worker])
        return self.worker(second, event, worker, partitions=sorted(partitions), owned=owned)


def _numbered(values):
    return {str(partition): value for partition, value in enumerate(values)}
