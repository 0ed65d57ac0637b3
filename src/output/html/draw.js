/*
 * The canvas: courses, time axis, lanes. Key decision: one function draws the state; everything else
 * changes the state and asks for a frame.
 */
const canvas = byId("timeline"), chart = byId("chart"), pen = canvas.getContext("2d");
const view = {from: 0, to: span, top: 0};
const state = {selected: -1, hover: -1, matches: null, path: true, colour: "program", brush: null};
let layout = layOut();
let size = {width: 0, height: 0, strip: 44, axis: 26, lane: 20};
let colours = {};

const COURSES = [
  {name: "work", title: "At work", show: v => number(Math.round(v * 10) / 10), top: v => niceTop(v),
   about: "processes without a living child"},
  {name: "cpu", title: "CPU", show: v => plural(Math.round(v * 100) / 100, "core", "cores"), top: v => niceTop(v), about: "cores busy"},
  {name: "memory", title: "Memory", show: bytes, top: v => 2 ** Math.ceil(Math.log2(Math.max(v, 1024))),
   about: "at most: the peaks of who lives, added up"},
];
const EDGE = 6, PALETTE = 8;
const top0 = () => COURSES.length * size.strip + size.axis;
const xOf = time => (time - view.from) / (view.to - view.from) * size.width;
const timeOf = x => view.from + x / size.width * (view.to - view.from);
const yOf = lane => top0() + EDGE + lane * size.lane - view.top;
const lanesHeight = () => layout.lanes.length * size.lane + 2 * EDGE;

/* ---- colours ---- */

/* Colours stand in the style sheet; the browser tells what they are in the scheme of now. */
function readColours() {
  const probe = document.body.appendChild(document.createElement("i"));
  const style = getComputedStyle(probe);
  colours = {bars: []};
  for (const name of ["paper", "raised", "ink", "muted", "line", "accent", "fail", "good", "path", "strip",
                      "hit", "other", "fail-ink", "page"]) {
    probe.style.color = "var(--" + name + ")";
    colours[name] = style.color;
  }
  for (let i = 0; i < PALETTE; i++) {
    probe.style.color = "var(--c" + i + ")";
    colours.bars[i] = style.color;
  }
  probe.remove();
}

/* The heaviest of what tells lives apart get a colour each: {key: {index, text, cpu}}. */
function rank(keyOf, textOf) {
  const sums = new Map();
  for (let i = 0; i < count; i++) {
    const key = keyOf(i), sum = sums.get(key) || {key, cpu: 0, length: 0, n: 0};
    sum.cpu += lives.cpu[i];
    sum.length += lives.length[i];
    sum.n++;
    sums.set(key, sum);
  }
  const sorted = [...sums.values()].sort((a, b) => b.cpu - a.cpu || b.length - a.length);
  sorted.forEach((sum, index) => {
    sum.index = index;
    sum.text = textOf(sum.key);
  });
  return new Map(sorted.map(sum => [sum.key, sum]));
}
const byProgram = rank(i => lives.program[i], key => nameText(key) || "(not known)");
const byUser = rank(i => lives.uid[i], key => key < 0 ? "not known" : key === 0 ? "root" : "user " + key);
const paint = n => n < PALETTE ? colours.bars[n] : colours.other;
const PAINTS = {
  program: i => paint(byProgram.get(lives.program[i]).index),
  user: i => paint(byUser.get(lives.uid[i]).index),
  status: i => lives.flags[i] & LIVING ? colours.bars[0] : lives.status[i] === null ? colours.other : colours.bars[4],
};

/* ---- axes ---- */

/* 1, 2 or 5 times a power of ten; above a minute what clocks have. */
function niceStep(rough) {
  if (rough > 10e9)
    for (const s of [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400])
      if (s * 1e9 >= rough)
        return s * 1e9;
  const power = 10 ** Math.floor(Math.log10(rough)), times = rough / power;
  return (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10) * power;
}
const niceTop = value => {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 0.01) * 0.999999));
  return [1, 2, 3, 4, 5, 6, 8, 10].find(times => times * power >= value * 0.999999) * power;
};

