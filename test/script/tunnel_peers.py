#!/usr/bin/env python3
"""Peers of a tunnel that a real one would not be: scripted, malformed, slow, numerous.

tunnel_peers.py SCENARIO ARGUMENT...: exit status 0 if the relay did what it promises; else says what it did not.
"""
import contextlib
import hashlib
import json
import os
import random
import select
import socket
import struct
import sys
import time

BROADCAST = b"\xff" * 6
PATIENCE = 5.0


def mac(number):
    return b"\x02" + number.to_bytes(5, "big")


def ethernet(to, source, payload=b"", size=60):
    return (to + source + b"\x88\xb5" + payload).ljust(size, b"\0")


def framed(frame):
    return struct.pack(">I", len(frame)) + frame


def claim(truth, words):
    if not truth:
        sys.exit(f"not so: {words}")


class Client:
    """One raw client of a server, with its own station."""

    def __init__(self, address, port, station, receive_buffer=None):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(family)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect((address, port))
        self.mac = mac(station)
        self.buffer = b""

    def send(self, to, payload=b"", size=60, source=None):
        self.socket.sendall(framed(ethernet(to, source or self.mac, payload, size)))

    def raw(self, data):
        self.socket.sendall(data)

    def closed(self, seconds):
        """The server has closed the connection within so many seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            ready, _, _ = select.select([self.socket], [], [], max(0, end - time.monotonic()))
            if ready:
                try:
                    if not self.socket.recv(65536):
                        return True
                except ConnectionError:
                    return True
        return False

    def frame(self, seconds=PATIENCE):
        """The next frame, or None if none comes in time."""
        end = time.monotonic() + seconds
        while True:
            if len(self.buffer) >= 4:
                length = struct.unpack(">I", self.buffer[:4])[0]
                claim(0 < length <= 69632, f"a frame's length is {length}")
                if len(self.buffer) >= 4 + length:
                    frame, self.buffer = self.buffer[4:4 + length], self.buffer[4 + length:]
                    return frame
            ready, _, _ = select.select([self.socket], [], [], max(0, end - time.monotonic()))
            if not ready:
                return None
            data = self.socket.recv(1 << 16)
            claim(data, "the connection stays open")
            self.buffer += data

    def ours(self, seconds=PATIENCE):
        """As frame(), without what the host's own tap says."""
        end = time.monotonic() + seconds
        while (frame := self.frame(max(0, end - time.monotonic()))) is not None:
            if frame[12:14] == b"\x88\xb5" and frame[14:18] != b"sync":
                return frame
        return None

    def hears_word(self, word):
        while (frame := self.frame(0.2)) is not None:
            if frame[14:14 + len(word)] == word:
                return True
        return False

    def hears(self, payload, seconds=PATIENCE):
        frame = self.ours(seconds)
        claim(frame is not None and frame[14:14 + len(payload)] == payload, f"{payload!r} arrives (came: {frame!r:.90})")

    def hears_nothing(self, seconds=0.3):
        frame = self.ours(seconds)
        claim(frame is None, f"nothing arrives (came: {frame!r:.90})")


def synchronize(*clients):
    """The kernel has made the connections; here the server has taken them too. Others never see this: see ours()."""
    for count in range(100):
        word = b"sync%d." % count
        clients[0].send(BROADCAST, word)
        if all(client.hears_word(word) for client in clients[1:]):
            return
    sys.exit("not so: all clients are served")


def meet(*clients):
    """Each says who it is; everybody hears everybody else once, and never itself."""
    synchronize(*clients)
    for client in clients:
        client.send(BROADCAST, b"hello" + client.mac)
        for other in clients:
            if other is not client:
                other.hears(b"hello" + client.mac)


def status(path):
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(path)
        connection.sendall(b"json\n")
        text = b""
        while data := connection.recv(1 << 16):
            text += data
    return json.loads(text)


