"""Writes what the API tells about the groups of a run into its timeline, from a thread of its own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from playground.clock import parse_iso
from playground.errors import PlaygroundError, StackError
from playground.events import PROGRESS

if TYPE_CHECKING:
    from playground.api_client import Api
    from playground.experiments.timeline import Recorder

RECONNECT_SECONDS = 0.5
REMEMBERED = 200


class Observer:
    """Follows GET /events. `groups`: the ids that the run is about; more may be added at any time."""

    def __init__(self, api: Api, recorder: Recorder) -> None:
        self.groups: set[str] = set()
        self._api = api
        self._recorder = recorder
        self._shown: dict[str, Any] = {}
        self._told: list[dict[str, Any]] = []
        self._stop = threading.Event()
        self._connected = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="observer")

    def start(self, seconds: float) -> None:
        """Begin; returns when the stream flows. Raises StackError when it does not in `seconds`."""
        self._thread.start()
        if not self._connected.wait(seconds):
            raise StackError(
                f"the API's stream of events did not begin in {seconds:g} s", next_step="playground doctor"
            )

    def stop(self) -> None:
        """Write nothing any more."""
        self._stop.set()

    def saw_group(self, document: dict[str, Any]) -> None:
        """The broker's view of a group (a GroupView of the API): written down when it changed."""
        if document["group_id"] not in self.groups:
            return
        view = {"group_id": document["group_id"], "state": document["state"], "type": document["type"]}
        view["members"] = [
            {
                "client_id": member["client_id"],
                "member_id": member["member_id"],
                "instance_id": member["group_instance_id"],
                "assignment": _numbers(member["assignment"]),
                "target": None
                if member["target_assignment"] is None
                else _numbers(member["target_assignment"]),
            }
            for member in document["members"]
        ]
        if self._shown.get(document["group_id"]) != view:
            self._shown[document["group_id"]] = view
            self._recorder.add("group", **view)

    def saw_offsets(self, document: dict[str, Any], **more: Any) -> None:
        """Offsets and lag of all groups (Offsets of the API); `more` is written down with them."""
        groups = {
            group["group_id"]: {
                "total": group["total_lag"],
                "lag": {str(part["partition"]): part["lag"] for part in group["partitions"]},
                "committed": {
                    str(part["partition"]): part["committed_offset"] for part in group["partitions"]
                },
            }
            for group in document["groups"]
            if group["group_id"] in self.groups
        }
        if groups:
            ends = {
                str(part["partition"]): part["end_offset"]
                for topic in document["topics"]
                if topic["topic"] == "orders"
                for part in topic["partitions"]
            }
            self._recorder.add("offsets", parse_iso(document["taken_at"]), groups=groups, ends=ends, **more)

    def _run(self) -> None:
        first = True
        while not self._stop.is_set():
            try:
                for name, data in self._api.events():
                    if self._stop.is_set():
                        return
                    if name == "hello":
                        if not first:
                            self._recorder.add(
                                "missed", reason="the stream of events was broken", events=None
                            )
                        first = False
                        self._connected.set()
                    self._heard(name, data)
            except PlaygroundError:
                pass  # the API is away, perhaps on purpose; what it could not tell is said at the next hello
            self._stop.wait(RECONNECT_SECONDS)

    def _heard(self, name: str, data: Any) -> None:
        if name == "worker":
            self._worker(data)
        elif name == "history":
            for event in data["events"]:
                self._worker(event)
        elif name == "groups":
            for group in data["groups"]:
                self.saw_group(group)
        elif name == "offsets":
            self.saw_offsets(data)
        elif name == "lost":
            self._recorder.add(
                "missed", reason="the stream of events was too slow for all of them", events=data["events"]
            )

    def _worker(self, event: dict[str, Any]) -> None:
        if event.get("group_id") not in self.groups:
            return
        at = parse_iso(event["at"])
        if event["event"] in PROGRESS:
            partitions = [
                [part["partition"], part["first_offset"], part["last_offset"], part["count"]]
                for part in event["partitions"]
            ]
            self._recorder.add(
                "handled", at, group_id=event["group_id"], worker=event["worker"], partitions=partitions
            )
            return
        if event in self._told:  # the history after a broken stream tells some of it again
            return
        self._told = [*self._told[-REMEMBERED:], event]
        shown = {name: value for name, value in event.items() if name not in {"at", "client_id"}}
        if "partitions" in shown and all("topic" in part for part in shown["partitions"]):
            shown["partitions"] = _numbers(shown["partitions"])
        self._recorder.add("worker", at, **shown)


def _numbers(places: list[dict[str, Any]]) -> list[int]:
    return sorted(place["partition"] for place in places)