/* Every tick with the same unit and as many digits as the step needs. */
function tickText(time, step) {
  if (time === 0)
    return "0";
  if (step >= 15e9 || (time >= 120e9 && step >= 1e9)) {
    const s = Math.round(time / 1e9), two = n => String(n).padStart(2, "0");
    return (s >= 3600 ? Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) : Math.floor(s / 60)) + ":" + two(s % 60);
  }
  const [unit, name] = view.to >= 1e9 ? [1e9, "s"] : view.to >= 1e6 ? [1e6, "ms"] : view.to >= 1e3 ? [1e3, "\u00b5s"] : [1, "ns"];
  const digits = Math.max(0, Math.ceil(-Math.log10(step / unit) - 1e-9));
  return (time / unit).toFixed(Math.min(digits, 9)) + " " + name;
}

function drawAxis() {
  const step = niceStep((view.to - view.from) / Math.max(2, size.width / 110));
  const base = COURSES.length * size.strip, y = base + size.axis / 2;
  pen.font = "11px system-ui, sans-serif";
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  for (let time = Math.ceil(view.from / step) * step; time <= view.to; time += step) {
    const x = Math.round(xOf(time)) + 0.5;
    pen.fillStyle = colours.line;
    pen.fillRect(x - 0.5, 0, 1, size.height);
    pen.fillStyle = colours.muted;
    if (x < size.width - 34)
      pen.fillText(tickText(time, step), x + 5, y);
  }
  pen.fillStyle = colours.line;
  pen.fillRect(0, base, size.width, 1);
  pen.fillRect(0, base + size.axis, size.width, 1);
}

function drawCourse(course, index) {
  const base = (index + 1) * size.strip, high = size.strip - 17;
  const values = new Float64Array(Math.ceil(size.width));
  for (let x = 0; x < values.length; x++)
    values[x] = courses.mean(course.name, Math.max(0, timeOf(x)), Math.max(timeOf(x + 1), 1e-3));
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  const scale = course.top(most);
  pen.fillStyle = colours.strip;
  pen.beginPath();
  pen.moveTo(0, base);
  values.forEach((value, x) => {
    pen.lineTo(x, base - value / scale * high);
    pen.lineTo(x + 1, base - value / scale * high);
  });
  pen.lineTo(size.width, base);
  pen.fill();
  pen.fillStyle = colours.line;
  pen.fillRect(0, base - 0.5, size.width, 1);
  label(course.title, 8, base - high - 5, "left", colours.ink, 600);
  label(most > 0 ? course.show(scale) : "not known", size.width - 8, base - high - 5, "right", colours.muted, 400);
}

/* Small text on a ground of its own, so that it is read above grid and bars. */
function label(text, x, y, align, colour, weight) {
  pen.font = weight + " 11px system-ui, sans-serif";
  pen.textAlign = align;
  pen.textBaseline = "middle";
  const width = pen.measureText(text).width;
  pen.fillStyle = colours.paper;
  pen.fillRect(align === "left" ? x - 3 : x - width - 3, y - 7, width + 6, 14);
  pen.fillStyle = colour;
  pen.fillText(text, x, y);
}

/* ---- lanes ---- */

const MONO = "11px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const isDim = i => state.matches ? !state.matches[i] : state.path && onPath.size > 0 && !onPath.has(i);

