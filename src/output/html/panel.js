/*
 * What is told in words: header, tooltip, the selected process, the legend. Key decision: elements
 * are made, never markup; whatever a process said becomes text.
 */
function make(tag, properties, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name.startsWith("on"))
      element.addEventListener(name.slice(2), value);
    else if (name === "class")
      element.className = value;
    else
      element.setAttribute(name, value);
  }
  element.append(...inside.filter(part => part !== null && part !== undefined && part !== ""));
  return element;
}
const say = text => byId("said").textContent = text;

/* ---- header ---- */

function figure(name, value, small, kind) {
  return make("div", {class: kind || ""}, make("dt", null, name), make("dd", null, value, small ? make("small", null, " " + small) : null));
}

function showHeader() {
  const run = data.run, f = data.figures, bad = run.status !== null && run.status !== 0;
  const words = run.command.length ? clean(run.command.map(quote).join(" ")) : clean(run.target || "A recording");
  const started = run.started ? new Date(run.started) : null;
  byId("command").textContent = words;
  byId("command").title = words;
  byId("about").textContent = [
    run.host && clean(run.host),
    started && !isNaN(started) && started.toLocaleString(undefined, {dateStyle: "medium", timeStyle: "short"}),
    run.source && "recorded by " + clean(run.source)].filter(Boolean).join(" \u00b7 ");
  byId("figures").append(...[
    figure("ended", run.ended ? endText(run.status) : "cut short", "", bad || !run.ended ? "bad" : run.status === 0 ? "good" : ""),
    figure("wall time", duration(f.wall_ns)),
    figure("CPU time", f.cpu_ns || f.inexact < f.processes ? duration(f.cpu_ns) : "not known"),
    f.wall_ns > 0 && f.cpu_ns ? figure("cores busy", three(f.cpu_ns / f.wall_ns), f.cpus ? "of " + f.cpus : "") : null,
    f.rss_peak_bytes ? figure("largest process", bytes(f.rss_peak_bytes)) : null,
    figure("processes", number(f.processes)),
    figure("failed", f.failures ? number(f.failures) : "none", "", f.failures ? "bad" : ""),
  ].filter(Boolean));
}

function showNotice() {
  const away = folds.get(-1)?.n || 0, parts = [];
  if (data.folded)
    parts.push(plural(data.folded, "short process is", "short processes are") + " folded into the parents" +
      (away ? " (" + number(away) + " in whole trees that are left out)" : "") + "; the figures count all of them.");
  if (data.run.lost)
    parts.push(plural(data.run.lost, "record was", "records were") + " lost: the figures are too low.");
  if (!count)
    parts.push("No process was recorded.");
  byId("notice").textContent = parts.join(" ");
  byId("notice").hidden = parts.length === 0;
}

function showLegend() {
  const ranks = {program: byProgram, user: byUser}[state.colour];
  const items = [];
  const item = (colour, text, small, find) => {
    const swatch = make("span", {class: "swatch"});
    swatch.style.background = colour;
    const inside = [swatch, make("span", {class: "text"}, text), small ? make("small", null, small) : null];
    items.push(find ? make("button", {type: "button", title: "Search for " + text, onclick: () => searchFor(find)}, ...inside)
      : make("span", null, ...inside));
  };
  if (ranks) {
    const sorted = [...ranks.values()], all = sorted.reduce((sum, rank) => sum + rank.cpu, 0);
    for (const rank of sorted.slice(0, PALETTE))
      item(paint(rank.index), rank.text, all ? Math.round(100 * rank.cpu / all) + " % CPU" : number(rank.n),
           state.colour === "program" ? "program:" + rank.text : "uid:" + rank.key);
    if (sorted.length > PALETTE)
      item(colours.other, plural(sorted.length - PALETTE, "other", "others"));
  } else {
    item(colours.bars[4], "exit 0");
    item(colours.bars[0], "running at the end");
    item(colours.other, "not known");
  }
  item(colours.fail, "failed", data.figures.failures ? number(data.figures.failures) : "none", data.figures.failures ? "failed" : "");
  if (state.path && data.path.length) {
    item(colours.path, "critical path");
    items.at(-1).firstChild.classList.add("line");
  }
  byId("legend").replaceChildren(...items);
}

/* ---- tooltip ---- */

function showTip(x, y, lines) {
  const tip = byId("tip");
  tip.hidden = !lines;
  if (!lines)
    return;
  tip.replaceChildren(make("b", null, lines[0]), ...lines.slice(1).map(line => make("span", null, make("div", null, line))));
  const wide = tip.offsetWidth, high = tip.offsetHeight;
  tip.style.left = Math.max(4, Math.min(x + 14, size.width - wide - 6)) + "px";
  tip.style.top = (y + 20 + high > size.height && y - high - 12 > 0 ? y - high - 12 : y + 20) + "px";
}

