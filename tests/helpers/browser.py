"""A page in Debian's chromium, driven over its debugging pipe: NUL-ended JSON on descriptors 3 and 4,
so that nothing but Python is needed.

    with browser.Browser() as page:
        page.start(width, height)             # a new page; there is one at a time
        page.open(path)
        page.value("document.title")
        page.key("Home"); page.click(x, y); page.wait("window.done")
        page.requests, page.errors            # what was asked of anybody, what went wrong
"""
import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

KEYS = {"Enter": 13, "Escape": 27, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38,
        "ArrowRight": 39, "ArrowDown": 40}
TEXTS = {"Enter": "\r"}


def find():
    """The browser's path, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    def __init__(self):
        self.requests, self.errors = [], []
        self.number, self.pending, self.session, self.target = 0, b"", None, None

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="pscope-browser.")
        there, self.out = os.pipe()
        self.inp, back = os.pipe()
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (there, back)]

        def take_places():
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen(
            [find(), "--headless", "--no-sandbox", "--remote-debugging-pipe", "--disable-gpu",
             "--no-first-run", "--disable-dev-shm-usage", "--disable-extensions",
             "--disable-background-networking", "--hide-scrollbars",
             f"--user-data-dir={self.folder.name}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=(3, 4), preexec_fn=take_places)
        for fd in ends:
            os.close(fd)
        os.close(there)
        os.close(back)
        return self

    def __exit__(self, *_):
        os.close(self.out)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.inp)
        self.folder.cleanup()

    def start(self, width=1280, height=800, dark=False, mobile=False):
        last, self.session = self.target, None
        context = self.call("Target.createBrowserContext")["browserContextId"]
        self.target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        attached = self.call("Target.attachToTarget", targetId=self.target, flatten=True)
        if last:
            self.call("Target.closeTarget", targetId=last)
        self.session = attached["sessionId"]
        self.requests, self.errors = [], []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=mobile)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    # -- the protocol --

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data):]
        while True:
            said = self.receive()
            if said.get("id") == self.number:
                if "error" in said:
                    raise RuntimeError(f"{method}: {said['error']}")
                return said["result"]

    def receive(self, seconds=30):
        while b"\0" not in self.pending:
            if not select.select([self.inp], [], [], seconds)[0]:
                raise TimeoutError("the browser says nothing")
            more = os.read(self.inp, 1 << 20)
            if not more:
                raise RuntimeError(f"the browser ended, status {self.process.poll()}")
            self.pending += more
        line, _, self.pending = self.pending.partition(b"\0")
        said = json.loads(line)
        self.note(said.get("method"), said.get("params"))
        return said

    def note(self, method, params):
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled":
            self.errors.append(str(params["args"]))
        elif method == "Log.entryAdded":
            self.errors.append(params["entry"]["text"])

    # -- what a person does --

    def open(self, path, fragment=""):
        self.call("Page.navigate", url="file://" + os.path.abspath(path) + fragment)
        self.wait("document.readyState === 'complete'")

    def value(self, expression):
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                         awaitPromise=True)
        if "exceptionDetails" in done:
            raise RuntimeError(f"{expression}: {done['exceptionDetails']}")
        return done["result"].get("value")

    def wait(self, expression, seconds=15):
        end = time.monotonic() + seconds
        while not self.value(f"Boolean({expression})"):
            if time.monotonic() > end:
                raise TimeoutError(f"never came: {expression}")
            self.value("new Promise(done => requestAnimationFrame(done)).then(() => 0)")

    def key(self, key):
        text = TEXTS.get(key, key if len(key) == 1 else "")
        event = {"key": key, "windowsVirtualKeyCode": KEYS.get(key, ord(key[0].upper()))}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **event)
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def mouse(self, kind, x, y, **more):
        self.call("Input.dispatchMouseEvent", type="mouse" + kind, x=x, y=y, **more)

    def click(self, x, y):
        for kind in ("Pressed", "Released"):
            self.mouse(kind, x, y, button="left", clickCount=1)

    def screenshot(self, path, whole=False):
        done = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        with open(path, "wb") as file:
            file.write(base64.b64decode(done["data"]))
