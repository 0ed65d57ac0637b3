/* What people do: pointer, keys, search, selection, the address; and the start of it all. */

/* ---- selection ---- */

function reveal(i) {
  const lane = layout.lane[layout.shown[i]], high = size.height - top0();
  let {from, to, top} = view;
  if (endOf(i) < from || beginOf(i) > to || xOf(endOf(i)) - xOf(beginOf(i)) < 3) {
    const length = Math.min(to - from, Math.max(lives.length[i] * 12, 1000));
    from = (beginOf(i) + endOf(i) - length) / 2;
    to = from + length;
  }
  const y = lane * size.lane + EDGE;
  if (y < top || y + size.lane > top + high)
    top = y - high / 2;
  move(from, to, top);
}

function select(i, show) {
  const opened = (state.selected < 0) !== (i < 0);
  state.selected = i;
  showPanel();
  if (opened)
    fit();
  if (i >= 0) {
    say(shortText(i) + ", " + duration(lives.length[i]) + ", " + statusText(i));
    if (show)
      reveal(i);
  }
  remember();
  redraw();
}

function zoomTo(i) {
  const margin = Math.max(lives.length[i] * 0.04, 500);
  move(beginOf(i) - margin, endOf(i) + margin);
  reveal(i);
  remember();
}

function relayOut() {
  layout = layOut();
  byId("unfold").hidden = folded.size === 0;
  fit();
}

function fold(i) {
  if (i < 0 || !children[i].length)
    return;
  if (!folded.delete(i))
    folded.add(i);
  relayOut();
  showPanel();
  say(folded.has(i) ? "folded" : "unfolded");
}

/* The next in the order of the tree, or of what was found. */
function step(by) {
  let i = state.selected;
  for (let n = 0; n < count; n++) {
    i = (i + by + count) % count;
    if (i < 0)
      i = count - 1;
    if (state.matches ? state.matches[i] : layout.shown[i] === i)
      return select(i, true);
  }
}

/* ---- search ---- */

/* Words that all must be there; program:NAME, uid:N, pid:N and "failed" ask for one thing. */
const TERMS = [
  [/^program:(.*)$/, text => i => programOf(i).toLowerCase() === text],
  [/^uid:(-?\d+)$/, text => i => lives.uid[i] === Number(text)],
  [/^pid:(\d+)$/, text => i => lives.pid[i] === Number(text)],
  [/^(failed)$/, () => i => failed[i] === 1],
  [/^(.*)$/, text => {
    const inCommand = data.commands.map((_, n) => commandText(n).toLowerCase().includes(text));
    const inName = data.names.map((_, n) => nameText(n).toLowerCase().includes(text));
    return i => inCommand[lives.command[i]] || inName[lives.program[i]] || inName[lives.cwd[i]] || String(lives.pid[i]) === text;
  }],
];

function search() {
  const text = byId("search").value.trim().toLowerCase();
  const words = text.startsWith("program:") ? [text] : text.split(/\s+/).filter(Boolean);
  const tests = words.map(word => {
    for (const [pattern, test] of TERMS) {
      const match = pattern.exec(word);
      if (match)
        return test(match[1]);
    }
  });
  let found = 0;
  state.matches = words.length ? new Uint8Array(count) : null;
  for (let i = 0; state.matches && i < count; i++)
    found += state.matches[i] = tests.every(test => test(i)) ? 1 : 0;
  byId("found").textContent = state.matches ? number(found) : "";
  if (state.matches)
    say(plural(found, "process", "processes") + " found");
  byId("previous").disabled = byId("next").disabled = found === 0;
  gather();
  showTable();
  redraw();
}

function searchFor(text) {
  byId("search").value = byId("search").value === text ? "" : text;
  search();
}

/* ---- the address: #life=12&from=0.5&to=1.25 (seconds) ---- */

let remembered = 0;
function remember() {
  clearTimeout(remembered);
  remembered = setTimeout(() => {
    const parts = [];
    if (state.selected >= 0)
      parts.push("life=" + state.selected);
    if (view.to - view.from < span * 0.999)
      parts.push("from=" + view.from / 1e9, "to=" + view.to / 1e9);
    history.replaceState(null, "", parts.length ? "#" + parts.join("&") : location.href.split("#")[0]);
  }, 150);
}

