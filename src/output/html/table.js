/* The heaviest, as a table: programs, commands or single processes, sorted by any column. */
const GROUPS = [
  {name: "Programs", heading: "Program", keyOf: i => lives.program[i], textOf: row => nameText(row.key) || "(not known)",
   find: row => "program:" + (nameText(row.key) || "(not known)")},
  {name: "Commands", heading: "Command", keyOf: i => lives.command[i], textOf: row => row.key >= 0 && commandText(row.key) || "(not known)"},
  {name: "Processes", heading: "Process", keyOf: i => i, textOf: row => lifeText(row.first)},
];
const COLUMNS = [
  {heading: "", of: row => row.text, show: null, up: true},
  {heading: "Count", of: row => row.n, show: number},
  {heading: "CPU time", of: row => row.cpu, show: duration},
  {heading: "Wall time", of: row => row.length, show: duration},
  {heading: "Peak memory", of: row => row.rss, show: v => v ? bytes(v) : ""},
  {heading: "Storage", of: row => row.io, show: v => v ? bytes(v) : ""},
  {heading: "Failed", of: row => row.failed, show: v => v ? number(v) : "", bad: true},
];
const ROWS_SHOWN = 100;
const table = {group: 1, column: 2, up: false, rows: []};

function gather() {
  const group = GROUPS[table.group], rows = new Map();
  for (let i = 0; i < count; i++) {
    if (state.matches && !state.matches[i])
      continue;
    const key = group.keyOf(i);
    const row = rows.get(key) || {key, first: i, n: 0, cpu: 0, length: 0, rss: 0, io: 0, failed: 0};
    row.n++;
    row.cpu += lives.cpu[i];
    row.length += lives.length[i];
    row.rss = Math.max(row.rss, lives.rss[i]);
    row.io += lives.io[i];
    row.failed += failed[i];
    if (lives.cpu[i] > lives.cpu[row.first])
      row.first = i;
    rows.set(key, row);
  }
  table.rows = [...rows.values()];
}

function sortRows() {
  const {of} = COLUMNS[table.column], sign = table.up ? 1 : -1;
  if (table.column === 0)
    for (const row of table.rows)
      row.text = GROUPS[table.group].textOf(row);
  table.rows.sort((a, b) => {
    const x = of(a), y = of(b);
    return (x < y ? -1 : x > y ? 1 : 0) * sign || b.length - a.length || a.first - b.first;
  });
}

function showTable() {
  const group = GROUPS[table.group], most = Math.max(1, ...table.rows.map(row => row.cpu));
  sortRows();
  byId("table").tHead.replaceChildren(make("tr", null, ...COLUMNS.map((column, n) => {
    const head = make("th", {scope: "col"}, make("button", {type: "button", onclick: () => sortBy(n)},
      (column.heading || group.heading) + (n === table.column ? table.up ? " \u2191" : " \u2193" : "")));
    if (n === table.column)
      head.setAttribute("aria-sort", table.up ? "ascending" : "descending");
    return head;
  })));
  byId("table").tBodies[0].replaceChildren(...table.rows.slice(0, ROWS_SHOWN).map(row => make("tr", null, ...COLUMNS.map(column => {
    if (!column.show) {
      const text = group.textOf(row);
      return make("td", null, make("button", {type: "button", title: text, onclick: () => select(row.first, true)}, shorten(text)));
    }
    const value = column.of(row), cell = make("td", {class: column.bad && value ? "bad" : ""}, column.show(value));
    if (column.heading === "CPU time" && value) {
      const share = make("span", {class: "share"});
      share.style.width = Math.max(1, 60 * value / most) + "px";
      cell.prepend(share);
    }
    return cell;
  }))));
  byId("rows").textContent = number(Math.min(ROWS_SHOWN, table.rows.length)) + " of " + number(table.rows.length) +
    (state.matches ? " that the search found" : "");
}

function sortBy(column) {
  table.up = column === table.column ? !table.up : Boolean(COLUMNS[column].up);
  table.column = column;
  showTable();
  byId("table").tHead.rows[0].cells[column].firstChild.focus();
}

function showGroups() {
  byId("groups").replaceChildren(...GROUPS.map((group, n) => make("button", {type: "button", "aria-pressed": String(n === table.group), onclick: () => {
    table.group = n;
    showGroups();
    gather();
    showTable();
    byId("groups").children[n].focus();
  }}, group.name)));
}
