/** Mouse, wheel, touch and keys. Everything ends in a method of the board. */

import { sayDay, iso } from "./days.js";
import { step, walk } from "./walking.js";

const GRIP = 6; // px at either end of a bar that resize it
const WIDE_ENOUGH_TO_GRIP = 22;
const FINGER_GRIP = 16; // the same for a finger
const SLACK = 4; // px a hand may tremble before a press becomes a drag
const FINGER_SLACK = 10;
const HOLD = 450; // ms that a finger rests on a bar before it takes it up
const CLOSE_BY = 10; // days on either side of a cell that was clicked
const EDGE = 28; // px from the border of the view where dragging scrolls it

/** Starts listening; returns how to stop. */
export function listen(board) {
  const ending = new AbortController();
  const { canvas, stage } = board;
  const on = (target, name, handler, options = {}) =>
    target.addEventListener(name, handler, { signal: ending.signal, ...options });

  let press = null; // {x, y, bar, wish, mode, moved, x0, y0, last, mayPan}; of a finger also {grabs, axis, isHeld}
  let scroller = 0;
  let holding = 0;
  const fingers = new Map(); // where each of them is

  const at = (event) => {
    const edge = canvas.getBoundingClientRect();
    return [event.clientX - edge.left, event.clientY - edge.top];
  };

  const modeAt = (bar, x, grip = GRIP) => {
    if (bar < 0 || !board.mayMove(bar)) return "pan";
    const box = board.box(bar);
    if (box.w < WIDE_ENOUGH_TO_GRIP + 3 * (grip - GRIP)) return "move";
    if (x > box.x + box.w - grip) return "end";
    return x < box.x + grip ? "start" : "move";
  };

  on(canvas, "pointerdown", (event) => {
    if (event.button !== 0 || !board.data) return;
    const [x, y] = at(event);
    const isFinger = event.pointerType === "touch";
    if (isFinger) fingers.set(event.pointerId, [x, y]);
    if (fingers.size > 1) return release(false); // two fingers zoom
    stage.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    const [bar, wish] = [board.barAt(x, y), board.wishAt(x, y)];
    const grabs = wish >= 0 && board.mayPlace() ? "place" : modeAt(bar, x, isFinger ? FINGER_GRIP : GRIP);
    const mode = isFinger ? "pan" : grabs; // a finger moves the view; what it rests on, it takes up
    const mayPan = x >= board.namesWidth + EDGE && x <= board.width - EDGE;
    press = { x, y, bar, wish, mode, grabs, isFinger, moved: false, x0: board.x0, y0: board.y0, last: [x, y], mayPan };
    board.tip.hidden = true;
    if (isFinger && (bar >= 0 || wish >= 0)) holding = setTimeout(takeUp, HOLD);
  });

  const takeUp = () => {
    if (!press || press.moved) return;
    press.isHeld = true;
    const { bar, wish, grabs, x, y } = press;
    if (grabs === "pan") return showTip(board, x, y, told(board, bar, wish)); // it may be read only
    press.mode = grabs;
    press.moved = true;
    if (grabs === "place") board.liftWish(wish);
    else board.lift(bar);
    board.redraw();
    showTip(board, x, y, board.sayCarry());
  };

  const axisOf = (start, x, y) => (Math.abs(x - start.x) >= Math.abs(y - start.y) ? "x" : "y");

  const spread = () => {
    const [[x1, y1], [x2, y2]] = [...fingers.values()];
    return { width: Math.max(1, Math.hypot(x1 - x2, y1 - y2)), middle: Math.max(board.namesWidth, (x1 + x2) / 2) };
  };

  const pinch = (id, place) => {
    const before = spread();
    fingers.set(id, place);
    const now = spread();
    board.zoom(before.width / now.width, now.middle);
  };

  on(canvas, "pointermove", (event) => {
    if (!board.data) return;
    const [x, y] = at(event);
    if (fingers.size === 2 && fingers.has(event.pointerId)) return pinch(event.pointerId, [x, y]);
    if (!press) return event.pointerType === "touch" ? undefined : hover(board, x, y, modeAt);
    press.last = [x, y];
    const isDrag = Math.hypot(x - press.x, y - press.y) >= (press.isFinger ? FINGER_SLACK : SLACK);
    if (!press.moved && !isDrag) return;
    clearTimeout(holding);
    press.moved = true;
    if (press.mode === "pan") {
      canvas.style.cursor = "grabbing";
      board.tip.hidden = true;
      if (press.isFinger) press.axis ??= axisOf(press, x, y);
      if (press.axis !== "y") board.x0 = press.x0 - (x - press.x) / board.perDay;
      if (press.axis !== "x") board.y0 = press.y0 - (y - press.y);
      board.moved();
      return;
    }
    if (!board.carry && press.mode === "place") board.liftWish(press.wish);
    else if (!board.carry) board.lift(press.bar);
    dragTo(board, press, x, y);
    if (!scroller) scroller = requestAnimationFrame(scrollAtEdge);
  });

  /**
   * The browser scrolls the page under a finger that goes up or down, unless the first move is taken from it:
   * for a bar in the hand, for two fingers, and for rows that can scroll that way. At their end the page scrolls on.
   */
  on(
    canvas,
    "touchmove",
    (event) => {
      if (fingers.size > 1 || (press && press.mode !== "pan")) return event.preventDefault();
      if (!press) return;
      const [x, y] = at(event.touches[0]);
      press.axis ??= axisOf(press, x, y);
      if (press.axis === "x" || press.isScrolling || board.canScroll(press.y - y)) {
        press.isScrolling = true;
        event.preventDefault();
      }
    },
    { passive: false },
  );

  on(canvas, "contextmenu", (event) => {
    if (press?.isFinger) event.preventDefault(); // a finger that rests asks for the bar, not for a menu
  });

  /** While a bar is held near the border of the view, the view follows. */
  const scrollAtEdge = () => {
    scroller = 0;
    if (!press?.moved || press.mode === "pan") return;
    const [x, y] = press.last;
    const [left, right] = [board.namesWidth + EDGE, board.width - EDGE];
    const beyond = x > right ? x - right : Math.min(x - left, 0);
    // An end that is gripped beside the border must not run away: only a hand that comes there, or leaves the view.
    if (!beyond) press.mayPan = true;
    const sideways = press.mayPan || Math.abs(beyond) > EDGE ? Math.max(-1, Math.min(1, beyond / EDGE)) : 0;
    const mayScroll = press.mode === "move" || press.mode === "place";
    const top = board.rowsTop; // over the band, what was taken from it is put back
    const isAbove = y < top + EDGE && (press.mode === "move" || y >= top);
    const upright = !mayScroll ? 0 : y > board.height - EDGE ? 1 : isAbove ? -1 : 0;
    if (sideways) board.panDays((sideways * 6) / board.perDay);
    const scrolled = upright ? board.scroll(upright * 5) : false;
    if (!sideways && !scrolled) return;
    dragTo(board, press, x, y);
    scroller = requestAnimationFrame(scrollAtEdge);
  };

  const release = (isDrop) => {
    const held = press;
    press = null;
    clearTimeout(holding);
    canvas.style.cursor = "default";
    board.tip.hidden = true;
    if (!held) return;
    if (held.moved && held.mode !== "pan" && board.carry) {
      if (isDrop) board.drop();
      else board.putBack();
    } else if (!held.moved && !held.isHeld && isDrop) {
      click(board, held);
    }
  };

  on(canvas, "pointerup", (event) => {
    fingers.delete(event.pointerId);
    release(true);
  });
  on(canvas, "pointercancel", (event) => {
    fingers.delete(event.pointerId);
    release(false);
  });
  on(canvas, "pointerleave", () => {
    if (press) return;
    board.tip.hidden = true;
    board.hovered = board.hoveredWish = -1;
    board.redraw();
  });

  on(
    canvas,
    "wheel",
    (event) => {
      if (!board.data) return;
      const [x] = at(event);
      board.tip.hidden = true;
      const pixels = (delta) => (event.deltaMode === 1 ? delta * 16 : delta); // lines in some browsers
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        board.zoom(Math.exp(pixels(event.deltaY) * 0.0016), Math.max(x, board.namesWidth));
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        board.panDays(pixels(event.deltaX || event.deltaY) / board.perDay);
      } else if (board.scroll(pixels(event.deltaY))) {
        event.preventDefault(); // at either end the page scrolls on
      }
    },
    { passive: false },
  );

  on(stage, "focus", () => (board.isLeft = false));

  on(stage, "keydown", (event) => {
    if (!board.data || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape" && press?.moved) {
      release(false);
      event.preventDefault();
    } else if (pressKey(board, event)) {
      event.preventDefault();
      event.stopPropagation(); // Streamlit has shortcuts of its own
    }
  });

  return () => {
    ending.abort();
    clearTimeout(holding);
    cancelAnimationFrame(scroller);
  };
}

