"""Runs an experiment: prepare -> observe -> act -> settle -> check -> clean up, the last one always."""

from __future__ import annotations

import contextlib
import platform
from typing import TYPE_CHECKING, Any

import confluent_kafka
import msgspec

from playground import __version__, stack
from playground.errors import PlaygroundError, StackError
from playground.experiments.before import give_back, look_at, take_over
from playground.experiments.judging import judge, write_judgement
from playground.experiments.lab import Lab
from playground.experiments.lookout import KIND
from playground.experiments.observer import Observer
from playground.experiments.owed import give_back_earlier, write_owed
from playground.experiments.timeline import FILE_NAME, Recorder
from playground.topics import ORDERS
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playground.api_client import Api
    from playground.experiments.experiment import Experiment, ExperimentSettings
    from playground.experiments.owed import Owed
    from playground.experiments.runs import Judgement, Runs
    from playground.experiments.timeline import Observation
    from playground.stack import Stack

STREAM_SECONDS = 10.0
READY_SECONDS = 60.0


def run_experiment(
    experiment: Experiment,
    settings: ExperimentSettings,
    *,
    stack: Stack,
    api: Api,
    runs: Runs,
    target: str = "local",
    prediction: str | None = None,
    watch: Callable[[Observation], None] = lambda _seen: None,
) -> tuple[Path, Judgement]:
    """Run it and judge it; the run's folder and what it has shown.

    `watch` is called with every observation, from several threads.
    Raises StackError when another experiment runs; what goes wrong in the run itself is part of its verdict.
    """
    with runs.only_one(experiment.name) as folder:
        run_id = f"{experiment.name}-{folder.name.lower()}"
        recorder = Recorder(folder / FILE_NAME)
        recorder.listen(watch)
        observer = Observer(api, recorder)
        try:
            with _noted(recorder, "prepare"):
                head = _head(experiment, settings, api, target, prediction)
                recorder.add("run", run_id=run_id, **head)
            if not recorder.of("problem"):
                lab = Lab(settings, run_id, stack=stack, api=api, recorder=recorder, observer=observer)
                _carry_out(experiment, lab, observer, folder)
        finally:
            observer.stop()
            recorder.close()
        judgement = judge(experiment, recorder, f"{experiment.name}/{folder.name}")
        try:
            write_judgement(folder, judgement)
        except OSError as error:
            raise StackError(
                f"the verdict ({judgement.verdict}) cannot be written into {folder}: {error.strerror}",
                next_step="make room on the disk, or set PLAYGROUND_RUNS_DIR",
            ) from None
        return folder, judgement


def missing_abilities(experiment: Experiment, on: Stack) -> list[str]:
    """Names of the ability protocols that this stack does not have."""
    return [name for name in experiment.needs if not isinstance(on, getattr(stack, name))]


def _carry_out(experiment: Experiment, lab: Lab, observer: Observer, folder: Path) -> None:
    recorder = lab.timeline
    if missing := missing_abilities(experiment, lab.stack):
        recorder.add(
            "problem", phase="prepare", detail=f"this stack cannot do what it needs: {', '.join(missing)}"
        )
        return
    earlier: list[Owed] = []
    owed: Owed | None = None
    try:
        with _noted(recorder, "prepare"):
            wait_until(lab.stack.is_ready, "the stack to be ready", READY_SECONDS)
            earlier = give_back_earlier(folder.parents[1], lab.stack, recorder)
            before = look_at(lab.stack, KIND)
            owed = write_owed(folder, lab.run_id, before)
            take_over(lab.stack)
            observer.start(STREAM_SECONDS)
            experiment.prepare(lab)
        if recorder.of("problem"):
            return
        with _noted(recorder, "act"):
            steps = experiment.steps(lab.settings)
            for number, step in enumerate(steps, 1):
                recorder.add("step", title=step.title, number=number, of=len(steps))
                step.run(lab)
        if not recorder.of("problem"):
            with _noted(recorder, "settle"):
                lab.settle()
    finally:
        with _noted(recorder, "clean-up"):
            lab.customer.stop()
            experiment.clean_up(lab)
        with _noted(recorder, "clean-up"):
            if owed is not None:
                lab.leave()
        with _noted(recorder, "clean-up"):
            if owed is not None:
                give_back(lab.stack, before)
                owed = owed.given_back()
        # The last, because it needs the API: an API that is ended takes its run along a moment later.
        with _noted(recorder, "clean-up"):
            if owed is not None:
                lab.forget_groups()
                owed.groups_deleted()
        with _noted(recorder, "clean-up"):
            for each in earlier:
                lab.forget_another(each.content.run_id, each.groups)
                each.groups_deleted()
        recorder.add("phase", name="end")


@contextlib.contextmanager
def _noted(recorder: Recorder, phase: str) -> Iterator[None]:
    """Enter a phase; what goes wrong in it is written down, and the next one decides what that means."""
    try:
        last = recorder.latest("phase")
        if last is None or last["name"] != phase:
            recorder.add("phase", name=phase)
        yield
    except KeyboardInterrupt:
        recorder.add("problem", phase=phase, detail="interrupted")
    except PlaygroundError as error:
        recorder.add("problem", phase=phase, detail=str(error), next_step=error.next_step)
    except Exception as error:  # noqa: BLE001 - a mistake of ours must not keep the system from being given back
        recorder.add("problem", phase=phase, detail=f"{type(error).__name__}: {error}")


def _head(
    experiment: Experiment, settings: Any, api: Api, target: str, prediction: str | None
) -> dict[str, Any]:
    topic = next(each for each in api.get("/topics")["topics"] if each["topic"] == ORDERS)
    return {
        "experiment": experiment.name,
        "title": experiment.title,
        "settings": msgspec.to_builtins(settings),
        "prediction": prediction,
        "target": target,
        "partitions": len(topic["partitions"]),
        "versions": {
            "playground": __version__,
            "confluent-kafka": confluent_kafka.__version__,
            "librdkafka": confluent_kafka.libversion()[0],
            "python": platform.python_version(),
        },
    }
