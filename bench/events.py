"""Event logs in a storm of short processes: who sees how much, and at what cost.

Key decision: who sees how much is told by one storm that all watch at once; what a log costs by
storms that each watches alone, in turns, counted from the moment it listens to its very end.
"""
import os
import re
import shutil
import signal
import statistics
import subprocess

import watch

BPFTRACE = ('tracepoint:syscalls:sys_enter_execve { printf("exec %d ", pid); join(args->argv); } '
            'tracepoint:sched:sched_process_fork { printf("fork %d\\n", args->child_pid); } '
            'tracepoint:sched:sched_process_exit { printf("exit %d\\n", args->pid); }')


class Log:
    """What a tool printed: pids by kind of event, and the arguments of execs."""

    def __init__(self):
        self.pids = {"fork": set(), "exec": set(), "exit": set()}
        self.args = {}

    def event(self, kind, pid, args=None):
        if kind in self.pids:
            self.pids[kind].add(pid)
        if kind == "exec":
            self.args[pid] = args


def like_forkstat(text):
    log = Log()
    for line in watch.event_lines(text):
        if line.info != "parent":
            log.event(line.event, line.pid, line.process)
    return log


def like_extrace(text):
    log = Log()
    for match in re.finditer(r"^ *(\d+) (.*)$", text, re.M):
        log.event("exec", int(match[1]), match[2])
    return log


def like_bpftrace(text):
    log = Log()
    for match in re.finditer(r"^(fork|exec|exit) (\d+) ?(.*)$", text, re.M):
        log.event(match[1], int(match[2]), match[3])
    return log


class Tool:
    def __init__(self, name, argv, read, ready, kinds=3):
        self.name, self.argv, self.read, self.ready, self.kinds = name, argv, read, ready, kinds


def tools(bench):
    """Those that are installed and work here."""
    for source in ("bpf", "netlink"):
        yield Tool(f"pscope, {source}", [bench.pscope, "events", "--source", source, "--timestamps",
                                         "time", "-e", "fork,exec,exit"], like_forkstat,
                   watch.Watcher.wait_idle)
    if shutil.which("forkstat"):
        yield Tool("forkstat", ["forkstat", "-e", "fork,exec,exit"], like_forkstat,
                   watch.Watcher.wait_socket)
    if shutil.which("extrace"):
        yield Tool("extrace", ["extrace", "-f"], like_extrace, watch.Watcher.wait_canary, 1)
    if shutil.which("bpftrace"):
        # Its tracepoints stand in a filesystem that need not be mounted: in a place of its own.
        script = "mount -t tracefs nodev /sys/kernel/tracing 2>/dev/null; exec bpftrace -e \"$1\""
        yield Tool("bpftrace", ["unshare", "-m", "sh", "-c", script, "sh", BPFTRACE],
                   like_bpftrace, watch.Watcher.wait_canary)


def works(tool, folder):
    """Does it come up at all?"""
    try:
        with watch.Watcher(tool.argv, folder) as watcher:
            tool.ready(watcher)
            watcher.stop()
            return True
    except (ChildProcessError, TimeoutError) as error:
        print(f"no {tool.name}: {str(error).splitlines()[-1]}")
        return False


class Storm:
    """One storm, watched by all of `chosen` at the same time."""

    def __init__(self, bench, chosen, lives):
        path = os.path.join(bench.scratch, "lives")
        watchers = [watch.Watcher(tool.argv, bench.scratch) for tool in chosen]
        try:
            for tool, watcher in zip(chosen, watchers):
                tool.ready(watcher)
            done = subprocess.run([bench.live.helper("storm"), "-w", "2", "-o", path, str(lives)],
                                  check=True, stdout=subprocess.PIPE)
            for watcher in watchers:
                watcher.drain()
            for watcher in watchers:
                watcher.stop(signal.SIGINT)
        finally:
            for watcher in watchers:
                watcher.__exit__()
        self.storm = bench.live.words(done.stdout.decode())
        with open(path, encoding="ascii") as file:
            self.lives = {int(pid): word for pid, word in map(str.split, file)}
        self.cpu_ns = {t.name: w.cpu_ns for t, w in zip(chosen, watchers)}
        self.logs = {t.name: t.read(w.text()) for t, w in zip(chosen, watchers)}

    def seen(self, name):
        """(events of the storm that the tool told, execs with all their arguments)."""
        log = self.logs[name]
        events = sum(len(pids & self.lives.keys()) for pids in log.pids.values())
        whole = sum(log.args.get(pid) == f"/bin/true {word}" for pid, word in self.lives.items())
        return events, whole


def measure(bench, table):
    lives, rounds = (2000, 2) if bench.quick else (10000, 7)
    chosen = [tool for tool in tools(bench) if works(tool, bench.scratch)]
    together = Storm(bench, chosen, lives)
    alone = {tool.name: [] for tool in chosen}
    walls = {name: [] for name in ["bare", *alone]}
    for _ in range(rounds):
        walls["bare"].append(Storm(bench, [], lives).storm["wall_ns"])
        for tool in chosen:
            one = Storm(bench, [tool], lives)
            alone[tool.name].append(one.cpu_ns[tool.name] / max(one.seen(tool.name)[0], 1))
            walls[tool.name].append(one.storm["wall_ns"])
    costs = {name: statistics.median(values) for name, values in alone.items()}
    slow = {name: statistics.median(a / b for a, b in zip(values, walls["bare"]))
            for name, values in walls.items()}
    rows = []
    for tool in chosen:
        events, whole = together.seen(tool.name)
        rows.append([tool.name, f"{events} of {tool.kinds * lives}", f"{100 * whole / lives:.1f} %",
                     f"{costs[tool.name] / 1e3:.2f} s",
                     f"{costs[tool.name] / costs['forkstat']:.2f}" if "forkstat" in costs else "",
                     f"{slow[tool.name]:.3f}"])
    table(f"{lives} short processes (/bin/true, 2 workers), watched by all at once; the costs alone, "
          f"in turns (median of {rounds})",
          ["", "events told", "execs with all arguments", "CPU a million events", "x forkstat",
           "storm's wall x bare"], rows)