function recall() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const life = asked.has("life") ? Number(asked.get("life")) : -1;
  const from = Number(asked.get("from")) * 1e9, to = Number(asked.get("to")) * 1e9;
  if (to > from)
    move(from, to);
  select(Number.isInteger(life) && life >= 0 && life < count ? life : -1);
  if (state.selected >= 0 && !(to > from))
    reveal(state.selected);
}

/* ---- pointer ---- */

const pointers = new Map();
let drag = null;

function at(event) {
  const box = canvas.getBoundingClientRect();
  return {x: event.clientX - box.left, y: event.clientY - box.top};
}

function hover(event) {
  const {x, y} = at(event), strip = COURSES[Math.floor(y / size.strip)];
  const i = lifeAt(x, y);
  canvas.classList.toggle("over", i >= 0);
  showTip(x, y, i >= 0 ? lifeLines(i) : strip && y >= 0 && count ? courseLines(strip, x) : null);
  if (i !== state.hover) {
    state.hover = i;
    redraw();
  }
}

function leave() {
  showTip(0, 0, null);
  state.hover = -1;
  redraw();
}

function onDown(event) {
  if (event.button > 0)
    return;
  pointers.set(event.pointerId, at(event));
  canvas.setPointerCapture(event.pointerId);
  drag = {start: at(event), from: view.from, to: view.to, top: view.top, moved: false,
          brush: at(event).y < top0() && event.pointerType === "mouse"};
}

function pinch(event) {
  const before = [...pointers.values()];
  pointers.set(event.pointerId, at(event));
  const after = [...pointers.values()];
  const apart = points => Math.max(20, Math.hypot(points[0].x - points[1].x, points[0].y - points[1].y));
  drag.moved = true;
  zoom(apart(before) / apart(after), (after[0].x + after[1].x) / 2);
}

function onMove(event) {
  if (!drag || !pointers.has(event.pointerId))
    return hover(event);
  if (pointers.size > 1)
    return pinch(event);
  const {x, y} = at(event), dx = x - drag.start.x, dy = y - drag.start.y;
  if (!drag.moved && Math.hypot(dx, dy) < 4)
    return;
  drag.moved = true;
  leave();
  if (drag.brush) {
    state.brush = [drag.start.x, x];
    return redraw();
  }
  canvas.classList.add("dragged");
  const shift = dx / size.width * (drag.to - drag.from);
  move(drag.from - shift, drag.to - shift, drag.top - dy);
}

function onUp(event) {
  const done = drag;
  pointers.delete(event.pointerId);
  canvas.classList.remove("dragged");
  if (!done || pointers.size)
    return;
  drag = null;
  if (state.brush) {
    const [a, b] = state.brush.map(timeOf).sort((p, q) => p - q);
    state.brush = null;
    move(a, b);
  } else if (!done.moved && event.type === "pointerup") {
    const {x, y} = at(event), life = lifeAt(x, y);
    leave();
    select(life);
  }
  remember();
}

/* Over a time that is shown whole the wheel scrolls the page. */
function onWheel(event) {
  const whole = view.to - view.from > span * 0.999;
  const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
  if (whole && (sideways || event.deltaY > 0))
    return;
  event.preventDefault();
  const lines = event.deltaMode === 1 ? 16 : 1;
  if (sideways) {
    const shift = (event.deltaX || event.deltaY) * lines / size.width * (view.to - view.from);
    move(view.from + shift, view.to + shift);
  } else {
    zoom(Math.exp(Math.max(-240, Math.min(240, event.deltaY * lines)) * (event.ctrlKey ? 0.01 : 0.0022)), at(event).x);
  }
  hover(event);
  remember();
}

/* ---- keys ---- */

