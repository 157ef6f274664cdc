"""Nodes that break the rules of the link: refused or ignored, and nobody else is disturbed."""

import time

import grpc
from mesh import Checks, Client, Gateway, Node, spec
from rawnode import RawNode
from reefmesh.v1 import node_service_pb2 as link
from reefmesh.v1 import task_pb2

checks = Checks()
gateway = Gateway().wait_ready()
node = Node(gateway, "good", ["--slots", "4"]).wait_ready()
client = Client(gateway.target)
target = gateway.target


def finished(ref, words):
    return link.Finished(ref=ref, result=task_pb2.Payload(content_type="text/plain", data=words.encode()))


def text(payload):
    return payload.text or payload.data.decode()


def code(error):
    return error.code() if isinstance(error, grpc.RpcError) else error


silent = RawNode(target, "silent")
silent_since = time.monotonic()

with checks("a second Hello ends the link with INVALID_ARGUMENT"):
    twice = RawNode(target, "twice")
    twice.hello(["raw-twice"])
    twice.say(hello=link.Hello(protocol_version=1, node_id="twice", incarnation=twice.incarnation, slots=1))
    assert code(twice.wait_error()) == grpc.StatusCode.INVALID_ARGUMENT, twice.error

with checks("something else before Hello ends the link with INVALID_ARGUMENT"):
    early = RawNode(target, "early")
    early.say(beat=link.Beat(slots=1))
    assert code(early.wait_error()) == grpc.StatusCode.INVALID_ARGUMENT, early.error

with checks("a Hello with a bad node id, and one with a bad incarnation, are refused"):
    for wrong in (
        RawNode(target, "no spaces please"),
        RawNode(target, "x" * 65),
        RawNode(target, "odd", incarnation="not-hex"),
    ):
        wrong.say(hello=link.Hello(protocol_version=1, node_id=wrong.node_id, incarnation=wrong.incarnation, slots=1))
        assert code(wrong.wait_error()) == grpc.StatusCode.INVALID_ARGUMENT, wrong.error

with checks("a protocol version that is not spoken is refused with FAILED_PRECONDITION"):
    future = RawNode(target, "future")
    future.say(hello=link.Hello(protocol_version=999, node_id="future", incarnation=future.incarnation, slots=1))
    assert code(future.wait_error()) == grpc.StatusCode.FAILED_PRECONDITION, future.error

with checks("a sequence that goes back ends the link with INVALID_ARGUMENT"):
    back = RawNode(target, "back")
    back.hello(["raw-back"])
    back.say(sequence=1, beat=link.Beat(slots=1))
    assert code(back.wait_error()) == grpc.StatusCode.INVALID_ARGUMENT, back.error

with checks("a beat for a task that the node does not hold is answered with drop"):
    liar = RawNode(target, "liar")
    liar.hello(["raw-liar"])
    claimed = client.submit(spec("raw-nobody"))
    for task_id in ("0000000000000", claimed.id):
        ref = link.AttemptRef(task_id=task_id, attempt=1)
        reply = liar.beat([link.HeldAttempt(ref=ref)])
        assert ref in reply.drop, reply
    assert client.get(claimed.id).state == task_pb2.TASK_STATE_QUEUED

with checks("a result sent twice counts once: the first one stays"):
    owner = RawNode(target, "owner")
    owner.hello(["raw-owner"])
    task = client.submit(spec("raw-owner"))
    ref = owner.wait_assign().ref
    owner.report(accepted=[link.Accepted(ref=ref)])
    owner.report(finished=[finished(ref, "first")])
    assert owner.wait_acks(1)[0].status == link.ACK_STATUS_RECORDED
    owner.report(finished=[finished(ref, "second")])
    again = owner.wait_acks(2)[1]
    assert again.ref == ref, again
    end = client.wait_end(task.id)
    assert end.state == task_pb2.TASK_STATE_SUCCEEDED and text(end.result) == "first", end
    assert text(client.get(task.id).result) == "first"

with checks("a result for another node's task is not taken"):
    task = client.submit(spec("raw-owner"))
    ref = owner.wait_assign(skip=1).ref
    owner.report(accepted=[link.Accepted(ref=ref)])
    client.wait_state(task.id, task_pb2.TASK_STATE_RUNNING)
    thief = RawNode(target, "thief")
    thief.hello(["raw-thief"])
    thief.report(finished=[finished(ref, "stolen")])
    thief.beat()
    assert all(a.status != link.ACK_STATUS_RECORDED for a in thief.acks()), thief.acks()
    assert client.get(task.id).state == task_pb2.TASK_STATE_RUNNING
    owner.report(finished=[finished(ref, "earned")])
    end = client.wait_end(task.id)
    assert text(end.result) == "earned", end

with checks("a result for an attempt that was never pushed is not taken"):
    ref = link.AttemptRef(task_id=claimed.id, attempt=7)
    owner.report(finished=[finished(ref, "from the future")])
    owner.beat()
    assert client.get(claimed.id).state == task_pb2.TASK_STATE_QUEUED

with checks("output and acceptance for a task of nobody's are ignored"):
    ref = link.AttemptRef(task_id="0000000000000", attempt=1)
    chunk = task_pb2.OutputChunk(attempt=1, offset=0, kind=task_pb2.OUTPUT_KIND_TEXT, text="boo")
    owner.report(
        accepted=[link.Accepted(ref=ref)],
        refused=[link.Refused(ref=ref, reason="no")],
        output=[link.AttemptOutput(task_id="0000000000000", chunk=chunk)],
        stopped=[link.Stopped(ref=ref)],
    )
    owner.beat()

with checks("a newcomer under the id of a living node is refused, and the living one keeps its work"):
    impostor = RawNode(target, "good")
    impostor.say(
        hello=link.Hello(protocol_version=1, node_id="good", incarnation=impostor.incarnation, slots=1, task_types=["ping"])
    )
    assert code(impostor.wait_error(15)) == grpc.StatusCode.ALREADY_EXISTS, impostor.error
    assert client.wait_end(client.submit(spec("ping")).id).state == task_pb2.TASK_STATE_SUCCEEDED

with checks("the same process on a newer link replaces its older one"):
    newer = RawNode(target, "owner", incarnation=owner.incarnation)
    newer.hello(["raw-owner"])
    assert code(owner.wait_error()) == grpc.StatusCode.ABORTED, owner.error

with checks("a link that never says Hello is ended within 10 s or little more"):
    error = silent.wait_error(max(1, 20 - (time.monotonic() - silent_since)))
    assert isinstance(error, grpc.RpcError), error
    assert 5 < time.monotonic() - silent_since, "it was ended too early"

with checks("the gateway and the good node work as before"):
    for _ in range(10):
        assert client.wait_end(client.submit(spec("ping")).id).state == task_pb2.TASK_STATE_SUCCEEDED
    log = gateway.output()
    assert "\tat " not in log, log[-4000:]

checks.finish()
