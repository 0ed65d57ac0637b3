"""What the live tests share: recording a command and reading back the lives of its processes."""
import ctypes
import json
import os
import subprocess
import tempfile

TOP = os.environ.get("TEST_TOP") or os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get("TEST_BUILD") or os.path.join(TOP, "build")
PSCOPE = os.environ.get("PSCOPE") or os.path.join(BUILD, "pscope")
SOURCES = ("bpf", "ptrace")


def helper(name):
    return os.path.join(BUILD, "tests", "helpers", name)


def why_not(source):
    """None, or why this machine cannot test a source. A source that should work and does not is
    no reason: that is what the tests are for."""
    if source != "bpf":
        return None
    if os.geteuid():
        return "needs root"
    if not os.path.exists("/sys/kernel/btf/vmlinux"):
        return "the kernel has no BTF"
    attr = ctypes.create_string_buffer(128)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(321, 11, attr, 128) < 0 and ctypes.get_errno() == 1:
        return "bpf() is not permitted here"
    with open(os.path.join(BUILD, "meson-info", "intro-buildoptions.json"), encoding="utf-8") as f:
        chosen = {o["name"]: o["value"] for o in json.load(f)}["bpf"]
    built = [n for n in os.listdir(os.path.join(BUILD, "libcore.a.p")) if "bpf_load" in n]
    return None if built and chosen != "disabled" else "built without the BPF source"


def for_sources(case, name, function, *args):
    """Runs function(case, source, *args) for each source that can be tested here."""
    for source in SOURCES:
        reason = why_not(source)
        if reason:
            case.skip(f"{source}: {name}", reason)
        else:
            case.run(f"{source}: {name}", function, source, *args)


class Recording:
    """A finished `pscope record`: its status, output, errors and records in order of time."""

    def __init__(self, status, out, err, text):
        self.status, self.out, self.err, self.text = status, out, err, text
        lines = [json.loads(line) for line in text.splitlines()]
        self.records = [next(iter(line.items())) for line in lines]
        self.header = self.records[0][1] if self.records else {}
        self.footer = self.records[-1][1] if self.records else {}
        timed = [r for r in self.records if r[0] not in ("Header", "Footer")]
        timed.sort(key=lambda r: r[1]["timestamp"])
        self.lives = digest(timed)

    def life(self, pid):
        """The only life with that pid."""
        found = [life for life in self.lives if life["pid"] == pid]
        assert len(found) == 1, f"{len(found)} lives have pid {pid}"
        return found[0]

    def of(self, kind):
        return [fields for name, fields in self.records if name == kind]


def digest(timed):
    """Lives from records: dicts with pid, ppid, execs, exit, and what changed (sid, pgid, ...)."""
    lives, current = [], {}

    def begin(pid, ppid):
        current[pid] = {"pid": pid, "ppid": ppid, "execs": [], "bad_execs": [], "exit": None,
                        "forks": 0}
        lives.append(current[pid])
        return current[pid]

    for kind, fields in timed:
        if kind == "Fork":
            begin(fields["child_pid"], fields["parent_pid"])
            if fields["parent_pid"] in current:
                current[fields["parent_pid"]]["forks"] += 1
            continue
        pid = fields.get("pid")
        if kind in ("Gap", "Mark") or pid is None:
            continue
        if kind == "Seen" and pid in current and current[pid]["exit"]:
            begin(pid, fields.get("ppid"))
        life = current.get(pid) or begin(pid, fields.get("ppid"))
        if kind == "Seen":
            life["seen"] = fields
        elif kind == "Exec":
            life["execs"].append(fields)
            life.pop("comm", None)
        elif kind == "BadExec":
            life["bad_execs"].append(fields)
        elif kind == "Exit":
            life["exit"] = fields
        elif kind == "SetSID":
            life["sid"] = life["pgid"] = fields["sid"]
        elif kind == "SetPGID":
            life["pgid"] = fields["pgid"]
        elif kind == "Comm":
            life["comm"] = fields["comm"]
        elif kind == "Uid":
            life["uid"] = fields["real"]
    return lives


def record(source, command, *options, env=None, stdin=subprocess.DEVNULL, pscope=PSCOPE):
    """Records a command into JSON Lines and reads it back."""
    with tempfile.TemporaryDirectory(prefix="pscope-test.") as folder:
        path = os.path.join(folder, "x.jsonl")
        done = subprocess.run([pscope, "record", "--source", source, "-o", path, *options, "--",
                               *command], stdin=stdin, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, timeout=180,
                              env={**os.environ, **(env or {})})
        text = ""
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                text = file.read()
        return Recording(done.returncode, done.stdout.decode(errors="replace"),
                         done.stderr.decode(errors="replace"), text)


def words(line):
    """key=value words of a line, numbers as numbers."""
    pairs = (w.split("=", 1) for w in line.split() if "=" in w)
    return {k: int(v) if v.lstrip("-").isdigit() else v for k, v in pairs}


def cost(source, command, *options):
    """(recording, what wait4 says the command's tree cost, the command's own output)."""
    with tempfile.NamedTemporaryFile(prefix="pscope-cost.") as file:
        recording = record(source, [helper("cost"), file.name, *command], *options)
        with open(file.name, encoding="utf-8") as again:
            text = again.read()
    return recording, words(text), recording.out


def cpu_ns(lives):
    return sum((life["exit"] or {}).get("cpu_user_ns") or 0 for life in lives) + \
        sum((life["exit"] or {}).get("cpu_sys_ns") or 0 for life in lives)


def below(recording, pid):
    """The lives under a pid, itself included, by birth."""
    wanted, found = {pid}, []
    for life in recording.lives:
        if life["pid"] in wanted or life["ppid"] in wanted:
            wanted.add(life["pid"])
            found.append(life)
    return found
