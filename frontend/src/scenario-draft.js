// The list of edits as the page has it. Every change can be undone; what is being dragged is not a change yet.
export const blank = (kind) => ({
  kind, line: [], target: "", facility_kind: "", capacity: null, area_m2: null, people: [], dwellings: 0,
  open_to: "all", slices: [], cost_fen: null, note: "",
});

export function draft(first) {
  let edits = first;
  let chosen = -1;
  let moving = null; // {at: index or edits.length, edit}: what the hand holds just now
  const past = [];
  const future = [];
  const listeners = [];
  const tell = () => listeners.forEach((listen) => listen());

  const settle = (next, pick = chosen) => {
    past.push(edits);
    future.length = 0;
    edits = next;
    moving = null;
    chosen = Math.min(pick, edits.length - 1);
    tell();
  };
  const step = (from, to) => {
    if (!from.length) return false;
    to.push(edits);
    edits = from.pop();
    moving = null;
    chosen = Math.min(chosen, edits.length - 1);
    tell();
    return true;
  };

  return {
    get edits() {
      return edits;
    },
    // With what the hand holds in its place.
    get shown() {
      if (!moving) return edits;
      const next = edits.slice();
      next[moving.at] = moving.edit;
      return next;
    },
    get chosen() {
      return chosen;
    },
    get canUndo() {
      return past.length > 0;
    },
    get canRedo() {
      return future.length > 0;
    },
    get isChanged() {
      return edits !== first;
    },
    listen: (listen) => listeners.push(listen),
    add: (edit) => settle([...edits, edit], edits.length),
    change: (at, edit) => settle(edits.map((one, n) => (n === at ? edit : one)), at),
    remove: (at) => settle(edits.filter((_one, n) => n !== at), Math.min(at, edits.length - 2)),
    hold(edit, at = edits.length) {
      moving = { at, edit };
      tell();
    },
    letGo() {
      if (moving) {
        moving = null;
        tell();
      }
    },
    choose(at) {
      if (at === chosen) return;
      chosen = at;
      tell();
    },
    undo: () => step(past, future),
    redo: () => step(future, past),
    // What the page learns about places is no change by a person.
    place(find) {
      const wasFirst = first === edits;
      edits = edits.map(find);
      if (wasFirst) first = edits;
      tell();
    },
    kept() {
      first = edits;
    },
  };
}
