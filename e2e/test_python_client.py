"""A client nobody here wrote: Python's grpcio, once with stubs from the protos, once from reflection alone."""

import threading

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from mesh import Checks, Client, Gateway, Node, spec, tool
from reefmesh.v1 import fleet_service_pb2, task_pb2, task_service_pb2

checks = Checks()
gateway = Gateway().wait_ready()
node = Node(gateway, "n1", ["--slots", "8", "--allow", "sh"]).wait_ready()
client = Client(gateway.target)

with checks("stubs from the protos: submit, then watch to the outcome"):
    task = client.submit(spec("ping", labels={"from": "python"}))
    assert task.state == task_pb2.TASK_STATE_QUEUED or task.attempts, task
    end = client.wait_end(task.id)
    assert end.state == task_pb2.TASK_STATE_SUCCEEDED
    assert json_format.MessageToDict(end.result.json) == {"pong": True, "node_id": "n1"}
    assert end.create_time.ToMilliseconds() <= end.assign_time.ToMilliseconds() <= end.finish_time.ToMilliseconds()

with checks("a watch shows states, attempts, output and the outcome, in order, and can go on from a cursor"):
    request = task_service_pb2.RunTaskRequest(spec=tool("sh", "-c", "echo one; sleep 1; echo two"))
    events = [reply.event for reply in client.tasks.RunTask(request, timeout=30)]
    kinds = [event.WhichOneof("event") for event in events]
    assert kinds[0] == "state" and kinds[-1] == "finished" and "attempt" in kinds, kinds
    output = "".join(event.output.text for event in events if event.HasField("output"))
    assert output == "one\ntwo\n", output
    first_output = kinds.index("output")
    assert kinds.index("attempt") < first_output, kinds
    resumed = client.tasks.WatchTask(
        task_service_pb2.WatchTaskRequest(id=events[0].state.id, cursor=events[first_output].cursor), timeout=20
    )
    rest = [reply.event for reply in resumed]
    assert "".join(e.output.text for e in rest if e.HasField("output")) == "two\n", rest
    assert rest[-1].HasField("finished"), rest

with checks("a watch that joins late sees the output that is kept"):
    task_id = events[0].state.id
    late = [reply.event for reply in client.tasks.WatchTask(task_service_pb2.WatchTaskRequest(id=task_id), timeout=20)]
    assert "".join(e.output.text for e in late if e.HasField("output")) == "one\ntwo\n", late
    assert late[-1].finished.state == task_pb2.TASK_STATE_SUCCEEDED

with checks("cancel_on_disconnect cancels when the caller hangs up"):
    request = task_service_pb2.RunTaskRequest(spec=tool("sh", "-c", "sleep 60"), cancel_on_disconnect=True)
    call = client.tasks.RunTask(request, timeout=60)
    task_id = next(call).event.state.id
    client.wait_state(task_id, task_pb2.TASK_STATE_RUNNING)
    call.cancel()
    client.wait_state(task_id, task_pb2.TASK_STATE_CANCELLED)

with checks("a task is not cancelled when a plain watcher hangs up"):
    task = client.submit(tool("sh", "-c", "sleep 2"))
    call = client.tasks.WatchTask(task_service_pb2.WatchTaskRequest(id=task.id), timeout=60)
    next(call)
    call.cancel()
    assert client.wait_end(task.id).state == task_pb2.TASK_STATE_SUCCEEDED

with checks("tasks of one session run one at a time, in order"):
    tasks = [client.submit(tool("sh", "-c", "sleep 0.2", session_id="talk")) for _ in range(5)]
    ends = [client.wait_end(task.id) for task in tasks]
    for before, after in zip(ends, ends[1:]):
        assert before.finish_time.ToMilliseconds() <= after.assign_time.ToMilliseconds(), (before, after)

with checks("200 tasks from 8 threads: each its own id, each its outcome, the list pages over all"):
    ids = []
    lock = threading.Lock()

    def submit_some():
        own = Client(gateway.target)
        for _ in range(25):
            made = own.submit(spec("ping", labels={"batch": "many"}))
            with lock:
                ids.append(made.id)
        own.close()

    threads = [threading.Thread(target=submit_some) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 200
    for task_id in ids:
        assert client.wait_end(task_id).state == task_pb2.TASK_STATE_SUCCEEDED
    listed = []
    token = ""
    while True:
        page = client.tasks.ListTasks(
            task_service_pb2.ListTasksRequest(
                filter=task_service_pb2.TaskFilter(labels={"batch": "many"}), page_size=30, page_token=token
            ),
            timeout=20,
        )
        assert len(page.tasks) <= 30
        listed += [task.id for task in page.tasks]
        token = page.next_page_token
        if not token:
            break
    assert listed == sorted(ids, reverse=True), f"{len(listed)} listed, {len(set(listed))} different"

with checks("nodes and mesh in figures"):
    nodes = client.fleet.ListNodes(fleet_service_pb2.ListNodesRequest(), timeout=20).nodes
    assert [n.id for n in nodes] == ["n1"] and nodes[0].attempts_succeeded >= 200, nodes
    mesh = client.fleet.GetMesh(fleet_service_pb2.GetMeshRequest(), timeout=20)
    assert mesh.slots == 8 and mesh.slots_used == 0, mesh

with checks("reflection alone (v1alpha): submit and watch without any file of ours"):
    channel = grpc.insecure_channel(gateway.target)
    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    service = pool.FindServiceByName("reefmesh.v1.TaskService")

    def method(name):
        found = service.FindMethodByName(name)
        return (
            f"/{service.full_name}/{name}",
            message_factory.GetMessageClass(found.input_type),
            message_factory.GetMessageClass(found.output_type),
        )

    path, Request, Response = method("SubmitTask")
    submit = channel.unary_unary(path, Request.SerializeToString, Response.FromString)
    reply = submit(json_format.ParseDict({"spec": {"type": "ping"}}, Request()), timeout=20)
    path, Request, Response = method("WatchTask")
    watch = channel.unary_stream(path, Request.SerializeToString, Response.FromString)
    last = list(watch(Request(id=reply.task.id), timeout=20))[-1]
    assert json_format.MessageToDict(last)["event"]["finished"]["state"] == "TASK_STATE_SUCCEEDED", last

checks.finish()
