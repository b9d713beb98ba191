"""The systems under test: each starts its processes in a directory of its own, on free ports of the
loopback, and ends them. Every process dies with this one, however this one ends."""
import atexit
import ctypes
import json
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 10
MPIRUN = ["mpirun", "-np", "2", "--oversubscribe", "--bind-to", "none", "--mca", "btl", "self,vader"]


class CannotMeasure(Exception):
    """What is missing, and how to get it."""


realtime = False  # on a machine that is busy with other work; see bench/README.md


def nice_prefix():
    """On a shared machine the scheduler's whims drown what is measured (root only)."""
    if os.geteuid() != 0:
        return []
    return ["chrt", "-r", "1"] if realtime else ["nice", "-n", "-15"]


def metrics_of(url):
    """/metrics of an edge, whose certificate nobody has signed."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return urllib.request.urlopen(url.replace("ws", "http", 1) + "/metrics", timeout=10, context=context)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def descendants(pid):
    """`pid` and every process below it."""
    found = [pid]
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as children:
                for child in children.read().split():
                    found += descendants(int(child))
    except FileNotFoundError:
        pass
    return found


def wait_for(path, processes):
    deadline = time.monotonic() + START_TIMEOUT_S
    while not os.path.exists(path):
        for process in processes:
            if process.poll() is not None:
                raise CannotMeasure(f"{process.args} ended with {process.returncode}")
        if time.monotonic() > deadline:
            raise CannotMeasure(f"{path} did not appear within {START_TIMEOUT_S} s")
        time.sleep(0.02)


class System:
    """Base: a run directory, processes, and their end."""

    def __init__(self, name, road):
        self.name = name
        self.road = road  # of bench-load
        self.urls = []
        self.directory = tempfile.mkdtemp(prefix=f"trunkline-bench-{name.replace(' ', '-')}-")
        self.processes = []
        atexit.register(self.stop)

    def launch(self, command, **environment):
        # The log is for people: it is shown when the start fails.
        log = open(os.path.join(self.directory, f"log-{len(self.processes)}"), "wb")
        process = subprocess.Popen(
            nice_prefix() + command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
            env={**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", **environment})
        log.close()
        self.processes.append(process)
        return process

    def timed_wakeups(self):
        """Sleeps of the ranks that ended by the clock, not by work; None: not known."""
        return None

    def path(self, name):
        return os.path.join(self.directory, name)

    def pids(self):
        return [pid for process in self.processes for pid in descendants(process.pid)]

    def cpu_ns(self):
        """Of all threads, by the scheduler's own count."""
        total = 0
        for pid in self.pids():
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as schedstat:
                    total += int(schedstat.read().split()[0])
        return total

    def rss_bytes(self):
        page = os.sysconf("SC_PAGE_SIZE")
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
                total += int(statm.read().split()[1]) * page
        return total

    def stop(self):
        atexit.unregister(self.stop)
        everyone = self.pids()
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for pid in everyone:  # what a launcher has left behind
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Floor(System):
    """The bare road of one placement: bench/floor.cpp."""

    def __init__(self, build, placement):
        super().__init__(f"floor {placement}", "floor")
        program = os.path.join(build, "bin", "bench-floor")
        self.launch(MPIRUN + [program, placement, self.directory])
        if placement == "process":
            for rank in ("0", "1"):
                self.launch([program, "edge", self.directory, rank])
        for rank in (0, 1):
            wait_for(self.path(f"floor-{rank}.bell"), self.processes)  # the ranks are up, too
            wait_for(self.path(f"floor-{rank}.url"), self.processes)
            with open(self.path(f"floor-{rank}.url"), encoding="ascii") as url:
                self.urls.append(url.read().strip())


class Trunkline(System):
    """A supervised cluster of two ranks, if nothing else is said, and two edges, with accounts for the pairs. Direct messages
    never see the store; with `memory` its start does not wait for the disk either."""

    def __init__(self, build, placement, accounts=200, store="lmdb", profile="lab", tls=False, ranks=2):
        super().__init__(f"Trunkline {placement}", "direct")
        program = os.path.join(build, "bin", "trunkline")
        if not os.path.exists(program):
            raise CannotMeasure(f"{program} is not built: cmake --build {build}")
        with open(self.path("accounts"), "w", encoding="ascii") as file:
            for number in range(1, accounts + 1):
                file.write(f"u{number:04} u{number:04}\n")
        edges = "2" if placement == "process" else placement
        door = self.certificate() if tls else ["--plain"]
        self.launch([program, "start", "--ranks", str(ranks), "--edges", edges, "--port", "0", *door, "--profile", profile, "--store", store,
                     "--iterations", "4096",
                     "--data", self.path("data"), "--run-dir", self.path("run"), "--accounts", self.path("accounts")])
        for line in self.lines_until("ready"):
            if line.startswith("edge "):
                self.urls.append(line.split()[-1])

    def certificate(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                        "-subj", "/CN=localhost", "-out", self.path("certificate.pem"), "-keyout", self.path("key.pem")],
                       check=True, stderr=subprocess.DEVNULL)
        return ["--cert", self.path("certificate.pem"), "--key", self.path("key.pem")]

    def timed_wakeups(self):
        total = 0
        for url in self.urls:
            with metrics_of(url) as answer:
                for line in answer.read().decode().splitlines():
                    if line.startswith("trunkline_rank_wakeups_total{") and 'cause="timer"' in line:
                        total += int(line.split()[-1])
        return total

    def lines_until(self, last):
        """What the front door prints."""
        deadline = time.monotonic() + START_TIMEOUT_S
        lines = []
        while time.monotonic() < deadline and self.processes[0].poll() is None:
            with open(self.path("log-0"), encoding="utf-8") as log:
                lines = log.read().splitlines()
            if last in lines:
                return lines
            time.sleep(0.02)
        raise CannotMeasure("trunkline start does not come up:\n" + "\n".join(lines))


class Nats(System):
    """Two NATS servers with one route between them, WebSocket without TLS."""

    def __init__(self):
        super().__init__("NATS", "nats")
        program = shutil.which("nats-server") or "/usr/sbin/nats-server"
        if not os.path.exists(program):
            raise CannotMeasure("nats-server is not installed: apt-get install nats-server")
        route = None
        for number in (1, 2):
            ports = self.serve(program, number, route)
            self.urls.append(ports["websocket"][0])
            route = ports["cluster"][0]

    def serve(self, program, number, route):
        routes = f'routes: ["{route}"]' if route else ""
        config = self.path(f"node-{number}.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(f'''server_name: node-{number}
listen: "127.0.0.1:-1"
ports_file_dir: "{self.directory}"
cluster {{ name: bench, listen: "127.0.0.1:-1", {routes} }}
websocket {{ listen: "127.0.0.1:-1", no_tls: true }}
''')
        process = self.launch([program, "-c", config])
        ports = self.path(f"nats-server_{process.pid}.ports")
        wait_for(ports, self.processes)
        while True:  # it is written in pieces
            with open(ports, encoding="ascii") as file:
                try:
                    return json.load(file)
                except json.JSONDecodeError:
                    time.sleep(0.02)