def memory_kb(pid):
    with open(f"/proc/{pid}/maps") as maps:
        if "libasan" in maps.read():
            return 0  # a sanitizer's memory says nothing about ours
    with open(f"/proc/{pid}/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


# --- the switch -----------------------------------------------------------------------------------------------------

def switch(address, port, _path):
    a, b, c = (Client(address, port, n) for n in (1, 2, 3))
    meet(a, b, c)
    for i in range(50):
        a.send(b.mac, b"to b %d" % i)
        b.hears(b"to b %d" % i)
    a.send(a.mac, b"to itself")
    for other in (a, b, c):
        other.hears_nothing()
    # A station that moves is found with its first frame.
    c.send(BROADCAST, b"moved", source=b.mac)
    a.hears(b"moved")
    b.hears(b"moved")
    a.send(b.mac, b"there")
    c.hears(b"there")
    b.hears_nothing()
    # The stations of who leaves are forgotten: their frames go everywhere.
    c.socket.close()
    time_limit = time.monotonic() + PATIENCE
    while True:
        a.send(b.mac, b"anywhere")
        if b.ours(0.2) is not None:
            break
        claim(time.monotonic() < time_limit, "the stations of a client that left are forgotten")


def tags(address, port, _path):
    """VLAN tags, LLDP and STP pass bit by bit."""
    a, b = Client(address, port, 1), Client(address, port, 2)
    meet(a, b)
    frames = [
        b.mac + a.mac + bytes.fromhex("8100 2007 88b5") + bytes(range(60)),
        b.mac + a.mac + bytes.fromhex("88a8 0005 8100 2007 88b5") + bytes(range(70)),
        bytes.fromhex("0180c200000e") + a.mac + bytes.fromhex("88cc") + bytes(46),
        bytes.fromhex("0180c2000000") + a.mac + bytes.fromhex("0026 4242 03") + bytes(43),
    ]
    for frame in frames:
        a.raw(framed(frame))
        while (got := b.frame()) is not None and got[6:12] != a.mac:
            pass
        claim(got == frame, f"{frame[:20].hex()}... arrives as it was")


def cuts(address, port, _path):
    """However the stream is cut, the frames are the same."""
    a, b = Client(address, port, 1), Client(address, port, 2)
    meet(a, b)
    a.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    frames = [ethernet(b.mac, a.mac, b"cut %d" % i, 60 + 7 * i) for i in range(4)]
    stream = b"".join(map(framed, frames))

    def arrive():
        for frame in frames:
            claim(b.ours() == frame, "each frame arrives as it was")

    for offset in range(21):
        a.raw(stream[:offset])
        time.sleep(0.005)  # so that the pieces are not one segment
        a.raw(stream[offset:])
        arrive()
    for byte in stream:
        a.raw(bytes([byte]))
    arrive()
    frames = [ethernet(b.mac, a.mac, b"big", size) for size in (60, 65535, 69632)]
    stream = b"".join(map(framed, frames))
    a.raw(stream)
    arrive()


# --- hostile clients --------------------------------------------------------------------------------------------------

def hostile(address, port, path):
    """Needs stall=2. Each kind of malformed stream costs its sender the connection, and nobody else anything."""
    a, b = Client(address, port, 1), Client(address, port, 2)
    meet(a, b)
    count = 0

    def others_are_well():
        nonlocal count
        for _ in range(20):
            count += 1
            a.send(b.mac, b"well %d" % count)
            while (frame := b.ours()) is not None and frame[6:12] != a.mac:
                pass  # a good frame of an attacker
            claim(frame is not None and b"well %d" % count in frame, f"frame {count} of the others arrives")

    def attack(words, data, closes, slowly=0.0):
        client = Client(address, port, 66)
        for piece in ([data] if not slowly else [data[i:i + 1] for i in range(len(data))]):
            try:
                client.raw(piece)
            except ConnectionError:
                break
            if slowly:
                time.sleep(slowly)
        others_are_well()
        claim(client.closed(4 if closes else 0.3) == closes, f"{words}: {'closed' if closes else 'stays open'}")
        client.socket.close()
        others_are_well()

    before = status(path)["counters"]["protocol_errors"]
    attack("length 0", struct.pack(">I", 0), True)
    attack("length 69633", struct.pack(">I", 69633), True)
    attack("length 0x7fffffff", struct.pack(">I", 0x7FFFFFFF) + bytes(100), True)
    attack("length 0xffffffff", struct.pack(">I", 0xFFFFFFFF) + bytes(100), True)
    attack("a good frame, then length 0", framed(ethernet(b"\x02" + bytes(5), mac(66))) + bytes(4), True)
    attack("length 1", framed(b"x"), False)
    attack("length 13", framed(b"x" * 13), False)
    attack("length 69632", framed(ethernet(mac(67), mac(66), size=69632)), False)
    attack("half a header, then silence", b"\0\0", True)
    attack("a header, then silence", struct.pack(">I", 1514), True)
    attack("a header, then a byte now and then", struct.pack(">I", 1514) + bytes(30), True, slowly=0.1)
    client = Client(address, port, 66)
    client.raw(b"\0\0\0")
    client.socket.close()
    others_are_well()
    counters = status(path)["counters"]
    claim(counters["protocol_errors"] - before == 8, f"8 protocol errors are counted ({counters})")
    claim(counters["runts"] >= 2, "runts are counted")


def fuzz(address, port, path):
    """A thousand random streams leave the relay alive, small, and of use."""
    a, b = Client(address, port, 1), Client(address, port, 2)
    meet(a, b)
    pid = status(path)["pid"]
    before = memory_kb(pid)
    dice = random.Random(4)
    for _ in range(1000):
        client = Client(address, port, 66)
        for _ in range(dice.randrange(10)):
            data = dice.randbytes(dice.randrange(1, 3000))
            if dice.random() < 0.7:
                data = struct.pack(">I", len(data)) + data
            with contextlib.suppress(ConnectionError):
                client.raw(data)
        client.socket.close()
    while b.frame(0.3) is not None:
        pass  # what looked like a frame went to everybody
    a.send(b.mac, b"still here")
    while (frame := b.frame()) is not None and frame[14:24] != b"still here":
        pass
    claim(frame is not None, "the others still hear each other")
    claim(memory_kb(pid) - before < 10240, "memory has grown by less than 10 MB")


def slow_reader(address, port, path):
    """Needs queue=256. A client that does not read loses its own frames and nothing else; then goes on in whole frames."""
    slow = Client(address, port, 1, receive_buffer=8192)
    a, b = Client(address, port, 2), Client(address, port, 3)
    meet(slow, a, b)
    payload = bytes(range(256)) * 5
    for i in range(20000):
        a.send(slow.mac, i.to_bytes(4, "big") + payload, 1314)
    for i in range(200):
        a.send(b.mac, b"fine %d" % i)
        b.hears(b"fine %d" % i)
    peers = {peer["address"]: peer for peer in status(path)["peers"]}
    name = "%s:%d" % slow.socket.getsockname()[:2]
    claim(peers[name]["queue_drops"] > 0, "its frames are dropped")
    claim(peers[name]["queued_bytes"] <= 256 * 1024 + 70000, f"its queue is bounded ({peers[name]})")
    claim(all(p["queue_drops"] == 0 for n, p in peers.items() if n != name), "nobody else's are")
    arrived, last = 0, -1
    while (frame := slow.ours(0.5)) is not None:
        number = int.from_bytes(frame[14:18], "big")
        claim(number > last and frame[18:] == payload[:len(frame) - 18].ljust(len(frame) - 18, b"\0"),
              f"frame {number} is whole and in order")
        arrived, last = arrived + 1, number
    claim(0 < arrived < 20000, f"some arrive ({arrived})")
    a.send(slow.mac, b"back again")
    slow.hears(b"back again")


def alone(address, port, path):
    """The only client does not read while the host's guest floods its station; then it reads, and all is in whole frames."""
    slow = Client(address, port, 1, receive_buffer=8192)
    slow.send(BROADCAST, b"here")
    deadline = time.monotonic() + PATIENCE
    while status(path)["counters"]["queue_drops"] == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    now = status(path)
    claim(now["counters"]["queue_drops"] > 0, f"frames are dropped for it ({now['counters']})")
    claim(now["peers"][0]["queued_bytes"] <= 256 * 1024 + 70000, f"its queue is bounded ({now['peers']})")
    arrived = 0
    while (frame := slow.frame(1)) is not None:
        if frame[12:14] == b"\x88\xb5":
            claim(frame[:6] == slow.mac and frame[14:] == b"flood".ljust(986, b"\0"), "each frame is whole")
            arrived += 1
    claim(arrived > 1000, f"after it reads again, frames flow ({arrived})")


def stall(address, port, path):
    """One client does not read, another goes on sending to it. Says when frames are dropped; ends when it is killed."""
    slow, busy = Client(address, port, 71, receive_buffer=8192), Client(address, port, 72)
    meet(slow, busy)
    name = "%s:%d" % slow.socket.getsockname()[:2]
    while not any(peer["queue_drops"] for peer in status(path)["peers"] if peer["address"] == name):
        for _ in range(1000):
            busy.send(slow.mac, b"too much", 1314)
    print("ready", flush=True)
    while True:
        busy.send(slow.mac, b"too much", 1314)
        time.sleep(0.001)


def knock(address, port, station):
    """A client sends two thousand frames a second to a station until it is killed."""
    client = Client(address, int(port), 73)
    frames = framed(ethernet(bytes.fromhex(station.replace(":", "")), client.mac, b"knock", 1000)) * 20
    while True:
        client.raw(frames)
        time.sleep(0.01)


def spoofed(address, port, path):
    """Needs macs=4096. A hundred thousand made-up stations fill nothing but their client's own share."""
    a, b, evil = (Client(address, port, n) for n in (1, 2, 3))
    meet(a, b, evil)
    sink = mac(3)

    def introduce(client, first, count):
        data = b"".join(framed(ethernet(sink, mac(first + i))) for i in range(count))
        client.raw(data)

    def drain():
        while evil.frame(0.3) is not None:
            pass

    introduce(a, 1000000, 1000)
    introduce(b, 2000000, 1000)
    drain()
    claim(status(path)["counters"]["macs"] >= 2003, "2000 stations are learnt")
    for first in range(0, 100000, 1000):
        evil.raw(b"".join(framed(ethernet(sink, mac(5000000 + first + i))) for i in range(1000)))
    deadline = time.monotonic() + PATIENCE
    while (counters := status(path)["counters"])["macs_refused"] < 90000 and time.monotonic() < deadline:
        time.sleep(0.05)
    claim(counters["macs"] <= 4096, f"the table is bounded ({counters})")
    claim(counters["macs_refused"] > 90000, f"what found no room is counted ({counters})")
    for i in (0, 500, 999):
        b.send(mac(1000000 + i), b"known %d" % i)
        a.hears(b"known %d" % i)
        a.send(mac(2000000 + i), b"known %d" % i)
        b.hears(b"known %d" % i)
    evil.hears_nothing()
    b.socket.close()
    deadline = time.monotonic() + PATIENCE
    while status(path)["counters"]["macs"] >= counters["macs"] - 900 and time.monotonic() < deadline:
        time.sleep(0.05)
    claim(status(path)["counters"]["macs"] < counters["macs"] - 900, "who leaves takes his stations along")


def ageing(address, port, path):
    """Needs ageing=1."""
    a, b, c = (Client(address, port, n) for n in (1, 2, 3))
    meet(a, b, c)
    a.send(b.mac, b"known")
    b.hears(b"known")
    c.hears_nothing(1.5)
    a.send(b.mac, b"forgotten")
    b.hears(b"forgotten")
    c.hears(b"forgotten")


def crowd(address, port, path, count=50):
    """Fifty clients, so many of them ours: a broadcast reaches each of the others once, a frame for one reaches nobody else."""
    clients = [Client(address, port, n + 1) for n in range(count)]
    synchronize(*clients)
    for client in clients:
        client.send(BROADCAST, b"I am" + client.mac)
    for client in clients:
        seen = set()
        while len(seen) < count - 1 and (frame := client.ours()) is not None:
            claim(frame[18:24] not in seen and frame[18:24] != client.mac, "once each, and never one's own")
            seen.add(frame[18:24])
        claim(len(seen) == count - 1, f"all others are heard ({len(seen)})")
    for i in range(10):
        for j in range(10):
            if i != j:
                clients[i].send(clients[j].mac, b"pair %d %d" % (i, j))
                clients[j].hears(b"pair %d %d" % (i, j))
    for client in clients:
        client.hears_nothing(0)
    now = status(path)
    claim(len(now["peers"]) == 50, "all are listed")
    claim(memory_kb(now["pid"]) < 32 * 1024, f"the relay is smaller than 32 MB ({memory_kb(now['pid'])} kB)")


def crowd_of_45(address, port, path):
    crowd(address, port, path, 45)


def limits(address, port, path):
    """Needs clients=3."""
    a, b, c = (Client(address, port, n) for n in (1, 2, 3))
    meet(a, b, c)
    claim(Client(address, port, 4).closed(2), "one more is refused")
    meet(a, b, c)
    claim(status(path)["counters"]["refused"] == 1, "and counted")
    c.socket.close()
    deadline = time.monotonic() + PATIENCE
    while len(status(path)["peers"]) == 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    d = Client(address, port, 5)
    meet(a, b, d)


def refused(address, port, path):
    claim(Client(address, port, 1).closed(2), "who is not on the list is refused")
    claim(status(path)["counters"]["refused"] > 0, "and counted")


def unreachable(address, port, _path):
    try:
        Client(address, port, 1)
    except ConnectionRefusedError:
        return
    sys.exit("not so: the server is not reachable at an address that it is not bound to")


def loop(address, port, path):
    """Needs floods=1000. Two clients joined behind our back: the storm is limited, and everybody else lives."""
    x, y = Client(address, port, 1), Client(address, port, 2)
    a, b = Client(address, port, 3), Client(address, port, 4)
    meet(x, y, a, b)
    for one in (x, y):
        one.socket.setblocking(False)
    for i in range(64):
        a.send(BROADCAST, b"storm %d" % i)
    echoed, end, pending = 0, time.monotonic() + 2, {x: b"", y: b""}
    while time.monotonic() < end:
        for one, other in ((x, y), (y, x)):
            with contextlib.suppress(BlockingIOError):
                data = one.socket.recv(1 << 16)
                pending[other] += data
                echoed += len(data) // 64
            with contextlib.suppress(BlockingIOError):
                pending[other] = pending[other][other.socket.send(pending[other]):]
    counters = status(path)["counters"]
    claim(counters["floods_limited"] > 0, f"the limit was needed ({counters})")
    claim(counters["mac_moves"] > 0, f"the loop shows in mac_moves ({counters})")
    claim(echoed < 20000, f"the storm is limited ({echoed} frames in two seconds)")
    x.socket.close()
    y.socket.close()
    # The storm has put their stations elsewhere: with the first frame they are back.
    a.send(BROADCAST, b"a again")
    b.send(BROADCAST, b"b again")
    a.send(b.mac, b"after the storm")
    while (frame := b.ours()) is not None and frame[14:29] != b"after the storm":
        pass
    claim(frame is not None, "after it, the others hear each other")


def tiny_buffer(address, port, _path):
    """Many megabytes through a link that takes a few bytes at a time: no frame is ever broken."""
    narrow = Client(address, port, 1, receive_buffer=2304)
    a = Client(address, port, 2)
    meet(narrow, a)
    digests = {}
    for i in range(3000):
        payload = random.Random(i).randbytes(1200)
        digests[i] = hashlib.md5(payload).digest()
        a.send(narrow.mac, i.to_bytes(4, "big") + payload, 1218)
        if i % 50 == 49:
            while (frame := narrow.ours(0.05)) is not None:
                number = int.from_bytes(frame[14:18], "big")
                claim(hashlib.md5(frame[18:]).digest() == digests.pop(number), f"frame {number} is as it was")
    claim(len(digests) < 3000, "frames arrive")


def hostile_server(address, port, path):
    """What a client does with a malformed stream: it hangs up, and comes again. However a good one is cut, it is the same."""
    with socket.create_server((address, int(port))) as server:
        server.settimeout(PATIENCE)

        def caller():
            connection, _ = server.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(PATIENCE)
            return connection

        def takes(connection, count, *pieces):
            """So many frames come in, out of these pieces."""
            wanted = status(path)["counters"]["frames_in"] + count
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(0.002)  # so that the pieces are not one segment
            deadline = time.monotonic() + PATIENCE
            while (found := status(path)["counters"]["frames_in"]) < wanted and time.monotonic() < deadline:
                time.sleep(0.01)
            claim(found == wanted, f"{count} frames come in ({found - wanted + count})")

        good = framed(ethernet(BROADCAST, mac(1), b"good"))
        for length in (0, 69633, 0x7FFFFFFF, 0xFFFFFFFF):
            with caller() as connection:
                takes(connection, 1, good)
                connection.sendall(struct.pack(">I", length) + bytes(100))
                with contextlib.suppress(ConnectionError):
                    while connection.recv(1 << 16):
                        pass
        with caller() as connection:
            takes(connection, 1, framed(b"x"), framed(b"x" * 13), good)
            for offset in range(21):
                takes(connection, 2, good[:offset] or good, good[offset:] if offset else b"", good)
            takes(connection, 1, *(good[i:i + 1] for i in range(len(good))))
            takes(connection, 1000, good * 1000)
    counters = status(path)["counters"]
    claim(counters["protocol_errors"] == 4 and counters["runts"] == 2, f"all of it is counted ({counters})")


# --- datagrams --------------------------------------------------------------------------------------------------------

def sender(source, group):
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if source:
        out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(source))
    out.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
    del group
    return out