function drawBar(i, x0, x1, y, high) {
  const left = Math.max(x0, -8), right = Math.min(x1, size.width + 8);
  const wide = right - left;
  const strength = state.matches && !state.matches[i] ? 0.2 : isDim(i) && !failed[i] ? 0.55 : 1;
  const shape = colour => {
    pen.fillStyle = colour;
    if (wide > 7) {
      pen.beginPath();
      pen.roundRect(left + 0.5, y, wide - 1, high, 3);
      pen.fill();
    } else {
      pen.fillRect(left, y, Math.max(wide - (wide > 3 ? 1 : 0), failed[i] ? 2 : 1), high);
    }
  };
  if (strength < 1)
    shape(colours.paper); /* no grid shines through */
  pen.globalAlpha = strength;
  shape(failed[i] ? colours.fail : PAINTS[state.colour](i));
  if (wide > 26 && high >= 11)
    drawText(i, Math.max(left, 0) + 6, Math.min(right, size.width) - 5, y + high / 2);
  if (state.matches && state.matches[i]) {
    const narrow = wide < 8;
    pen.fillStyle = colours.hit;
    pen.fillRect(left, narrow ? y : y + high - 4, Math.max(wide - 1, 2), narrow ? high : 4);
  }
  pen.globalAlpha = 1;
}

function drawText(i, x, right, y) {
  const hidden = (folded.has(i) ? until[i] - i - 1 : 0) + (folds.get(i)?.n || 0);
  const text = (hidden ? "+" + hidden + " " : "") + shortText(i);
  const room = Math.floor((right - x) / size.letter);
  if (room < 3)
    return;
  pen.font = MONO;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillStyle = failed[i] ? colours["fail-ink"] : colours.ink;
  pen.fillText(text.length > room ? text.slice(0, room - 1) + "\u2026" : text, x, y + 0.5);
}

/* Bars below a pixel become one; of those the failed and the found are seen. */
function drawLane(list, y, high) {
  let done = -1, strongest = 0;
  for (let n = firstAfter(list, view.from); n < list.length; n++) {
    const i = list[n], x0 = xOf(beginOf(i)), x1 = xOf(endOf(i));
    if (x0 > size.width)
      break;
    if (x1 - x0 < 1) {
      const strength = failed[i] ? 3 : state.matches?.[i] ? 2 : 1, pixel = Math.floor(x0);
      if (pixel === done && strength <= strongest)
        continue;
      done = pixel;
      strongest = strength;
      drawBar(i, pixel, pixel + 1, y, high);
    } else {
      drawBar(i, x0, x1, y, high);
    }
  }
}

/* Steps that can be seen, and where the path goes from one to the next; not each of a crowd. */
function drawPath(high) {
  const strength = state.matches ? 0.25 : 1;
  let last = null;
  for (const [life, begin, length] of data.path) {
    const lane = life < 0 ? -1 : layout.lane[layout.shown[life]];
    const x0 = xOf(begin), x1 = xOf(begin + length), y = yOf(lane) + high + 0.5;
    if (lane < 0 || x1 < 0 || x0 > size.width || x1 - x0 < 2)
      continue;
    const left = Math.max(x0, 0);
    pen.fillStyle = colours.path;
    pen.globalAlpha = strength;
    pen.fillRect(left, y - 1, Math.min(x1, size.width) - left, 2);
    pen.globalAlpha = 0.55 * strength;
    if (last !== null && last !== y)
      pen.fillRect(Math.round(x0) - 0.5, Math.min(y, last), 1, Math.abs(y - last));
    last = y;
  }
  pen.globalAlpha = 1;
}

function drawRing(i, high, colour, width) {
  if (i < 0)
    return;
  const shown = layout.shown[i];
  const x0 = Math.max(xOf(beginOf(shown)), -4), x1 = Math.min(xOf(endOf(shown)), size.width + 4);
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.beginPath();
  pen.roundRect(x0 - 1, yOf(layout.lane[shown]) - 1.5, Math.max(x1 - x0, 2) + 1.5, high + 3, 4);
  pen.stroke();
}