function told(board, bar, wish) {
  const [from, one] = wish >= 0 ? [board.wishes, wish] : [board.bars, bar];
  return from.tooltip(one) || from.label(one);
}

function hover(board, x, y, modeAt) {
  const { canvas, data } = board;
  const [bar, wish] = [board.barAt(x, y), board.wishAt(x, y)];
  if (bar !== board.hovered || wish !== board.hoveredWish) {
    [board.hovered, board.hoveredWish] = [bar, wish];
    board.redraw();
  }
  const item = board.itemAt(y);
  const cell = board.cellAt(x, y);
  if (wish >= 0) {
    canvas.style.cursor = board.mayPlace() ? "grab" : "pointer";
    showTip(board, x, y, told(board, bar, wish));
  } else if (board.isOnBandHeading(y)) {
    canvas.style.cursor = "pointer";
    board.tip.hidden = true;
  } else if (cell) {
    canvas.style.cursor = "zoom-in";
    showTip(board, x, y, board.sayCell(cell));
  } else if (bar >= 0) {
    canvas.style.cursor = { pan: "pointer", move: "grab", start: "ew-resize", end: "ew-resize" }[modeAt(bar, x)];
    showTip(board, x, y, told(board, bar, wish));
  } else if (item?.group && x < board.namesWidth) {
    canvas.style.cursor = "pointer";
    board.tip.hidden = true;
  } else if (item && !item.group && x < board.namesWidth) {
    const { name, detail, utilization } = data.rows[item.row];
    canvas.style.cursor = "default";
    const load = utilization === null ? "" : `\nUtilization ${Math.round(utilization * 100)} %`;
    showTip(board, x, y, `${name}${detail ? `\n${detail}` : ""}${load}`);
  } else {
    canvas.style.cursor = "default";
    board.tip.hidden = true;
  }
}

