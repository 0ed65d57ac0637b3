/* The recording as the page uses it: columns by life, what follows from them, and texts. */
const byId = id => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const lives = data.lives;
const count = lives.pid.length;
const span = Math.max(data.span, 1);
const LIVING = 1, RAN_BEFORE = 2, CORE_DUMPED = 4, INEXACT = 8, INHERITED = 16;

/* Trees stand depth first: the descendants of i are those from i + 1 to before until[i]. */
const until = new Int32Array(count);
const children = Array.from({length: count}, () => []);
const roots = [];
const failed = new Uint8Array(count);
const killers = new Map(data.killers.map(([life, pid, name]) => [life, {pid, name}]));
const folds = new Map(data.folds.map(([life, n, failures, cpu]) => [life, {n, failures, cpu}]));
const onPath = new Map();

for (let i = 0; i < count; i++) {
  const parent = lives.parent[i];
  (parent < 0 ? roots : children[parent]).push(i);
  failed[i] = lives.status[i] ? 1 : 0;
}
for (let i = count - 1; i >= 0; i--) {
  const last = children[i].at(-1);
  until[i] = last === undefined ? i + 1 : until[last];
}
for (const [life, , length] of data.path)
  if (life >= 0)
    onPath.set(life, (onPath.get(life) || 0) + length);

const beginOf = i => lives.begin[i];
const endOf = i => lives.begin[i] + lives.length[i];

/* ---- texts ---- */

/* What would hide or reorder text, or break its line, is made visible. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
const clean = text => text.replace(UNSEEN, c => "\\u{" + c.charCodeAt(0).toString(16) + "}");
const quote = word => /^[\w@%+=:,.\/~-]+$/.test(word) ? word : "'" + word.replace(/'/g, "'\\''") + "'";
const commands = [];
const commandText = n => commands[n] ??= clean(data.commands[n].map(quote).join(" "));
const nameText = n => n < 0 ? "" : clean(data.names[n]);
const programOf = i => nameText(lives.program[i]) || "(not known)";
const lifeText = i => {
  const text = lives.command[i] < 0 ? "" : commandText(lives.command[i]);
  return (lives.flags[i] & INHERITED ? "(fork) " : "") + (text || programOf(i));
};
/* The same without the folders of the program: what a person scans. */
const shorten = text => text.replace(/^((?:\(fork\) )?)[^\s']*\//, "$1");
const shortText = i => shorten(lifeText(i));

const endText = (status, flags = 0) =>
  flags & LIVING ? "running" : status === null ? "not known"
    : status < 0 ? (data.signals[-status] || "signal " + -status) + (flags & CORE_DUMPED ? ", core dumped" : "")
    : "exit " + status;
const statusText = i => endText(lives.status[i], lives.flags[i]);

const three = value => value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
const number = value => value.toLocaleString("en");
function duration(ns) {
  if (ns < 0)
    return "-" + duration(-ns);
  if (ns < 1e3)
    return ns === 0 ? "0 s" : Math.round(ns) + " ns";
  for (const [limit, unit, name] of [[999500, 1e3, "\u00b5s"], [999.5e6, 1e6, "ms"], [59.95e9, 1e9, "s"]])
    if (ns < limit)
      return three(ns / unit) + " " + name;
  const seconds = Math.round(ns / 1e9), two = n => String(n).padStart(2, "0");
  return seconds < 3600 ? Math.floor(seconds / 60) + " min " + two(seconds % 60) + " s"
    : Math.floor(seconds / 3600) + " h " + two(Math.floor(seconds / 60) % 60) + " min";
}
/* As exact as it takes to tell the begin of a short life from its end. */
function moment(ns) {
  const ms = Math.round(ns / 1e6), minutes = Math.floor(ms / 60e3);
  return ns < 1e9 ? duration(ns) : minutes ? minutes + ":" + ((ms % 60e3) / 1e3).toFixed(3).padStart(6, "0") + " min"
    : (ms / 1e3).toFixed(3) + " s";
}
function bytes(n) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  for (; n >= 1023.5 && at < units.length - 1; at++)
    n /= 1024;
  return (at ? three(n) : n) + " " + units[at];
}
const plural = (n, one, many) => number(n) + " " + (n === 1 ? one : many);

/* ---- courses over time ---- */

/*
 * At work is who has no living child; CPU time is spread over a life; memory is the sum of the
 * peaks of who lives, so it is an upper bound. Each is kept as its integral, so that the mean of
 * any stretch of time is two look-ups.
 */
const courses = (() => {
  const moments = [];
  for (let i = 0; i < count; i++)
    if (lives.length[i] > 0)
      moments.push([beginOf(i), 1, i], [endOf(i), -1, i]);
  moments.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const times = new Float64Array(moments.length + 1);
  const sums = {work: new Float64Array(times.length), cpu: new Float64Array(times.length),
                memory: new Float64Array(times.length)};
  const rates = {work: new Float64Array(times.length), cpu: new Float64Array(times.length),
                 memory: new Float64Array(times.length)};
  const alive = new Uint8Array(count), kids = new Int32Array(count);
  const level = {work: 0, cpu: 0, memory: 0}, names = Object.keys(level);
  const works = i => i >= 0 && alive[i] && kids[i] === 0 ? 1 : 0;
  moments.forEach(([time, sign, i], n) => {
    const parent = lives.parent[i], before = works(i) + works(parent);
    alive[i] = sign > 0;
    if (parent >= 0)
      kids[parent] += sign;
    for (const name of names)
      sums[name][n + 1] = sums[name][n] + level[name] * (time - times[n]);
    times[n + 1] = time;
    level.work += works(i) + works(parent) - before;
    level.cpu += sign * (lives.cpu[i] + (folds.get(i)?.cpu || 0)) / lives.length[i];
    level.memory += sign * lives.rss[i];
    for (const name of names)
      rates[name][n + 1] = level[name];
  });
  const integral = (name, time) => {
    let low = 0, high = times.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (times[middle] <= time)
        low = middle;
      else
        high = middle - 1;
    }
    return sums[name][low] + Math.max(0, rates[name][low]) * (time - times[low]);
  };
  return {mean: (name, from, to) => Math.max(0, (integral(name, to) - integral(name, from)) / (to - from))};
})();