def listener(group, port, own):
    hear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    hear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    hear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    hear.setsockopt(socket.IPPROTO_IP, 49, 0)  # IP_MULTICAST_ALL
    hear.bind((group, port))
    hear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + socket.inet_aton(own))
    hear.settimeout(PATIENCE)
    return hear


def datagrams(group, port, own, *sizes):
    """Sends one datagram of each size to the group."""
    out = sender(own, group)
    for size in map(int, sizes):
        out.sendto(ethernet(BROADCAST, mac(9), b"sized", size)[:size], (group, int(port)))


def pair(own, own_port, address, port, *sizes):
    """The other end of type=udp sends one datagram of each size."""
    out = sender(None, None)
    out.bind((own, int(own_port)))
    for i, size in enumerate(map(int, sizes)):
        out.sendto(ethernet(BROADCAST, mac(9), b"sized", size)[:size], (address, int(port)))
        if i % 100 == 99:
            time.sleep(0.005)


def datagram_fuzz(group, port, own, seconds, rate):
    out = sender(own, group)
    dice = random.Random(5)
    end = time.monotonic() + float(seconds)
    sent = 0
    while time.monotonic() < end:
        for _ in range(200):
            with contextlib.suppress(OSError):
                out.sendto(dice.randbytes(dice.choice((0, 1, 13, 14, 60, 200, 1500))), (group, int(port)))
            sent += 1
        time.sleep(max(0, sent / float(rate) - (time.monotonic() - end + float(seconds))))
    print(sent)