/** Beside the pointer, and always inside the board. */
function showTip(board, x, y, text) {
  const { tip } = board;
  tip.textContent = text;
  tip.hidden = !text;
  const right = board.width - tip.offsetWidth - 8;
  const below = y + 18;
  tip.style.left = `${Math.max(8, Math.min(x + 14, right))}px`;
  tip.style.top = `${below + tip.offsetHeight > board.height - 8 ? Math.max(8, y - tip.offsetHeight - 10) : below}px`;
}

function dragTo(board, press, x, y) {
  const { bars, carry } = board;
  const { bar, mode } = press;
  const takeRow = () => {
    const item = board.itemAt(Math.max(board.rowsTop, Math.min(board.height - 1, y)));
    return item && !item.group ? item.row : carry.row;
  };
  // The grabbed day stays under the pointer, also when the view has moved meanwhile.
  const grabbed = press.x0 + (press.x - board.namesWidth) / board.perDay;
  const days = Math.round(board.dayAt(x) - grabbed);
  const from = carry.from;
  let [row, start, end] = [carry.row, from.start[carry.bar], from.end[carry.bar]];
  if (mode === "place") {
    row = y < board.rowsTop ? null : takeRow();
    start += days;
    end += days;
  } else if (mode === "move") {
    row = takeRow();
    start += days;
    end += days;
  } else if (mode === "end") {
    end = Math.max(start, end + days);
  } else {
    start = Math.min(end, start + days);
  }
  board.carryTo({ row, start, end });
  showTip(board, x, y, board.sayCarry());
}

