"""Everybody watched by a source alone (tests/helpers/follow -a): its records, without a table."""
import os
import re
import subprocess
import threading

import live

LINE = re.compile(r"(?P<covered>covered )?@(?P<time>-?\d+)(?P<unit>[num]?s)? (?P<kind>\w+)"
                  r"(?: (?P<parent>\S+) ->)?(?: (?P<pid>\d+)(?::(?P<tgid>\d+))?(?:@(?P<start>\d+))?"
                  r"(?:~(?P<grain>\d+))?)?(?P<rest>.*)")
UNITS = {None: 1, "ns": 1, "us": 1000, "ms": 1000000, "s": 1000000000}


def parse(line):
    """One record as a dict; None for a line that is none."""
    found = LINE.match(line)
    if not found:
        return None
    record = live.words(found["rest"].split(" -- ")[0])
    record.update(kind=found["kind"], time=int(found["time"]) * UNITS[found["unit"]], covered=bool(found["covered"]),
                  line=line)
    for key in ("pid", "tgid", "start"):
        record[key] = int(found[key]) if found[key] else None
    if found["parent"]:
        record["parent"] = int(re.match(r"\d+", found["parent"])[0])
    return record


def check_elders(case, name, text, records, tolerance_us=250, emulated=False):
    """Holds what was told of mkproc's elders against the truth that mkproc printed."""
    truths = [live.words(line) for line in text.splitlines() if line.startswith("life ")]
    late = []
    case.check(len(truths) == 9 and text.strip().endswith("done"), f"{name}: they came to their ends",
               text)
    for truth in truths:
        # who has been released already has no number in pscope's namespace any more
        lives = {(r["tgid"], r["start"]) for r in records if r["pid"] == truth["pid"]}

        def told(kind, lives=lives):
            return [r for r in records if (r["tgid"], r["start"]) in lives and r["kind"] == kind and
                    not r.get("inferred")]

        def alone(key, truth=truth):
            """wait4 adds the children that were waited for."""
            return truth[key] - sum(t[key] for t in truths if t["ppid"] == truth["pid"])

        title, ends, costs = f"{name}: {truth['elder']}", told("exit"), told("settled")
        if not case.check(len(ends) == 1 and len(costs) == 1, f"{title}: one end, one cost",
                          [r["line"] for r in records if r["pid"] == truth["pid"]]):
            continue
        case.equal((ends[0]["status"], len(told("exec"))), (truth["exit_code"] << 8, truth["execs"]),
                   f"{title}: its status and execs")
        cost, want = costs[0], alone("cpu_us")
        got = (cost["cpu_user_ns"] + cost["cpu_sys_ns"]) / 1000
        close = abs(got - want) <= max(0.005 * want, tolerance_us)
        # as in situations.compare_cpu: an emulated CPU goes on being charged
        if emulated and not close and got > want and len(late) < 3:
            late.append(truth)
            close = True
        case.check("rss_peak_bytes" in cost and "bound" not in cost, f"{title}: its peak",
                   cost["line"])
        case.check(cost.get("exact") == 1 and close, f"{title}: CPU as wait4 has it",
                   f"{got} us, wait4 says {want}\n{cost['line']}")
        case.check(0 <= cost["minor_faults"] - alone("minor_faults") <= 2,
                   f"{title}: faults as wait4 has them",
                   f"wait4 says {alone('minor_faults')}\n{cost['line']}")


# In two cgroups that are marked, and beside them; and under a tracer. Their arguments tell them apart.
COMMANDS = """
(echo 0 >{v2}/cgroup.procs; exec {mkproc} exit 41)
(echo 0 >{v1}/cgroup.procs; {mkproc} exit 42; true)
{mkproc} exit 43
{pscope} record --source ptrace -q -o - -- {mkproc} exit 44 >/dev/null
true
"""


def check_commands(case, name, records):
    """Holds what was told of COMMANDS against what they do."""
    def marks(code):
        """Of the process with that argument: its pid, and whether each of its records was marked."""
        ends = [r["pid"] for r in records if r["kind"] == "exec" and
                r["line"].strip().endswith(f"mkproc exit {code}") and "record" not in r["line"]]
        assert len(ends) == 1, f"{code}: {ends}"
        ours = [r for r in records if r["pid"] == ends[0] and r["kind"] in ("fork", "exec", "exit")]
        return ends[0], [(r["kind"], r["covered"]) for r in ours]

    case.equal(marks(41)[1], [("fork", False), ("exec", True), ("exit", True)],
               f"{name}: who moves into a cgroup is marked from its exec on")
    case.equal(marks(42)[1], [("fork", True), ("exec", True), ("exit", True)],
               f"{name}: who is born in a cgroup of v1 is marked from then on")
    case.equal(marks(43)[1], [("fork", False), ("exec", False), ("exit", False)],
               f"{name}: others are not")
    traced = marks(44)[0]
    tracers = [r["tracer"] for r in records if r["kind"] == "ptrace" and r["pid"] == traced]
    parents = {r["pid"] for r in records if r["kind"] == "exec" and "source" in r["line"] and
               "ptrace" in r["line"]}
    makers = parents | {r["pid"] for r in records if r["kind"] == "fork" and r["parent"] in parents}
    case.check(tracers and tracers[0] in makers, f"{name}: a tracer is told", f"{tracers} of {makers}")


class Watch:
    """Begins when the source is open; stop() ends it and gives the records."""

    def __init__(self, *options, source="bpf", prefix=()):
        stop_read, self.stop_fd = os.pipe()
        self.process = subprocess.Popen(
            [*prefix, live.helper("follow"), "-s", source, "-a", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="replace", pass_fds=[stop_read],
            env={**os.environ, "FOLLOW_STOP_FD": str(stop_read)})
        os.close(stop_read)
        self.lines, self.records, self.counts, self.err = [], [], {}, ""
        first = self.process.stdout.readline()
        if first != "# ready\n":
            self.stop_fd = os.close(self.stop_fd)
            raise RuntimeError(f"follow did not open: {first}{self.process.stderr.read()}")
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout))
        self.reader.start()

    def stop(self):
        os.close(self.stop_fd)
        self.reader.join()
        self.err = self.process.stderr.read()
        self.process.wait()
        for line in self.lines:
            if line.startswith("# counts"):
                self.counts = live.words(line)
            record = parse(line)
            if record:
                self.records.append(record)
        return self.records

    def of(self, pid, kind=None):
        return [r for r in self.records if r["pid"] == pid and kind in (None, r["kind"])]
