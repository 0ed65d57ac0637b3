"""Programs that watch the whole machine: started, awaited until they listen, ended; their logs read.

Key decision: nothing sleeps for a while and hopes. A watcher listens when a process that was
started for it stands in its output, or when its socket does in /proc/net/netlink and it waits.
"""
import collections
import itertools
import os
import re
import signal
import subprocess
import time

PATIENCE = 60
NETLINK_CONNECTOR = 11

# Whoever started this in the background may have it ignored, and so would the watchers.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

Socket = collections.namedtuple("Socket", "groups waiting drops")
# rest: everything behind the pid
Line = collections.namedtuple("Line", "event pid info duration process rest")


def until(condition, what):
    """Polls: the other side offers nothing to wait on. Returns what the condition returned."""
    end = time.monotonic() + PATIENCE
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise TimeoutError(f"not within {PATIENCE} s: {what}")
        time.sleep(0.01)


def cpu_ns(pid):
    """User and system time of a process until now, a zombie's too."""
    return time.clock_gettime_ns((~pid << 3) | 2)


def state(pid):
    with open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()[0].decode()


def connector_sockets(pid):
    """The process's sockets of the proc connector."""
    inodes = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            match = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{name}"))
        except FileNotFoundError:
            continue
        if match:
            inodes.add(match[1])
    with open("/proc/net/netlink", encoding="ascii") as file:
        rows = [line.split() for line in file][1:]
    return [Socket(int(r[3], 16), int(r[4]), int(r[8])) for r in rows
            if int(r[1]) == NETLINK_CONNECTOR and r[9] in inodes]


class Watcher:
    """A started program; its stdout and stderr go to files in `folder`."""
    numbers = itertools.count()

    def __init__(self, argv, folder, **more):
        number = next(self.numbers)
        self.argv = argv
        self.out = os.path.join(folder, f"{number}.out")
        self.err = os.path.join(folder, f"{number}.err")
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(argv, **{"stdin": subprocess.DEVNULL, "stdout": out,
                                                     "stderr": err, **more})
        self.pid, self.status, self.cpu_ns, self.begun_ns = self.process.pid, None, None, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.status is None:
            self.process.kill()
            self.process.wait()

    def text(self):
        with open(self.out, encoding="utf-8", errors="backslashreplace") as file:
            return file.read()

    def errors(self):
        with open(self.err, encoding="utf-8", errors="backslashreplace") as file:
            return file.read()

    def alive(self):
        if self.process.poll() is not None:
            raise ChildProcessError(f"{' '.join(self.argv)}: ended with status "
                                    f"{self.process.returncode}\n{self.errors()}")
        return True

    def wait_socket(self):
        """Until it sleeps on a socket of the proc connector that is in its group."""
        until(lambda: self.alive() and any(s.groups for s in connector_sockets(self.pid)) and
              state(self.pid) == "S", f"{self.argv[0]} listens")
        self.begun_ns = cpu_ns(self.pid)

    def wait_canary(self):
        """Until processes started for it stand in its output."""
        words = (f"canary.{self.pid}.{n}" for n in itertools.count())

        def shown():
            self.alive()
            subprocess.run(["/bin/true", next(words)], check=True)
            return f"canary.{self.pid}." in self.text()
        until(shown, f"{' '.join(self.argv)} shows an exec\n{self.errors()}")
        self.begun_ns = cpu_ns(self.pid)

    def wait_idle(self):
        """Until it sleeps in its event loop: pscope does when all is opened and looked at."""
        def sleeps():
            self.alive()
            with open(f"/proc/{self.pid}/wchan", encoding="ascii") as file:
                return re.search("ep_poll|epoll_wait", file.read())
        until(sleeps, f"{' '.join(self.argv)} waits for events")
        self.begun_ns = cpu_ns(self.pid)

    def wait_text(self, pattern, errors=False):
        return until(lambda: self.alive() and re.search(pattern, self.errors() if errors else
                                                        self.text(), re.M),
                     f"{pattern!r} from {' '.join(self.argv)}")

    def drain(self):
        """Until nothing waits in its sockets, if it has any, and it sleeps."""
        until(lambda: self.alive() and not any(s.waiting for s in connector_sockets(self.pid)) and
              state(self.pid) == "S", f"{self.argv[0]} has read everything")

    def stop(self, how=signal.SIGINT):
        """Ends it; what it used since it was ready is then in cpu_ns. Returns its exit status."""
        self.process.send_signal(how)
        return self.finish()

    def finish(self):
        until(lambda: os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG),
              f"the end of {' '.join(self.argv)}")
        self.cpu_ns = cpu_ns(self.pid) - self.begun_ns
        self.status = self.process.wait()
        return self.status


HEADING = re.compile(r"^(.*)\bEvent +PID +(?:.* )?Info +Duration +Process$")


def event_lines(text):
    """The lines of forkstat and of `pscope events`, cut where their heading says."""
    found, heading = [], None
    for line in text.splitlines():
        if HEADING.match(line):
            heading = line
            event, pid, info, duration, process = (
                heading.index(name) for name in ("Event", "PID", "Info", "Duration", "Process"))
            continue
        words = line[event:pid + 3].split() if heading else []
        if len(words) == 2 and (words[1].isdigit() or words[0] == "recv"):
            found.append(Line(words[0], int(words[1].strip("-") or 0), line[info:duration].strip(),
                              line[duration:process].strip(), line[process:].rstrip(),
                              line[pid + 3:].strip()))
    return found