const pan = part => move(view.from + part * (view.to - view.from), view.to + part * (view.to - view.from));
const KEYS = {
  ArrowLeft: () => pan(-0.12),
  ArrowRight: () => pan(0.12),
  ArrowUp: () => move(view.from, view.to, view.top - 3 * size.lane),
  ArrowDown: () => move(view.from, view.to, view.top + 3 * size.lane),
  PageUp: () => move(view.from, view.to, view.top - size.height / 2),
  PageDown: () => move(view.from, view.to, view.top + size.height / 2),
  Home: () => move(0, span, 0),
  n: () => step(1),
  p: () => step(-1),
  z: () => state.selected >= 0 && zoomTo(state.selected),
  Enter: () => state.selected >= 0 && byId("panel").focus(),
};
const GLOBAL_KEYS = {
  "+": () => zoom(1 / 1.5),
  "=": () => zoom(1 / 1.5),
  "-": () => zoom(1.5),
  0: () => move(0, span, 0),
  c: () => togglePath(),
  f: () => fold(state.selected),
  "/": () => byId("search").focus(),
  Escape: () => {
    select(-1);
    canvas.focus();
  },
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName))
    return;
  const act = (event.target === canvas && KEYS[event.key]) || GLOBAL_KEYS[event.key];
  if (!act)
    return;
  event.preventDefault();
  act();
  remember();
}

function onSearchKey(event) {
  if (event.key === "Enter")
    step(event.shiftKey ? -1 : 1);
  else if (event.key === "Escape") {
    byId("search").value = "";
    search();
    canvas.focus();
  }
}

/* ---- the rest ---- */

function togglePath() {
  state.path = !state.path;
  byId("path").setAttribute("aria-pressed", String(state.path));
  showLegend();
  redraw();
}

const darkScheme = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (document.documentElement.dataset.theme || (darkScheme.matches ? "dark" : "light")) === "dark";
function recolour() {
  byId("theme").textContent = isDark() ? "Light" : "Dark";
  readColours();
  showLegend();
  redraw();
}

/* Paper is white and as wide as it is: the picture is drawn for it, at once. */
function print(on) {
  const root = document.documentElement;
  if (on) {
    print.theme = root.dataset.theme;
    root.dataset.theme = "light";
  } else if (print.theme) {
    root.dataset.theme = print.theme;
  } else {
    delete root.dataset.theme;
  }
  recolour();
  fit(on ? 1050 : undefined);
  draw();
}

function listen() {
  const on = (id, type, act) => byId(id).addEventListener(type, act);
  canvas.addEventListener("pointerdown", onDown);
  canvas.addEventListener("pointermove", onMove);
  canvas.addEventListener("pointerup", onUp);
  canvas.addEventListener("pointercancel", onUp);
  canvas.addEventListener("pointerleave", leave);
  canvas.addEventListener("wheel", onWheel, {passive: false});
  canvas.addEventListener("dblclick", event => {
    const i = lifeAt(at(event).x, at(event).y);
    if (i >= 0)
      zoomTo(i);
  });
  document.addEventListener("keydown", onKey);
  on("search", "input", search);
  on("search", "keydown", onSearchKey);
  on("previous", "click", () => step(-1));
  on("next", "click", () => step(1));
  on("in", "click", () => (zoom(1 / 1.6), remember()));
  on("out", "click", () => (zoom(1.6), remember()));
  on("all", "click", () => (move(0, span, 0), remember()));
  on("path", "click", togglePath);
  on("unfold", "click", () => (folded.clear(), relayOut(), showPanel()));
  on("colour", "change", () => {
    state.colour = byId("colour").value;
    showLegend();
    redraw();
  });
  on("theme", "click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    recolour();
  });
  darkScheme.addEventListener("change", recolour);
  window.addEventListener("hashchange", recall);
  window.addEventListener("beforeprint", () => print(true));
  window.addEventListener("afterprint", () => print(false));
  new ResizeObserver(() => chart.clientWidth !== size.width && fit()).observe(chart);
  window.addEventListener("resize", () => fit());
}

byId("app").hidden = false;
readColours();
showHeader();
showNotice();
showGroups();
fit();
listen();
recolour();
search();
say("");
recall();
