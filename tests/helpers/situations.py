"""Holds a recording of mkproc against the truth that mkproc printed."""
import live

SITUATIONS = ("chain nonces spawn brief vfork threads thread_exec thread_fork signals core execs "
              "memory io daemon clone_parent clone3 untraced zombie unwaited longargv hugeargv "
              "oddargv session setuid comm cwd execveat badexec stop orphan uring").split()
ARGS_MAX = 128 * 1024


def parse(text):
    """{situation: [life, ...]} from mkproc's lines; asserts that it came to its end."""
    made, name, lines = {}, None, text.splitlines()
    assert lines and lines[-1].strip() == "done", f"mkproc did not finish:\n{text[-2000:]}"
    for line in lines[:-1]:
        if line.startswith("situation "):
            name = line.split()[1]
            made.setdefault(name, [])
        elif line.startswith("life "):
            made[name].append(live.words(line))
    return made


def args_of(life):
    return life["execs"][-1]["cmdline"] or []


def letters(number, size):
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    return (alphabet[number % 26:] + alphabet * (size // 26 + 1))[:size]


def check_args(life, truth):
    """What is wrong with the arguments."""
    last = life["execs"][-1]
    if last.get("args_bytes") != truth["args_bytes"]:
        yield f"args_bytes {last.get('args_bytes')}, not {truth['args_bytes']}"
    count, got = truth["args_letters"], args_of(life)
    size = (truth["args_bytes"] - 14) // count - 1
    whole = truth["args_bytes"] <= ARGS_MAX
    if bool(last.get("args_truncated")) == whole:
        yield f"args_truncated {last.get('args_truncated')} at {truth['args_bytes']} bytes"
    if whole and got != ["mkproc", "exit", "0"] + [letters(i, size) for i in range(count)]:
        yield f"the arguments differ ({len(got)} words, {sum(map(len, got))} letters)"
    if not whole and sum(len(word) + 1 for word in got) < ARGS_MAX - 4096:
        yield f"only {sum(map(len, got))} letters of a cut argument list"


def compare(life, truth, source, options):
    """Sentences about everything that differs."""
    end = life["exit"] or {}
    for key in ("exit_code", "signal", "threads", "write_chars", "read_chars"):
        if key in truth and end.get(key) != truth[key]:
            yield f"{key} {end.get(key)}, not {truth[key]}"
    if "core_dumped" in truth and bool(end.get("core_dumped")) != bool(truth["core_dumped"]):
        yield f"core_dumped {end.get('core_dumped')}, not {truth['core_dumped']}"
    if life["ppid"] != truth["ppid"]:
        yield f"parent {life['ppid']}, not {truth['ppid']}"
    for key in ("sid", "pgid", "uid", "comm"):
        if key in truth and key in life and life[key] != truth[key]:
            yield f"{key} {life[key]}, not {truth[key]}"
    if "execs" in truth and len(life["execs"]) != truth["execs"]:
        yield f"{len(life['execs'])} execs, not {truth['execs']}"
    if "bad_execs" in truth and "--failed-execs" in options and \
            len(life["bad_execs"]) != truth["bad_execs"]:
        yield f"{len(life['bad_execs'])} failed execs, not {truth['bad_execs']}"
    if "last_arg" in truth and args_of(life)[-1:] != [truth["last_arg"]]:
        yield f"last argument {args_of(life)[-1:]}, not {truth['last_arg']}"
    if "words" in truth and len(args_of(life)) != truth["words"]:
        yield f"{len(args_of(life))} arguments, not {truth['words']}"
    if "cwd" in truth and life["execs"][-1].get("cwd") != truth["cwd"]:
        yield f"cwd {life['execs'][-1].get('cwd')}, not {truth['cwd']}"
    peak = end.get("rss_peak_bytes")
    if "rss_peak_min" in truth and (peak is None or peak < truth["rss_peak_min"]):
        yield f"peak {peak}, at least {truth['rss_peak_min']} was used"
    if "rss_peak_max" in truth and peak is not None and peak > truth["rss_peak_max"]:
        yield f"peak {peak}, more than {truth['rss_peak_max']} was never used"
    if "args_letters" in truth:
        yield from check_args(life, truth)
    if end and end.get("exact") is not True:
        yield f"exact is {end.get('exact')}"


def lives_of(recording, made):
    """{id of truth: its lives}: where a pid came back, the truths come in the lives' order."""
    found, seen = {}, {}
    for truth in (t for truths in made.values() for t in truths):
        pid = truth["pid"]
        lives = [life for life in recording.lives if life["pid"] == pid]
        turn = seen[pid] = seen.get(pid, -1) + 1
        times = sum(t["pid"] == pid for truths in made.values() for t in truths)
        found[id(truth)] = lives if len(lives) != times else [lives[turn]]
    return found


def compare_cpu(found, made, source, tolerance_us, emulated):
    """wait4 gives a process and the children it waited for; so does the sum of their lives."""
    truths = [t for truths in made.values() for t in truths]
    pids = [t["pid"] for t in truths]

    def total(truth):
        children = [t for t in truths if t["ppid"] == truth["pid"] and "cpu_us" in t]
        return live.cpu_ns(found[id(truth)]) + sum(total(child) for child in children)

    late = []
    for truth in truths:
        if "cpu_us" not in truth or truth.get("untraced") or pids.count(truth["pid"]) > 1:
            continue
        got, want = total(truth), truth["cpu_us"] * 1000
        # One process is no storm: wait4 is cut to the microsecond, a thread still works a little
        # between the two looks, and a virtual CPU may lose its host just then. Sums over many
        # processes are held to 0.2 % by tests/live/storm and compile.
        if abs(got - want) > max(0.005 * want, tolerance_us * 1000):
            text = f"pid {truth['pid']}: CPU {got} ns, wait4 says {want} ns"
            if emulated and (got > want or source == "ptrace"):
                late.append(text)
            else:
                yield text
    # An emulated CPU goes on being charged while the host runs something else: after wait4, too,
    # and after the look at the zombie, which under ptrace is the one before wait4.
    if len(late) > len(truths) / 4:
        yield from late


def check(case, name, recording, made, source, options=(), tolerance_us=250, emulated=False):
    """One case a situation, and one each for the CPU time and the number of lives."""
    found = lives_of(recording, made)
    for situation, truths in made.items():
        wrong = []
        for truth in truths:
            lives = found[id(truth)]
            if truth.get("untraced") and source == "ptrace":
                if lives and lives[0]["exit"]:
                    wrong.append("ptrace cannot have seen the end of an untraced child")
                continue
            if len(lives) != 1:
                wrong.append(f"{len(lives)} lives with pid {truth['pid']}")
                continue
            wrong += [f"pid {truth['pid']}: {text}"
                      for text in compare(lives[0], truth, source, options)]
        case.check(not wrong, f"{name}: {situation}", "\n".join(wrong))
    wrong = list(compare_cpu(found, made, source, tolerance_us, emulated))
    case.check(not wrong, f"{name}: CPU as wait4 has it", "\n".join(wrong))
    known = {t["pid"] for truths in made.values() for t in truths}
    roots = {life["pid"] for life in recording.lives if life["execs"] and
             args_of(life) and args_of(life)[0].endswith("mkproc") and life["pid"] not in known}
    strange = [life for life in recording.lives
               if life["pid"] not in known | roots and life["ppid"] in known | roots]
    case.check(not strange and len(roots) == 1, f"{name}: no life too many",
               f"roots {sorted(roots)}, strange {strange}")
    missed = sum(1 for truths in made.values() for t in truths
                 if t.get("untraced") and source == "ptrace")
    case.check(recording.footer.get("lost") in (0, missed),
               f"{name}: nothing lost but the untraced", recording.footer)