function click(board, { x, y, bar, wish }) {
  const item = board.itemAt(y);
  if (wish >= 0) {
    board.focus(wish, board.wishes);
    openWish(board, wish);
  } else if (board.isOnBandHeading(y)) {
    board.fold(null);
  } else if (bar >= 0) {
    board.focus(bar);
    board.emit({ type: "click", allocation_id: board.bars.id[bar] });
  } else if (item?.group) {
    board.fold(item.facility);
  } else if (board.cellAt(x, y)) {
    lookInto(board, board.cellAt(x, y));
  } else if (item && x > board.namesWidth) {
    const day = Math.floor(board.dayAt(x));
    const row = board.data.rows[item.row];
    board.focus(-1);
    board.say(`${row.name}, ${sayDay(day)}, free`);
    board.emit({ type: "empty", dyno_id: row.dyno_id, day: iso(day) });
  }
}

function lookInto(board, { first, last }) {
  board.show(first - CLOSE_BY, last + CLOSE_BY);
}

function openWish(board, wish) {
  board.emit({ type: "wish", request_id: board.wishes.id[wish], version: board.wishes.version[wish] });
}

/** Returns whether the key meant something here. */
function pressKey(board, event) {
  const { key, shiftKey } = event;
  const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  if (arrow && shiftKey) return nudge(board, ...arrow);
  if (arrow) {
    step(board, ...arrow);
    return true;
  }
  switch (key) {
    case "PageUp":
    case "PageDown":
      board.panDays((key === "PageUp" ? -0.8 : 0.8) * board.span);
      return true;
    case "Home":
      board.showWindow();
      return true;
    case "+":
    case "=":
      board.zoom(1 / 1.25);
      return true;
    case "-":
      board.zoom(1.25);
      return true;
    case "Tab":
      return walk(board, shiftKey ? -1 : 1);
    case "Enter":
    case " ":
      return confirm(board);
    case "Escape":
      if (!board.carry && board.focused === null && !board.focusedCell && !board.focusedHeading) return false;
      if (board.carry) board.putBack();
      else board.leave();
      return true;
    default:
      return false;
  }
}

function confirm(board) {
  if (board.carry && !board.carry.pending) {
    board.drop();
    return true;
  }
  if (board.focusedHeading) {
    board.fold(board.focusedHeading.facility);
    return true;
  }
  if (board.focusedCell) {
    lookInto(board, board.focusedCell);
    return true;
  }
  const one = board.focusedOne;
  if (!one) return false;
  if (board.focusIsWish) openWish(board, one.bar);
  else board.emit({ type: "click", allocation_id: board.bars.id[one.bar] });
  return true;
}

/** Carries the focused bar by keys: days sideways, dynos up and down. */
function nudge(board, days, rows) {
  const one = board.focusedOne;
  if (!one || !(board.focusIsWish ? board.mayPlace() : board.mayMove(one.bar))) return false;
  const isHeld = board.carry?.from === one.from && board.carry.bar === one.bar;
  if (!isHeld && board.focusIsWish) board.liftWish(one.bar);
  else if (!isHeld) board.lift(one.bar);
  const { start, end } = board.carry;
  // A request comes down from the band to the first row in view.
  const order = board.stack.items.filter((item) => !item.group).map((item) => item.row);
  const first = board.rowsNear(0)[0] ?? null;
  const now = board.carry.row;
  const next = now === null ? (rows > 0 ? first : null) : order[order.indexOf(now) + rows] ?? now;
  board.carryTo({ row: next, start: start + days, end: end + days });
  board.say(board.sayCarry().replaceAll("\n", ", "));
  return true;
}
