"""What it costs to watch a crowd: a thousand sleepers and some who work, looked at each second.

Key decision: all watch the same crowd for the same seconds, and only the CPU time that each used in
these is compared, that of the programs that it started included. What it took to come up is not.
"""
import contextlib
import os
import shutil
import subprocess
import time

import watch

PACKAGES = {"pidstat": "sysstat", "top": "procps", "ps": "procps"}
WORK = "(while :; do :; done) &"
WORKERS = f"{WORK} one=$!; {WORK} echo ready; while read line; do :; done; kill $one $!"
PS_LOOP = "while :; do ps -eo pid,ppid,pcpu,rss,time,comm; sleep 1; done"


class Peer:
    """What watches: `ready` is when it has looked for the first time."""

    def __init__(self, name, argv, goal="", ready=lambda watcher: watcher.wait_text(".")):
        self.name, self.argv, self.goal, self.ready = name, argv, goal, ready


def peers(bench, crowd):
    """Those that are installed."""
    for source, goal in (("bpf", "<= 0.3 %"), ("netlink", ""), ("poll", "<= 2 %")):
        if source == "bpf" and bench.live.why_not("bpf"):
            continue
        yield Peer(f"pscope track, {source}",
                   [bench.pscope, "track", "-q", "--source", source, "--interval", "1s", "--pid",
                    str(crowd)], goal, watch.Watcher.wait_idle)
    for name, argv in (("pidstat -u -r -d 1", ["pidstat", "-u", "-r", "-d", "1"]),
                       ("top -b -d 1", ["top", "-b", "-d", "1"]),
                       ("ps each second", ["sh", "-c", PS_LOOP])):
        program = "ps" if argv[0] == "sh" else argv[0]
        if shutil.which(program):
            yield Peer(name, argv)
        else:
            print(f"no {name}: it is in the package {PACKAGES[program]}")


def used_ns(pid):
    """CPU time of a process and of its children that it has waited for."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        words = file.read().rpartition(b")")[2].split()
    return watch.cpu_ns(pid) + (int(words[13]) + int(words[14])) * 10**9 // os.sysconf("SC_CLK_TCK")


def watch_crowd(bench, crowd, seconds):
    """[(peer, CPU ns in so many seconds)], and how long these were."""
    chosen = []
    with contextlib.ExitStack() as stack:
        for peer in peers(bench, crowd):
            watcher = stack.enter_context(watch.Watcher(peer.argv, bench.scratch))
            try:
                peer.ready(watcher)
                chosen.append((peer, watcher))
            except (ChildProcessError, TimeoutError) as error:
                print(f"no {peer.name}: {str(error).splitlines()[-1]}")
        begun = time.monotonic_ns(), [used_ns(watcher.pid) for _, watcher in chosen]
        time.sleep(seconds)  # that long everybody is left alone
        ended = time.monotonic_ns(), [used_ns(watcher.pid) for _, watcher in chosen]
    costs = [(peer, after - before) for (peer, _), before, after in zip(chosen, begun[1], ended[1])]
    return costs, ended[0] - begun[0]


def measure(bench, table):
    count, seconds = (100, 5) if bench.quick else (1000, 20)
    crowd = subprocess.Popen([bench.live.helper("crowd"), str(count), "sh", "-c", WORKERS], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    try:
        crowd.stdout.readline()
        costs, wall_ns = watch_crowd(bench, crowd.pid, seconds)
    finally:
        crowd.stdin.close()
        crowd.wait()
    rows = [[peer.name, f"{cost / seconds / 1e6:.2f} ms", f"{100 * cost / wall_ns:.2f} %", peer.goal]
            for peer, cost in costs]
    table(f"{count} processes that sleep and 2 that do not, watched for {seconds} s by all at once",
          ["", "CPU a second", "of one core", "goal"], rows)
