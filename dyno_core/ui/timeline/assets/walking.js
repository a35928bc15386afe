/**
 * Where the keys lead: along a line from bar to bar or from cell to cell, and from line to line.
 * A line is the band of requests or a dyno's row. What can have the focus is {from, bar}, or a cell as `Cells.at`
 * gives it.
 */

/** What has the focus and is still there, or null. */
function focusedThing(board) {
  if (!board.focusedCell) return board.focusedOne;
  const { dyno_id, first } = board.focusedCell;
  const row = board.data.rows.findIndex((one) => one.dyno_id === dyno_id);
  return row < 0 || board.hasBars(row) || board.stack.topOfRow[row] === null ? null : board.cells.at(row, first);
}

/** The lines from the top: `null` is the band. */
function lines(board) {
  const rows = board.stack.items.filter((item) => !item.group).map((item) => item.row);
  return board.bandFolded || !board.wishes.count ? rows : [null, ...rows];
}

const isCell = (thing) => thing.cell !== undefined;

function lineOf(board, thing) {
  if (isCell(thing)) return thing.row;
  return thing.from === board.wishes ? null : thing.from.row[thing.bar];
}

function middleOf(thing) {
  if (isCell(thing)) return (thing.first + thing.last) / 2;
  return (thing.from.start[thing.bar] + thing.from.end[thing.bar]) / 2;
}

function barsInView(board, line) {
  const from = line === null ? board.wishes : board.bars;
  const found = [];
  from.eachIn(line ?? 0, ...board.daysInView, (bar) => found.push({ from, bar }));
  return found;
}

/** Of this line the one in view that is closest to the day, or null. */
function closest(board, line, day) {
  if (line !== null && !board.hasBars(line)) {
    const [from, to] = board.daysInView;
    return board.cells.at(line, Math.floor(Math.max(from, Math.min(to, day))));
  }
  const away = (thing) => Math.abs(middleOf(thing) - day);
  return barsInView(board, line).reduce((best, one) => (best && away(best) <= away(one) ? best : one), null);
}

/** Whether there was something to go to. */
function goTo(board, thing) {
  if (!thing) return false;
  if (isCell(thing)) board.focusCell(thing);
  else board.focus(thing.bar, thing.from);
  return true;
}

/**
 * By Tab through the bars in view; false at either end and after Escape, so that Tab can leave. Cells are too many
 * to be walked so.
 */
export function walk(board, step) {
  if (board.focusedCell || board.isLeft) return false;
  const order = lines(board).flatMap((line) => barsInView(board, line));
  const now = board.focusedOne;
  const at = now ? order.findIndex(({ from, bar }) => from === now.from && bar === now.bar) : -1;
  return goTo(board, order[at < 0 && step < 0 ? order.length - 1 : at + step]);
}

/** By arrows along a line, or to the closest in the next line that has any; from nothing, to the first in view. */
export function step(board, along, down) {
  const order = lines(board);
  const now = focusedThing(board);
  if (!now) return firstInView(board, order);
  const line = lineOf(board, now);
  if (along) return goTo(board, beside(board, now, along));
  const at = order.indexOf(line);
  const others = down > 0 ? order.slice(at + 1) : order.slice(0, at).reverse();
  return others.some((other) => goTo(board, closest(board, other, middleOf(now))));
}

function firstInView(board, order) {
  const shown = new Set(board.rowsNear(0));
  const inView = order.filter((line) => line === null || shown.has(line));
  return inView.some((line) => goTo(board, closest(board, line, board.daysInView[0])));
}

function beside(board, now, along) {
  if (isCell(now)) return board.cells.at(now.row, (along > 0 ? now.last : now.first) + along);
  const { from, bar } = now;
  const bars = from.byRow[from.row[bar]];
  const next = bars[bars.indexOf(bar) + along];
  return next === undefined ? null : { from, bar: next };
}
