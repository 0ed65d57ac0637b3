"""The project's own files, for the checks that read them."""
import os
import subprocess

TOP = os.environ.get("TEST_TOP") or os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get("TEST_BUILD") or os.path.join(TOP, "build")


def files(*ends, under=""):
    """Paths below the top, tracked or new, that end in one of `ends`, sorted."""
    listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-co",
                             "--exclude-standard", "-z", "--", under or "."],
                            cwd=TOP, check=True, stdout=subprocess.PIPE).stdout.decode()
    return sorted({p for p in listed.split("\0") if p and (not ends or p.endswith(ends)) and
                   os.path.isfile(os.path.join(TOP, p))})


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def objects(under="src"):
    """Object files of the library that everything links, as (path, source)."""
    folder = os.path.join(BUILD, "libcore.a.p")
    prefix = under.replace("/", "_") + "_"
    return sorted(os.path.join(folder, n) for n in os.listdir(folder)
                  if n.startswith(prefix) and n.endswith(".o"))
