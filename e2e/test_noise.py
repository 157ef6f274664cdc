"""Bytes that are not gRPC on the gRPC port, while an honest client works."""

import os
import random
import socket
import ssl
import threading
import time

from mesh import Checks, Client, Gateway, Node, grpcurl, spec
from reefmesh.v1 import task_pb2

checks = Checks()
gateway = Gateway().wait_ready()
node = Node(gateway, "n1", ["--slots", "4"]).wait_ready()
address = ("127.0.0.1", gateway.port)
chance = random.Random(7420)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Honest(threading.Thread):
    """Submits pings until told to stop."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stop = threading.Event()
        self.done = 0
        self.error = None

    def run(self):
        client = Client(gateway.target)
        try:
            while not self.stop.is_set():
                end = client.wait_end(client.submit(spec("ping")).id)
                assert end.state == task_pb2.TASK_STATE_SUCCEEDED, end
                self.done += 1
        except Exception as error:  # Told in the check at the end.
            self.error = error
        client.close()


def send(data, linger=1.0):
    """Sends bytes, and returns what came back until the other side closed or some time passed."""
    received = b""
    with socket.create_connection(address, timeout=5) as connection:
        connection.settimeout(linger)
        try:
            connection.sendall(data)
            while chunk := connection.recv(65536):
                received += chunk
        except OSError:
            pass  # Closed or silent: both are fine.
    return received


honest = Honest()
honest.start()

with checks("garbage bytes"):
    for size in (1, 24, 1000, 100_000):
        send(chance.randbytes(size), 0.3)

with checks("HTTP/1 requests"):
    for request in (
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /reefmesh.v1.TaskService/SubmitTask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello",
    ):
        send(request, 0.5)

with checks("a TLS hello"):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with socket.create_connection(address, timeout=5) as plain, context.wrap_socket(plain):
            raise AssertionError("a plaintext port spoke TLS")
    except OSError:
        pass  # What should happen: ssl.SSLError is one, and so is a reset.

with checks("an HTTP/2 preface followed by frames that make no sense"):
    for _ in range(20):
        send(PREFACE + chance.randbytes(200), 0.2)

with checks("an HTTP/2 header block of 1 MiB"):
    frame = (16_384).to_bytes(3, "big") + b"\x09\x00" + (1).to_bytes(4, "big") + os.urandom(16_384)
    first = (16_384).to_bytes(3, "big") + b"\x01\x00" + (1).to_bytes(4, "big") + os.urandom(16_384)
    settings = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
    send(PREFACE + settings + first + frame * 63, 0.5)

with checks("2,000 streams opened and reset at once"):
    settings = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
    # :method POST, :scheme http, :path /, and :authority x, as literals of the static table.
    block = b"\x83\x86\x84\x41\x01x"
    flood = b""
    for stream in range(1, 4001, 2):
        number = stream.to_bytes(4, "big")
        flood += len(block).to_bytes(3, "big") + b"\x01\x05" + number + block
        flood += b"\x00\x00\x04\x03\x00" + number + b"\x00\x00\x00\x08"
    send(PREFACE + settings + flood, 1.0)

with checks("100 connections that say nothing"):
    silent = [socket.create_connection(address, timeout=5) for _ in range(100)]
    before = honest.done
    deadline = time.monotonic() + 10
    while honest.done < before + 20 and honest.error is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert honest.done >= before + 20, f"only {honest.done - before} tasks in 10 s"
    for connection in silent:
        connection.close()

with checks("the honest client was served all the time"):
    honest.stop.set()
    honest.join(30)
    assert honest.error is None, honest.error
    assert honest.done > 20, honest.done

with checks("the gateway and its node are as before, without a stack trace in the log"):
    nodes = grpcurl(gateway.target, "reefmesh.v1.FleetService/ListNodes")[0]["nodes"]
    assert [(n["id"], n["state"]) for n in nodes] == [("n1", "NODE_STATE_ONLINE")], nodes
    log = gateway.output()
    assert "\tat " not in log, log[-4000:]

checks.finish()
