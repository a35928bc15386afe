/** What a bar is called in the room that it has: true at every size, and never a stump that could be another's. */

import { textWidth } from "./pen.js";

const USUAL = 11; // pixels of type
const SMALL = 9.5;
const SMALLER = 8.5;
const SMALLEST = 8; // of one line
const MARGINS = { [USUAL]: 11, [SMALL]: 5, [SMALLER]: 3, [SMALLEST]: 2 }; // on both sides together
const NARROWEST = 11; // pixels of a bar in which a line of type stands upright
const TWO_LINES = 19; // pixels of height that two lines of small type need
const SHORTEST_END = 3; // characters of a number that still tell one vehicle from the next on a dyno

/**
 * {lines, size, turned}, or null where no name has room. `room`: pixels of the bar that are in view.
 *
 * “Tag · TEST”, else “Tag”, else the tag in small type, on two lines, and at last its end, by which people know it; in
 * a bar of a day or two that end stands upright. A long name of words may be cut, but not to a stump; a vehicle that is
 * called by its number keeps that whole.
 */
export function labelFor(board, label, room, height) {
  if (height <= 12 || room < NARROWEST) return null;
  const [pixels, tall] = [Math.floor(room), Math.floor(height)];
  const key = `${label} ${pixels} ${tall}`; // a bar that is only panned is looked up
  if (!board.named.has(key)) board.named.set(key, fitted(board, label, pixels, tall));
  return board.named.get(key);
}

function fitted(board, label, room, height) {
  const [name] = label.split(" · ");
  const number = /^(vehicle) (\d+)$/.exec(name);
  const usual = [label, name].find((text) => fits(board, text, USUAL, room));
  if (usual) return { lines: [usual], size: USUAL };
  if (fits(board, name, SMALL, room)) return { lines: [name], size: SMALL };
  if (!number && !/^\S*\d\S*$/.test(name)) return cut(board, name, room);
  const half = Math.ceil(name.length / 2);
  const halves = number ? number.slice(1) : [name.slice(0, half), name.slice(half)];
  return (
    stacked(board, halves, room, height) ??
    (number ? whole(board, number[2], room) : endOf(board, name, room)) ??
    turned(board, number ? number[2] : name.slice(-SHORTEST_END), height)
  );
}

export function fontOf(board, size) {
  return `500 ${size}px ${board.theme.font}`;
}

function fits(board, text, size, room) {
  board.ctx.font = fontOf(board, size);
  return textWidth(board, text) <= room - MARGINS[size];
}

function whole(board, text, room) {
  const size = [SMALL, SMALLER, SMALLEST].find((one) => fits(board, text, one, room));
  return size ? { lines: [text], size } : null;
}

function turned(board, text, height) {
  return fits(board, text, SMALLEST, height) ? { lines: [text], size: SMALLEST, turned: true } : null;
}

function stacked(board, lines, room, height) {
  if (height < TWO_LINES) return null;
  const size = [SMALL, SMALLER].find((one) => lines.every((text) => fits(board, text, one, room)));
  return size ? { lines, size } : null;
}

/** “…8C295”; only the last few characters stand without the dots. */
function endOf(board, name, room) {
  for (let left = name.length - 1; left >= SHORTEST_END; left--) {
    const text = `…${name.slice(-left)}`;
    if (fits(board, text, SMALL, room)) return { lines: [text], size: SMALL };
  }
  return whole(board, name.slice(-SHORTEST_END), room);
}

function cut(board, name, room) {
  board.ctx.font = fontOf(board, USUAL);
  const fitting = Math.floor((name.length * (room - MARGINS[USUAL])) / textWidth(board, name)) - 1;
  return fitting >= 6 ? { lines: [`${name.slice(0, fitting).trimEnd()}…`], size: USUAL } : null;
}
