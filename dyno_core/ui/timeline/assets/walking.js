/**
 * Where the keys lead: along a line from bar to bar or from cell to cell, and from line to line.
 * A line is the band of requests, a dyno's row, or the heading of either. What can have the focus is {from, bar}, a
 * cell as `Cells.at` gives it, or {heading, day}, which remembers the day that the next line is entered at.
 */

/** The heading of the band, beside those of facilities, which are items of the stack. */
const BAND = { group: true, facility: null };

/** What has the focus and is still there, or null. */
function focusedThing(board) {
  if (board.focusedHeading) {
    const { facility, day } = board.focusedHeading;
    const heading = lines(board).find((line) => isHeading(line) && line.facility === facility);
    return heading ? { heading, day } : null;
  }
  if (!board.focusedCell) return board.focusedOne;
  const { dyno_id, first } = board.focusedCell;
  const row = board.data.rows.findIndex((one) => one.dyno_id === dyno_id);
  return row < 0 || board.hasBars(row) || board.stack.topOfRow[row] === null ? null : board.cells.at(row, first);
}

/** The lines from the top: a number is a row, `null` the band. */
function lines(board) {
  const rows = board.stack.items.map((item) => (item.group ? item : item.row));
  if (!board.bandHeight) return rows;
  return board.bandFolded || !board.wishes.count ? [BAND, ...rows] : [BAND, null, ...rows];
}

const isHeading = (line) => line !== null && typeof line === "object";

const isCell = (thing) => thing.cell !== undefined;

function lineOf(board, thing) {
  if (thing.heading) return thing.heading;
  if (isCell(thing)) return thing.row;
  return thing.from === board.wishes ? null : thing.from.row[thing.bar];
}

function middleOf(thing) {
  if (thing.heading) return thing.day;
  if (isCell(thing)) return (thing.first + thing.last) / 2;
  return (thing.from.start[thing.bar] + thing.from.end[thing.bar]) / 2;
}

/** What Tab stops at: the heading, or the bars. */
function stopsIn(board, line) {
  return isHeading(line) ? [{ heading: line, day: board.daysInView[0] }] : barsInView(board, line);
}

function barsInView(board, line) {
  const from = line === null ? board.wishes : board.bars;
  const found = [];
  from.eachIn(line ?? 0, ...board.daysInView, (bar) => found.push({ from, bar }));
  return found;
}

/** Of this line the one in view that is closest to the day, or null. */
function closest(board, line, day) {
  if (isHeading(line)) return { heading: line, day };
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
  if (thing.heading) board.focusHeading(thing.heading.facility, thing.day);
  else if (isCell(thing)) board.focusCell(thing);
  else board.focus(thing.bar, thing.from);
  return true;
}

/**
 * By Tab through headings and the bars in view; false at either end and after Escape, so that Tab can leave. Cells are too many
 * to be walked so.
 */
export function walk(board, step) {
  if (board.focusedCell || board.isLeft) return false;
  const order = lines(board).flatMap((line) => stopsIn(board, line));
  const now = focusedThing(board);
  const isNow = ({ heading, from, bar }) => heading === now.heading && from === now.from && bar === now.bar;
  const at = now ? order.findIndex(isNow) : -1;
  return goTo(board, order[at < 0 && step < 0 ? order.length - 1 : at + step]);
}

/**
 * By arrows along a line, or to the closest in the next line that has any; from nothing, to the first in view.
 * Along a heading, back folds and forth unfolds.
 */
export function step(board, along, down) {
  const order = lines(board);
  const now = focusedThing(board);
  if (!now) return firstInView(board, order);
  const line = lineOf(board, now);
  if (along && now.heading) return turn(board, now.heading.facility, along > 0);
  if (along) return goTo(board, beside(board, now, along));
  const at = order.indexOf(line);
  const others = down > 0 ? order.slice(at + 1) : order.slice(0, at).reverse();
  return others.some((other) => goTo(board, closest(board, other, middleOf(now))));
}

/** Where there are no bars, the first heading: what is folded can be unfolded. */
function firstInView(board, order) {
  const shown = new Set(board.rowsNear(0));
  const inView = [...order.filter((line) => line === null || shown.has(line)), ...order.filter(isHeading)];
  return inView.some((line) => goTo(board, closest(board, line, board.daysInView[0])));
}

function turn(board, facility, isOpening) {
  if (board.isFolded(facility) !== isOpening) return false;
  board.fold(facility);
  return true;
}

function beside(board, now, along) {
  if (isCell(now)) return board.cells.at(now.row, (along > 0 ? now.last : now.first) + along);
  const { from, bar } = now;
  const bars = from.byRow[from.row[bar]];
  const next = bars[bars.indexOf(bar) + along];
  return next === undefined ? null : { from, bar: next };
}
