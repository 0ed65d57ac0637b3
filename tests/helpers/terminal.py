"""Programs on terminals: tmux where the screen matters, a bare pseudo-terminal where its state does.

Key decision: tmux is a terminal that somebody else wrote, so what it shows is what a person sees;
what the program leaves behind is asked of the kernel's terminal itself.
"""
import fcntl
import os
import pty
import select
import shlex
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time

import watch

UTF8 = "C.UTF-8"


def why_not():
    return None if shutil.which("tmux") else "needs tmux"


class Screen:
    """A program in a terminal of tmux's. `status` holds its exit status once it has ended."""

    def __init__(self, argv, width=80, height=24, term=None, **env):
        self.folder = tempfile.TemporaryDirectory(prefix="pscope-screen.")
        self.socket = os.path.join(self.folder.name, "tmux")
        self.ended = os.path.join(self.folder.name, "status")
        variables = {"LC_ALL": UTF8, **({"TERM": term} if term else {}), **env}
        words = ["env", *(f"{k}={v}" for k, v in variables.items()), *argv]
        line = f"{shlex.join(words)}; echo $? >{self.ended}.new; mv {self.ended}.new {self.ended}"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height),
                  f"{line}; sleep 3600")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tmux("kill-server", check=False)
        self.folder.cleanup()

    def tmux(self, *words, check=True):
        done = subprocess.run(["tmux", "-S", self.socket, *words], check=check, timeout=watch.PATIENCE,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env={**os.environ, "LC_ALL": UTF8})
        return done.stdout.decode()

    def press(self, *keys):
        """Up, PPage, Enter, C-c, ... as tmux calls them."""
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def resize(self, width, height):
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    def text(self, *options):
        return self.tmux("capture-pane", "-p", *options)

    def until(self, wanted, what=None):
        """Waits until `wanted` (a text, or a function of the text) is on it; returns the screen."""
        def look():
            shown = self.text()
            return shown if (wanted in shown if isinstance(wanted, str) else wanted(shown)) else None
        try:
            return watch.until(look, what or f"{wanted!r} on the screen")
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.text()}") from None

    def status(self):
        watch.until(lambda: os.path.exists(self.ended), "its end")
        with open(self.ended, encoding="ascii") as file:
            return int(file.read())


class Pty:
    """A program on a pseudo-terminal of its own, which it controls."""

    def __init__(self, argv, width=80, height=24, hangup=signal.SIG_DFL, **env):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.written = b""

        def own():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            for number in (signal.SIGINT, signal.SIGQUIT):
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGHUP, hangup)

        self.process = subprocess.Popen(
            argv, stdin=self.slave, stdout=self.slave, stderr=self.slave, preexec_fn=own,
            env={**os.environ, "LC_ALL": UTF8, "TERM": "xterm-256color", **env})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for fd in (self.master, self.slave):
            if fd >= 0:
                os.close(fd)

    def read(self, seconds):
        """What it has written within that time."""
        if select.select([self.master], [], [], seconds)[0]:
            try:
                self.written += os.read(self.master, 1 << 16)
            except OSError:
                pass

    def until(self, wanted):
        end = time.monotonic() + watch.PATIENCE
        while wanted not in self.written:
            if time.monotonic() > end:
                raise TimeoutError(f"no {wanted!r} in {self.written[-500:]!r}")
            self.read(0.1)

    def end(self):
        """Its exit status; a negative signal."""
        end = time.monotonic() + watch.PATIENCE
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise TimeoutError("it does not end")
            self.read(0.01)
        while select.select([self.master], [], [], 0)[0]:
            before = len(self.written)
            self.read(0)
            if len(self.written) == before:
                break
        return self.process.returncode

    def hang_up(self):
        """The terminal goes away as a whole."""
        os.close(self.slave)
        os.close(self.master)
        self.slave = self.master = -1

    def is_as_before(self):
        return termios.tcgetattr(self.slave) == self.before