function lifeLines(i) {
  return [shortText(i),
    [duration(lives.length[i]), lives.cpu[i] ? "CPU " + duration(lives.cpu[i]) : "",
     lives.rss[i] ? bytes(lives.rss[i]) : ""].filter(Boolean).join(" \u00b7 "),
    "pid " + lives.pid[i] + " \u00b7 " + statusText(i) + (onPath.has(i) ? " \u00b7 on the critical path" : "")];
}

function courseLines(course, x) {
  return [course.show(courses.mean(course.name, timeOf(x), timeOf(x + 1))),
          course.about + " at " + moment(timeOf(x))];
}

/* ---- the selected process ---- */

const CHILDREN_SHOWN = 40;

function link(i, small) {
  return make("li", null, make("button", {type: "button", class: "link", title: lifeText(i), onclick: () => select(i, true)},
    make("span", null, shortText(i)), make("span", null, small)));
}

function facts(i) {
  const flags = lives.flags[i], fold = folds.get(i), killer = killers.get(i);
  const about = flags & INEXACT ? "about " : "";
  return [
    ["started", (flags & RAN_BEFORE ? "before the recording; seen " : "") + "at " + moment(beginOf(i))],
    ["ended", flags & LIVING ? "still running" : "at " + moment(endOf(i))],
    ["lived", duration(lives.length[i])],
    ["CPU time", lives.cpu[i] || !(flags & INEXACT) ? about + duration(lives.cpu[i]) +
      (lives.length[i] > 0 ? ", " + three(lives.cpu[i] / lives.length[i]) + " cores" : "") : "not known"],
    ["memory", lives.rss[i] ? "at most " + bytes(lives.rss[i]) : ""],
    ["storage", lives.io[i] ? bytes(lives.io[i]) + " read and written" : ""],
    ["folder", nameText(lives.cwd[i])],
    ["user", lives.uid[i] < 0 ? "" : lives.uid[i] === 0 ? "0 (root)" : String(lives.uid[i])],
    ["programs", lives.execs[i] === 1 ? "" : lives.execs[i] ? number(lives.execs[i]) + " executed, this is the last" : "none executed: a fork"],
    ["killed by", killer ? killer.pid + " " + clean(killer.name) : ""],
    ["critical path", onPath.has(i) ? duration(onPath.get(i)) + " of it, " + (100 * onPath.get(i) / Math.max(data.figures.wall_ns, 1)).toFixed(1) + " %" : ""],
    ["folded", fold ? plural(fold.n, "process", "processes") + ", CPU " + duration(fold.cpu) +
      (fold.failures ? ", " + number(fold.failures) + " failed" : "") : ""],
    ["descendants", until[i] - i > 1 ? number(until[i] - i - 1) : ""],
  ].filter(([, value]) => value);
}

function ancestors(i) {
  const chain = [];
  for (let at = lives.parent[i]; at >= 0; at = lives.parent[at])
    chain.unshift(at);
  return chain;
}

function childList(i, most) {
  const sorted = [...children[i]].sort((a, b) => lives.length[b] - lives.length[a]);
  const rows = sorted.slice(0, most).map(child => link(child, duration(lives.length[child]) + (failed[child] ? ", " + statusText(child) : "")));
  if (sorted.length > most)
    rows.push(make("li", null, make("button", {type: "button", onclick: event =>
      event.target.closest("ul").replaceWith(childList(i, Infinity))}, "Show all " + number(sorted.length))));
  return make("ul", null, ...rows);
}

function showPanel() {
  const panel = byId("panel"), i = state.selected;
  panel.hidden = i < 0;
  if (i < 0)
    return;
  const words = lives.command[i] < 0 ? [] : data.commands[lives.command[i]];
  const chain = ancestors(i);
  panel.replaceChildren(...[
    make("button", {type: "button", class: "close", "aria-label": "Close", onclick: () => select(-1)}, "\u00d7"),
    make("h2", null, programOf(i)),
    make("span", {class: failed[i] ? "pill bad" : "pill"}, statusText(i)),
    make("span", {class: "pill"}, "pid " + lives.pid[i]),
    make("div", {class: "words", tabindex: "0", role: "group", "aria-label": "Arguments"},
      words.length ? words.map(word => clean(quote(word))).join(" ") : lifeText(i)),
    make("dl", {class: "facts"}, ...facts(i).flatMap(([name, value]) => [make("dt", null, name), make("dd", null, value)])),
    make("div", {class: "actions"},
      make("button", {type: "button", onclick: () => zoomTo(i)}, "Zoom to it"),
      children[i].length ? make("button", {type: "button", id: "fold", "aria-pressed": String(folded.has(i)), onclick: () => fold(i)}, folded.has(i) ? "Unfold" : "Fold children") : null),
    chain.length ? make("h3", null, chain.length === 1 ? "Started by" : "Started by, from the first") : null,
    chain.length ? make("ul", {id: "parents"}, ...chain.slice(-12).map(at => link(at, "pid " + lives.pid[at]))) : null,
    children[i].length ? make("h3", null, "Started " + plural(children[i].length, "process", "processes") + ", the longest first") : null,
    children[i].length ? childList(i, CHILDREN_SHOWN) : null,
  ].filter(Boolean));
  panel.scrollTop = 0;
}
