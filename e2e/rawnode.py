"""A node in Python: no more than the link's messages, so that a test can say whatever it wants."""

import queue
import secrets
import threading
import time

import grpc
from mesh import Client
from reefmesh.v1 import node_service_pb2 as link


class RawNode:
    """One link. Messages go out as `say` is called; replies are kept in `heard`."""

    def __init__(self, target, node_id, incarnation=None):
        self.node_id = node_id
        self.incarnation = incarnation or secrets.token_hex(8)
        self.heard = []
        self.error = None
        self._client = Client(target)
        self._sequence = 0
        self._out = queue.Queue()
        self._news = threading.Condition()
        self._call = self._client.nodes.Link(iter(self._out.get, None))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        try:
            for response in self._call:
                with self._news:
                    self.heard.append(response)
                    self._news.notify_all()
        except grpc.RpcError as error:
            with self._news:
                self.error = error
        with self._news:
            self.error = self.error or "the gateway closed the link"
            self._news.notify_all()

    def say(self, sequence=None, **message):
        self._sequence = sequence if sequence is not None else self._sequence + 1
        self._out.put(link.LinkRequest(sequence=self._sequence, **message))

    def hello(self, task_types, slots=4, held=()):
        self.say(
            hello=link.Hello(
                protocol_version=1,
                node_id=self.node_id,
                incarnation=self.incarnation,
                task_types=task_types,
                slots=slots,
                software_version="raw",
                held=held,
            )
        )
        return self.wait(lambda r: r.HasField("welcome"), "welcome").welcome

    def beat(self, held=()):
        """Says a beat that names these, and returns the reply to it."""
        with self._news:
            replies = sum(r.HasField("beat_reply") for r in self.heard)
            received = max((r.sequence for r in self.heard), default=0)
        self.say(beat=link.Beat(slots=4, held=held, received_through=received))
        return self.wait(
            lambda r: r.HasField("beat_reply"), "a beat reply", skip=replies
        ).beat_reply

    def report(self, **lists):
        self.say(report=link.Report(**lists))

    def wait(self, wanted, what, seconds=10, skip=0):
        """The first reply that is wanted, after `skip` others that are."""
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                found = [r for r in self.heard if wanted(r)]
                if len(found) > skip:
                    return found[skip]
                assert self.error is None, f"{self.node_id} waited for {what}: {_words(self.error)}"
                left = deadline - time.monotonic()
                assert left > 0, f"{self.node_id} heard no {what} within {seconds} s"
                self._news.wait(left)

    def wait_assign(self, skip=0, seconds=10):
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                assigns = [a for r in self.heard for a in r.directive.assigns]
                if len(assigns) > skip:
                    return assigns[skip]
                assert self.error is None, _words(self.error)
                left = deadline - time.monotonic()
                assert left > 0, f"{self.node_id} got no assignment within {seconds} s"
                self._news.wait(left)

    def acks(self):
        with self._news:
            return [a for r in self.heard for a in r.directive.finished_acks]

    def wait_acks(self, count, seconds=10):
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                acks = [a for r in self.heard for a in r.directive.finished_acks]
                if len(acks) >= count:
                    return acks
                assert self.error is None, _words(self.error)
                left = deadline - time.monotonic()
                assert left > 0, f"{self.node_id} got {len(acks)} of {count} acks within {seconds} s"
                self._news.wait(left)

    def wait_error(self, seconds=10):
        """How the link ended."""
        deadline = time.monotonic() + seconds
        with self._news:
            while self.error is None:
                left = deadline - time.monotonic()
                assert left > 0, f"the link of {self.node_id} is still open after {seconds} s"
                self._news.wait(left)
            return self.error

    def close(self):
        self._out.put(None)
        self._call.cancel()
        self._client.close()


def _words(error):
    return f"{error.code().name}: {error.details()}" if isinstance(error, grpc.RpcError) else error