function drawLanes() {
  const high = size.lane - (size.lane > 14 ? 4 : 2);
  pen.save();
  pen.beginPath();
  pen.rect(0, top0() + 1, size.width, size.height - top0() - 1);
  pen.clip();
  layout.lanes.forEach((list, lane) => {
    const y = yOf(lane);
    if (y + size.lane > top0() && y < size.height)
      drawLane(list, y, high);
  });
  if (state.path)
    drawPath(high);
  drawRing(state.hover, high, colours.muted, 1.5);
  drawRing(state.selected, high, colours.accent, 2.5);
  const hidden = lanesHeight() - (size.height - top0());
  if (hidden > 0) {
    const room = size.height - top0() - 8, part = room * room / (room + hidden);
    pen.fillStyle = colours.muted;
    pen.globalAlpha = 0.45;
    pen.beginPath();
    pen.roundRect(size.width - 7, top0() + 4 + (room - part) * view.top / hidden, 4, part, 2);
    pen.fill();
    pen.globalAlpha = 1;
  }
  pen.restore();
}

/* Which part of the whole time is shown. */
function drawPart() {
  if (view.to - view.from > span * 0.999)
    return;
  const from = view.from / span * size.width, to = view.to / span * size.width;
  pen.fillStyle = colours.line;
  pen.fillRect(0, 0, size.width, 3);
  pen.fillStyle = colours.accent;
  pen.fillRect(from, 0, Math.max(to - from, 4), 3);
}

function draw() {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(size.width * ratio) || canvas.height !== Math.round(size.height * ratio)) {
    canvas.width = Math.round(size.width * ratio);
    canvas.height = Math.round(size.height * ratio);
  }
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = colours.paper;
  pen.fillRect(0, 0, size.width, size.height);
  drawAxis();
  COURSES.forEach(drawCourse);
  drawLanes();
  drawPart();
  if (state.brush) {
    pen.fillStyle = colours.accent;
    pen.globalAlpha = 0.16;
    pen.fillRect(Math.min(...state.brush), 0, Math.abs(state.brush[0] - state.brush[1]), size.height);
    pen.globalAlpha = 1;
  }
  document.documentElement.dataset.frames = ++frames;
}
let frames = 0, asked = 0;
function redraw() {
  asked ||= requestAnimationFrame(() => {
    asked = 0;
    draw();
  });
}

/* ---- size, view, hits ---- */

/* As high as its lanes, if the window has room; lanes get lower before some are out of sight. */
function fit(width = chart.clientWidth) {
  const small = width < 700, room = Math.max(320, window.innerHeight - (small ? 240 : 250));
  size.width = width;
  size.strip = small ? 38 : 46;
  const lanesRoom = room - top0() - 2 * EDGE;
  size.lane = Math.max(15, Math.min(24, Math.floor(lanesRoom / Math.max(layout.lanes.length, 1))));
  size.height = Math.min(room, top0() + lanesHeight());
  size.height = Math.max(size.height, top0() + 4 * size.lane);
  canvas.style.height = size.height + "px";
  byId("stage").style.setProperty("--stage", size.height + "px");
  pen.font = MONO;
  size.letter = pen.measureText("MMMMMMMMMM").width / 10;
  move(view.from, view.to);
}

function move(from, to, top = view.top) {
  const length = Math.min(Math.max(to - from, Math.min(span, 200)), span);
  view.from = Math.min(Math.max(from + (to - from - length) / 2, 0), span - length);
  view.to = view.from + length;
  view.top = Math.max(0, Math.min(top, lanesHeight() - (size.height - top0())));
  redraw();
}

/* `factor` below 1 comes nearer; `x` stays where it is. */
function zoom(factor, x = size.width / 2) {
  const at = timeOf(x);
  move(at - (at - view.from) * factor, at + (view.to - at) * factor);
}

function lifeAt(x, y) {
  const list = y > top0() && layout.lanes[Math.floor((y - top0() - EDGE + view.top) / size.lane)];
  let best = -1, nearest = 4;
  if (!list)
    return -1;
  for (let n = firstAfter(list, timeOf(x - 4)); n < list.length; n++) {
    const x0 = xOf(beginOf(list[n])), x1 = xOf(endOf(list[n]));
    const away = x < x0 ? x0 - x : x > x1 ? x - x1 : 0;
    if (x0 > x + 4)
      break;
    if (away < nearest || (away === nearest && failed[list[n]])) {
      best = list[n];
      nearest = away;
    }
  }
  return best;
}
