"""A running `pscope events` and what it says, awaited line by line."""
import json
import os
import re
import select
import signal
import subprocess
import time

import live

SECONDS = 40
STAMP = r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d "


def why_not(source, user=None):
    """None, or why this machine cannot show (that user) the whole system through that source."""
    if source == "bpf":
        return live.why_not("bpf")
    done = subprocess.run([live.PSCOPE, "doctor"], stdout=subprocess.PIPE, check=False, user=user)
    line = re.search(rf"^\s*{source}\b.*", done.stdout.decode(), re.M)
    return None if line and re.search(r"\byes\b", line[0]) else f"{source} does not open here"


class Log:
    """Use as a context: it is ended at the end whatever happened."""

    def __init__(self, source, *options, command=(), **more):
        argv = [live.PSCOPE, "events", "--source", source, *map(str, options)]
        self.source, self.lines, self.rest, self.status, self.err = source, [], b"", None, ""
        self.process = subprocess.Popen([*argv, *(["--", *command] if command else [])],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, **more)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    @property
    def pid(self):
        return self.process.pid

    def read(self, limit):
        """Takes what is there; False at the end of the log."""
        ready = select.select([self.process.stdout], [], [], max(0, limit - time.monotonic()))[0]
        assert ready, "the log is silent:\n" + "\n".join(self.lines[-20:])
        got = os.read(self.process.stdout.fileno(), 1 << 16)
        *whole, self.rest = (self.rest + got).split(b"\n")
        self.lines += [line.decode() for line in whole]
        return bool(got)

    def await_line(self, is_it, provoke=None):
        """The first line for which is_it(line). `provoke`: called again and again until it came,
        because nobody can know when a log begins to see."""
        limit, at = time.monotonic() + SECONDS, 0
        while True:
            for line in self.lines[at:]:
                if is_it(line):
                    return line
            at = len(self.lines)
            if provoke:
                provoke()
                self.wait_a_little()
            elif not self.read(limit):
                break
            assert time.monotonic() < limit, "never came:\n" + "\n".join(self.lines[-20:])
        raise AssertionError("the log ended:\n" + "\n".join(self.lines[-20:]) + self.end_text())

    def wait_a_little(self):
        if select.select([self.process.stdout], [], [], 0.1)[0] and not self.read(time.monotonic() + 1):
            raise AssertionError("the log ended: " + self.end_text())

    def end_text(self):
        return self.process.stderr.read().decode(errors="replace")

    def await_pid(self, pid, kind):
        """The event of that kind (of JSON) about that process, as its fields."""
        return json.loads(self.await_line(lambda line: of(line, kind, pid)))[kind]

    def begin(self, held=None):
        """Returns when the log sees children of this process, or of one that is held."""
        pid = held.pid if held else os.getpid()
        provoke = held.poke if held else lambda: subprocess.run(["/bin/true"], check=True)
        self.await_line(lambda line: re.search(rf"\b{pid}\b", line), provoke)
        return self

    def end(self, number=signal.SIGINT):
        """Ends it; the lines of all the log."""
        if number:
            self.process.send_signal(number)
        limit = time.monotonic() + SECONDS
        while self.read(limit):
            pass
        self.err = self.end_text()
        self.status = self.process.wait()
        if self.rest:
            self.lines.append(self.rest.decode())
        return self.lines

    def events(self):
        """(kind, fields) of each line of JSON."""
        return [next(iter(json.loads(line).items())) for line in self.lines]

    def about(self, pid):
        """The kinds of events about a process, in the order of the log."""
        return [kind for kind, fields in self.events() if subject(kind, fields) == pid]


def subject(kind, fields):
    return fields.get("child_pid") if kind == "Fork" else fields.get("pid")


def of(line, kind, pid):
    if not line.startswith("{"):
        return False
    name, fields = next(iter(json.loads(line).items()))
    return name == kind and subject(name, fields) == pid


def for_sources(case, name, function, sources=("bpf", "netlink")):
    for source in sources:
        reason = why_not(source)
        if reason:
            case.skip(f"{source}: {name}", reason)
        else:
            case.run(f"{source}: {name}", function, source)


class Held:
    """A shell that runs `script` once it is released; `words` are its further arguments."""

    def __init__(self, script, *words, program="/bin/sh", **more):
        wait = 'while read x && [ "$x" != go ]; do /bin/true; done; '
        self.process = subprocess.Popen([program, "-c", wait + script, *words],
                                        stdin=subprocess.PIPE, **more)
        self.pid = self.process.pid

    def poke(self):
        """It starts a child that does nothing, for who wants to see whether it is watched."""
        os.write(self.process.stdin.fileno(), b"\n")

    def release(self):
        os.write(self.process.stdin.fileno(), b"go\n")

    def wait(self):
        status = os.waitpid(self.pid, 0)[1]
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.process.stdin.close()
        return status

    def end(self):
        self.release()
        return self.wait()
