/*
 * Which lane each life is in: a child is below its parent, and siblings share lanes where their
 * trees do not overlap. Key decision: a tree is placed as a whole, lane by lane as far as each of
 * its lanes reaches, so that a tree reads as one shape.
 */
const folded = new Set();

/* Places trees one after the other by their begins; returns how far each lane is taken. */
function pack(trees, shapes, offset) {
  const begins = [], ends = [];
  for (const tree of trees) {
    const shape = shapes[tree];
    let lane = 0;
    const fits = () => shape.begins.every((begin, k) => lane + k >= ends.length || ends[lane + k] <= begin);
    while (!fits())
      lane++;
    offset[tree] = lane;
    shape.ends.forEach((end, k) => {
      begins[lane + k] ??= shape.begins[k];
      ends[lane + k] = end;
    });
    shapes[tree] = null;
  }
  return {begins, ends};
}

/* {lane: of each life; lanes: the lives of each, by begin; shown: each life itself, or who hides it} */
function layOut() {
  const lane = new Int32Array(count), shown = Int32Array.from(lane.keys());
  const offset = new Int32Array(count), shapes = [];
  for (let i = count - 1; i >= 0; i--) {
    const below = folded.has(i) ? {begins: [], ends: []} : pack(children[i], shapes, offset);
    below.begins.unshift(beginOf(i));
    below.ends.unshift(endOf(i));
    shapes[i] = below;
  }
  const all = pack(roots, shapes, offset);
  const lanes = Array.from({length: all.begins.length}, () => []);
  for (let i = 0; i < count; i++) {
    const parent = lives.parent[i];
    lane[i] = (parent < 0 ? 0 : lane[parent] + 1) + offset[i];
    lanes[lane[i]].push(i);
    if (folded.has(i)) {
      shown.fill(i, i, until[i]);
      i = until[i] - 1;
    }
  }
  for (const list of lanes)
    list.sort((a, b) => beginOf(a) - beginOf(b) || a - b);
  return {lane, lanes, shown};
}

/* The first life of a lane that ends after a moment. */
function firstAfter(list, time) {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (endOf(list[middle]) < time)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}