def numbered(group, port, own, count, kind="broadcast"):
    """Sends so many numbered frames to the group, to everybody or to one station."""
    out = sender(own, group)
    to = mac(8) if kind == "unicast" else BROADCAST
    for i in range(int(count)):
        out.sendto(ethernet(to, mac(9), b"number" + i.to_bytes(4, "big")), (group, int(port)))
        if i % 100 == 99:
            time.sleep(0.005)


def hear(group, port, own, seconds):
    """Prints the sizes of the datagrams that the group hears, and from which ports."""
    wire = listener(group, int(port), own)
    print("ready", flush=True)
    end = time.monotonic() + float(seconds)
    while (left := end - time.monotonic()) > 0:
        wire.settimeout(left)
        try:
            data, source = wire.recvfrom(1 << 17)
        except TimeoutError:
            break
        print(len(data), source[1], flush=True)


# --- inside a guest ---------------------------------------------------------------------------------------------------

def packet_socket(interface):
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
    raw.bind((interface, 0))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
    return raw


def shout(interface, number, count):
    """Sends so many numbered broadcast frames from the guest."""
    raw = packet_socket(interface)
    for i in range(int(count)):
        raw.send(ethernet(BROADCAST, mac(int(number)), b"number" + i.to_bytes(4, "big")))
        if i % 100 == 99:
            time.sleep(0.005)


