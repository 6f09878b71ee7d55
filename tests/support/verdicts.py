"""What an experiment says of a timeline made by hand."""

from playground.experiments.judging import judge


def judged(experiment, story):
    return judge(experiment, story.timeline(), f"{experiment.name}/x")


def verdicts_of(experiment, story):
    """Name of each check -> its verdict."""
    return {check.name: str(check.verdict) for check in judged(experiment, story).checks}


def having(found, verdict):
    """The names of the checks with this verdict."""
    return {name for name, given in found.items() if given == verdict}
