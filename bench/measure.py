"""Runs of the load generator, their medians, ratios and tables."""
import contextlib
import fcntl
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import systems

LOCK = os.path.join(tempfile.gettempdir(), "trunkline-bench.lock")


@contextlib.contextmanager
def machine_to_ourselves():
    """Two measurements at once would measure each other."""
    with open(LOCK, "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def add_common(parser):
    parser.add_argument("--realtime", action="store_true", help="real-time priority (root; for a busy machine, never for ceilings)")
    parser.add_argument("--build", default=os.path.join(systems.ROOT, "build"))


def parse(parser):
    options = parser.parse_args()
    systems.realtime = options.realtime
    return options


def program(build, name):
    path = os.path.join(build, "bin", name)
    if not os.path.exists(path):
        raise systems.CannotMeasure(f"{path} is not built: cmake --build {build} --target {name}")
    return path


def load(build, system, *, pairs, seconds, warmup=1.5, rate=0, window=16, road=None, more=()):
    """One run; the generator's JSON as a dictionary. `road`: stored, in place of the system's own."""
    command = systems.nice_prefix() + [
        program(build, "bench-load"), "--road", road or system.road, "--urls", ",".join(system.urls), "--pairs", str(pairs),
        "--rate", str(rate), "--window", str(window), "--seconds", str(seconds), "--warmup", str(warmup),
        "--pids", ",".join(map(str, system.pids())), *more]
    timed_before = system.timed_wakeups()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60 + 2 * seconds, check=False,
                          preexec_fn=systems.die_with_parent)
    if done.returncode != 0:
        raise systems.CannotMeasure(f"{system.name}: {done.stderr.strip()}")
    result = json.loads(done.stdout)
    if timed_before is not None:
        result["timed"] = (system.timed_wakeups() - timed_before) / result["sent"]
    return result


def in_turn(runs, repetitions, quiet=False):
    """runs: {name: callable}. A B C A B C …: each repetition sees every system in one moment of the
    machine. Gives {name: [result of each repetition]}."""
    results = {name: [] for name in runs}
    for repetition in range(repetitions):
        for name, run in runs.items():
            results[name].append(run())
            if not quiet:
                print(f"  {repetition + 1}/{repetitions} {name}", file=sys.stderr, flush=True)
    return results


def value(result, path):
    for key in path.split("."):
        result = result[key]
    return result


def median(results, path):
    return statistics.median(value(result, path) for result in results)


def ratio(results, base, path):
    """Of one system to another: the median over repetitions of the ratio within each."""
    return statistics.median(value(a, path) / value(b, path) for a, b in zip(results, base) if value(b, path))


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def machine():
    with open("/proc/cpuinfo", encoding="ascii") as cpuinfo:
        model = next((line.split(":")[1].strip() for line in cpuinfo if line.startswith("model name")), "?")
    return (f"{os.cpu_count()} cores ({model}), Linux {platform.release()}, load {os.getloadavg()[0]:.1f}, "
            f"{time.strftime('%Y-%m-%d %H:%M')}")
