"""Test output for the tests that are python programs: TAP, one line a case.

    case = tap.Cases()
    case.check(condition, "name", "what was seen instead")
    case.skip("name", "reason")
    case.end()             # the plan and the exit status
"""
import signal
import sys
import traceback

CASE_SECONDS = 90


def late(*_):
    raise TimeoutError(f"still running after {CASE_SECONDS} s")


class Cases:
    def __init__(self):
        self.count = self.failed = 0

    def check(self, good, name, detail=""):
        """One case. `detail`: printed when it failed."""
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        if not good and detail:
            for line in str(detail).splitlines():
                print("# " + line.encode("utf-8", "backslashreplace").decode())
        sys.stdout.flush()
        return good

    def equal(self, got, want, name):
        return self.check(got == want, name, f"got  {got!r}\nwant {want!r}")

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)

    def run(self, name, function, *args):
        """Calls function(self, *args): a raised exception is a failed case, not a lost suite."""
        signal.signal(signal.SIGALRM, late)
        signal.alarm(CASE_SECONDS)
        try:
            function(self, *args)
        except Exception:  # pylint: disable=broad-except
            self.check(False, name, traceback.format_exc())
        finally:
            signal.alarm(0)

    def end(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)


def skip_all(reason):
    """The whole program cannot run here."""
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)