def flood(interface, station, seconds):
    """Sends frames of 1000 bytes to the station, as fast as it can."""
    raw = packet_socket(interface)
    frame = ethernet(bytes.fromhex(station.replace(":", "")), mac(7), b"flood", 1000)
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        for _ in range(100):
            with contextlib.suppress(OSError):
                raw.send(frame)


def count_shouts(interface, seconds):
    """Prints how many numbered frames of each sender come in, and how many of them are different."""
    raw = packet_socket(interface)
    print("ready", flush=True)
    heard = {}
    end = time.monotonic() + float(seconds)
    while (left := end - time.monotonic()) > 0:
        if not select.select([raw], [], [], left)[0]:
            break
        frame, source = raw.recvfrom(2048)
        if source[2] != socket.PACKET_OUTGOING and frame[14:20] == b"number":
            heard.setdefault(int.from_bytes(frame[7:12], "big"), []).append(frame[20:24])
    for number, frames in sorted(heard.items()):
        print(number, len(frames), len(set(frames)))


def send_frame(interface, text):
    packet_socket(interface).send(bytes.fromhex(text))


def hear_frame(interface, ethertype):
    """Prints the next frame with this type, tag or length in its 13th and 14th byte. An interface strips VLAN tags."""
    raw = packet_socket(interface)
    print("ready", flush=True)
    end = time.monotonic() + PATIENCE
    while select.select([raw], [], [], max(0, end - time.monotonic()))[0]:
        frame, source = raw.recvfrom(4096)
        if source[2] != socket.PACKET_OUTGOING and frame[12:14].hex() == ethertype:
            print(frame.hex())
            return
    sys.exit("no such frame came")


def receive_file(port):
    with socket.create_server(("0.0.0.0", int(port))) as server:
        server.settimeout(30)
        connection, _ = server.accept()
        digest = hashlib.md5()
        while data := connection.recv(1 << 20):
            digest.update(data)
    print(digest.hexdigest())


def send_file(address, port, megabytes):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection = socket.create_connection((address, int(port)), PATIENCE)
            break
        except OSError:
            claim(time.monotonic() < deadline, "the other guest answers")
            time.sleep(0.02)
    connection.settimeout(30)
    digest = hashlib.md5()
    block = os.urandom(1 << 20)
    for i in range(int(megabytes)):
        block = block[i * 7 % 65536:] + block[:i * 7 % 65536]
        digest.update(block)
        connection.sendall(block)
    print(digest.hexdigest())


AGAINST_A_SERVER = {f.__name__.replace("_", "-"): f for f in (
    switch, tags, cuts, hostile, fuzz, slow_reader, alone, stall, spoofed, ageing, crowd,
    crowd_of_45, limits, refused, unreachable, loop, tiny_buffer)}
OTHERS = {f.__name__.replace("_", "-"): f for f in (
    datagrams, pair, datagram_fuzz, numbered, hear, shout, flood, count_shouts, send_frame, hear_frame, receive_file, send_file, knock,
    hostile_server)}


def main():
    name, arguments = sys.argv[1], sys.argv[2:]
    if name in AGAINST_A_SERVER:
        AGAINST_A_SERVER[name](arguments[0], int(arguments[1]), arguments[2])
    else:
        OTHERS[name](*arguments)


if __name__ == "__main__":
    main()
