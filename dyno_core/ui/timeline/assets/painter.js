/** Draws the board on its canvas. Reads the board, changes nothing of it but the facts for tests. */

import { iso, partsOf, weekdayOf } from "./days.js";
import { drawBandName, drawFrame, drawHeader, drawNames } from "./frame.js";
import { fontOf, labelFor } from "./labels.js";
import { HEAD, crisp, inside, line, rounded, textWidth, todayX, top } from "./pen.js";
import { GROUP_HEIGHT, STATUS } from "./plan.js";

export function paint(board) {
  const { ctx, width, height, namesWidth, theme } = board;
  if (!board.data || !width) return;
  ctx.setTransform(board.ratio, 0, 0, board.ratio, 0, 0);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.fillStyle = theme.bg;
  ctx.fillRect(0, 0, width, height);
  const { rowsTop } = board;
  const items = board.stack.between(board.y0, board.y0 + height - rowsTop);

  inside(ctx, namesWidth, rowsTop, width - namesWidth, height - rowsTop, () => {
    drawRowBackgrounds(board, items);
    drawDays(board);
    drawBars(board, items);
    drawTodayLine(board);
    drawFocusedCell(board, items);
  });
  inside(ctx, namesWidth, HEAD, width - namesWidth, rowsTop - HEAD, () => drawBand(board));
  inside(ctx, namesWidth, HEAD, width - namesWidth, height - HEAD, () => drawCarried(board));
  inside(ctx, 0, rowsTop, namesWidth, height - rowsTop, () => drawNames(board, items));
  inside(ctx, 0, HEAD, namesWidth, rowsTop - HEAD, () => drawBandName(board));
  inside(ctx, namesWidth, 0, width - namesWidth, HEAD, () => drawHeader(board));
  drawFrame(board);

  const [from, to] = board.daysInView;
  Object.assign(board.root.dataset, {
    viewStart: iso(from),
    viewEnd: iso(to),
    pxPerDay: board.perDay.toFixed(2),
    focus: inFocus(board),
    missing: board.missing(),
    painted: "true",
  });
}

function inFocus({ focused, focusedCell, focusedHeading }) {
  if (focusedHeading) return focusedHeading.facility ?? "requests";
  return focused ?? (focusedCell ? `${focusedCell.dyno_id} ${iso(focusedCell.first)}` : "");
}

// Background: rows, weekends, lines of days, what is not loaded

function drawRowBackgrounds(board, items) {
  const { ctx, theme, width, namesWidth } = board;
  for (const item of items) {
    if (!item.group && !item.striped) continue;
    ctx.fillStyle = item.group ? theme.band : theme.stripe;
    ctx.fillRect(namesWidth, top(board, item), width, item.height);
  }
}

function drawDays(board) {
  const { ctx, theme, height, perDay } = board;
  const [from, to] = board.daysInView;
  if (perDay > 2.2) {
    ctx.fillStyle = theme.weekend;
    for (let day = from; day <= to; day++) {
      if (weekdayOf(day) >= 5) ctx.fillRect(board.x(day), HEAD, perDay, height);
    }
  }
  ctx.lineWidth = 1;
  for (let day = from; day <= to + 1; day++) {
    const startsMonth = partsOf(day).date === 1;
    const startsWeek = weekdayOf(day) === 0 && perDay > 2.2;
    if (!startsMonth && !startsWeek && perDay < 24) continue;
    ctx.strokeStyle = startsMonth ? theme.gridStrong : theme.grid;
    const x = crisp(board.x(day));
    line(ctx, x, HEAD, x, height);
  }
  const { today, loaded } = board.data;
  ctx.fillStyle = theme.todayColumn;
  ctx.fillRect(board.x(today), HEAD, perDay, height);
  if (loaded) {
    ctx.fillStyle = theme.veil;
    ctx.fillRect(0, HEAD, board.x(loaded[0]), height);
    ctx.fillRect(board.x(loaded[1] + 1), HEAD, board.width, height);
  }
}

function drawTodayLine(board) {
  const { ctx } = board;
  ctx.strokeStyle = board.theme.red;
  ctx.lineWidth = 1.5;
  line(ctx, todayX(board), HEAD, todayX(board), board.height);
}

/** Requests without a dyno, above the rows and always in sight, so that any row can be reached with one. */
function drawBand(board) {
  const { ctx, theme, wishes, width, namesWidth } = board;
  const [from, to] = board.daysInView;
  ctx.fillStyle = theme.band;
  ctx.fillRect(namesWidth, HEAD, width, GROUP_HEIGHT);
  drawDays(board);
  if (!board.bandFolded) {
    wishes.eachIn(0, from, to, (wish) => {
      if (board.carry?.from === wishes && board.carry.bar === wish) return;
      drawBar(board, wish, board.wishBox(wish), { from: wishes });
    });
  }
  drawTodayLine(board);
}

// Bars

function drawBars(board, items) {
  const [from, to] = board.daysInView;
  for (const item of items) {
    if (item.group) {
      if (item.isCollapsed) drawProfile(board, item, from, to);
      continue;
    }
    if (!board.hasBars(item.row)) {
      drawCells(board, item, from, to);
      continue;
    }
    board.bars.eachIn(item.row, from, to, (bar) => {
      if (board.carry?.from === board.bars && board.carry.bar === bar) return;
      drawBar(board, bar, board.box(bar), { clash: board.bars.isConflict(bar) });
    });
  }
}

/** The fuller, the higher and the stronger; the days in maintenance stand on top of the booked ones. */
function drawCells(board, item, from, to) {
  const { ctx, theme, cells, perDay } = board;
  const bottom = top(board, item) + item.height - 3;
  const room = item.height - 6;
  cells.eachIn(item.row, from, to, (cell, first, last) => {
    if (cells.isEmpty(cell)) return;
    const gap = perDay * cells.step > 5 ? 1 : 0;
    const [x, w] = [board.x(first), Math.max(0.5, (last - first + 1) * perDay - gap)];
    const booked = (room * cells.booked[cell]) / 100;
    const down = Math.min(room - booked, (room * cells.down[cell]) / 100);
    ctx.globalAlpha = 0.35 + 0.0055 * cells.booked[cell];
    ctx.fillStyle = theme.load[0];
    ctx.fillRect(x, bottom - booked, w, booked);
    ctx.globalAlpha = 1;
    if (down) {
      ctx.fillStyle = board.hatch;
      ctx.fillRect(x, bottom - booked - down, w, down);
    }
    if (!cells.clash[cell]) return;
    ctx.strokeStyle = theme.red;
    ctx.lineWidth = 2;
    ctx.strokeRect(x + 1, bottom - room + 1, Math.max(1, w - 2), room - 2);
  });
}

function drawFocusedCell(board, items) {
  if (!board.focusedCell) return;
  const { ctx, perDay } = board;
  const { dyno_id, first, last } = board.focusedCell;
  const item = items.find((one) => !one.group && board.data.rows[one.row].dyno_id === dyno_id);
  if (!item || board.hasBars(item.row)) return;
  const width = (last - first + 1) * perDay;
  rounded(ctx, board.x(first) - 1, top(board, item) + 2, Math.max(4, width + 1), item.height - 4, 3);
  ctx.strokeStyle = board.theme.text;
  ctx.lineWidth = 2.2;
  ctx.stroke();
}

/** A collapsed facility keeps a profile: the higher, the more of its dynos are taken that day; red where some clash. */
function drawProfile(board, item, from, to) {
  if (board.cells) return drawShares(board, item, from, to);
  const { ctx, theme, bars, perDay } = board;
  const taken = new Uint16Array(to - from + 1);
  const clashing = new Uint8Array(to - from + 1);
  for (const row of item.members) {
    const seen = new Uint8Array(to - from + 1); // a dyno counts once a day, however many bars it has
    bars.eachIn(row, from, to, (bar) => {
      if (!bars.isBlocking(bar) && !bars.isConflict(bar)) return;
      for (let day = Math.max(from, bars.start[bar]); day <= Math.min(to, bars.end[bar]); day++) {
        seen[day - from] = 1;
        if (bars.isConflict(bar)) clashing[day - from] = 1;
      }
    });
    seen.forEach((one, at) => (taken[at] += one));
  }
  const bottom = top(board, item) + item.height - 3;
  taken.forEach((count, at) => {
    if (!count) return;
    const height = ((item.height - 7) * count) / item.members.length;
    ctx.fillStyle = clashing[at] ? theme.red : theme.load[0];
    ctx.fillRect(board.x(from + at), bottom - height, Math.max(0.5, perDay - (perDay > 5 ? 1 : 0)), height);
  });
}

/** The same from cells, which all rows have. */
function drawShares(board, item, from, to) {
  const { ctx, theme, cells, perDay } = board;
  const bottom = top(board, item) + item.height - 3;
  cells.eachIn(0, from, to, (first_cell, first, last) => {
    const all = item.members.map((row) => first_cell + row * cells.count);
    const share = all.reduce((sum, cell) => sum + cells.booked[cell], 0) / 100 / all.length;
    ctx.fillStyle = all.some((cell) => cells.clash[cell]) ? theme.red : theme.load[0];
    const height = (item.height - 7) * share;
    ctx.fillRect(board.x(first), bottom - height, (last - first + 1) * perDay - 1, height);
  });
}

function drawBar(board, bar, box, { clash = false, pending = false, from = board.bars } = {}) {
  if (!box) return;
  const { ctx, theme } = board;
  const { x, y, w, h } = box;
  const look = lookOf(board, from, bar);
  if (h < 6 || w < 4) {
    ctx.fillStyle = clash ? theme.red : look.edge ?? look.fill;
    ctx.fillRect(x, y, w, h);
    return;
  }
  const radius = h > 11 ? 4 : 2;
  rounded(ctx, x, y, w, h, radius);
  if (look.fill) {
    ctx.fillStyle = look.fill;
    ctx.fill();
  }
  if (look.edge) {
    rounded(ctx, x + 0.6, y + 0.6, w - 1.2, h - 1.2, radius - 0.5);
    ctx.strokeStyle = look.edge;
    ctx.lineWidth = 1.2;
    ctx.setLineDash(look.dashed ? [4, 3] : []);
    ctx.stroke();
    ctx.setLineDash([]);
  }
  if (clash) {
    rounded(ctx, x + 1, y + 1, w - 2, h - 2, radius - 0.5);
    ctx.strokeStyle = theme.red;
    ctx.lineWidth = 2;
    ctx.stroke();
  }
  drawLabel(board, from.label(bar), box, look);
  const isFocused = from.id[bar] === board.focused && (from === board.wishes) === board.focusIsWish;
  const isHovered = bar === (from === board.wishes ? board.hoveredWish : board.hovered);
  if (isFocused || isHovered || pending) {
    rounded(ctx, x - 0.5, y - 0.5, w + 1, h + 1, radius + 0.5);
    ctx.strokeStyle = theme.text;
    ctx.lineWidth = isFocused ? 2.2 : 1.2;
    ctx.setLineDash(pending ? [3, 3] : []);
    ctx.stroke();
    ctx.setLineDash([]);
  }
}

/** Colour says the test type, the way of filling says the status. */
function lookOf(board, bars, bar) {
  const { theme } = board;
  const status = bars.status[bar];
  if (bars.isMaintenance(bar)) {
    const gone = status === STATUS.CANCELLED;
    return { fill: gone ? null : board.hatch, edge: theme.maintenance, ink: theme.text, chip: !gone, struck: gone };
  }
  const colour = theme.types[bars.type[bar]];
  switch (status) {
    case STATUS.IN_PROGRESS:
      return { fill: colour.solid, ink: colour.ink };
    case STATUS.COMPLETED:
      return { fill: colour.done, ink: colour.doneInk };
    case STATUS.TENTATIVE:
      return { fill: theme.bg, edge: colour.solid, ink: theme.text, dashed: true };
    case STATUS.CANCELLED:
      return { fill: null, edge: colour.faint, ink: theme.muted, struck: true };
    default:
      return { fill: colour.tint, edge: colour.solid, ink: theme.text };
  }
}

function drawLabel(board, label, { x, y, w, h }, look) {
  const { ctx, theme, namesWidth, width } = board;
  const middle = y + h / 2 + 0.5;
  const left = Math.max(x, namesWidth); // sticks to the edge of the view on long bars
  const right = Math.min(x + w, width);
  const shown = labelFor(board, label, right - left, h);
  if (!shown) {
    if (look.struck) strike(ctx, theme, x + 3, x + w - 3, middle);
    return;
  }
  const { lines, size } = shown;
  ctx.font = fontOf(board, size);
  if (shown.turned) {
    drawUpright(ctx, lines[0], (left + right) / 2, middle, look);
    if (look.struck) strike(ctx, theme, left + 2, right - 2, middle);
    return;
  }
  const wide = Math.max(...lines.map((text) => textWidth(board, text)));
  // A label begins at the left, as its bar does; what is squeezed in stands in the middle.
  const at = Math.min(left + 6, (left + right - wide) / 2);
  if (look.chip) {
    ctx.fillStyle = theme.maintenanceBack;
    rounded(ctx, at - 3, y + 3, wide + 6, h - 6, 3);
    ctx.fill();
  }
  ctx.fillStyle = look.ink;
  const pitch = size + 0.5;
  lines.forEach((text, nth) => ctx.fillText(text, at, middle + (nth - (lines.length - 1) / 2) * pitch));
  if (look.struck) strike(ctx, theme, at - 2, at + wide + 2, middle);
}

function drawUpright(ctx, text, x, y, look) {
  ctx.save();
  ctx.translate(x, y);
  ctx.rotate(-Math.PI / 2);
  ctx.textAlign = "center";
  ctx.fillStyle = look.ink;
  ctx.fillText(text, 0, 0);
  ctx.restore();
}

function strike(ctx, theme, from, to, middle) {
  ctx.strokeStyle = theme.muted;
  ctx.lineWidth = 1;
  line(ctx, from, Math.round(middle) - 0.5, to, Math.round(middle) - 0.5);
}

/** The bar in the air above the row it would land in. */
function drawCarried(board) {
  const { ctx, carry, theme, namesWidth, width } = board;
  const box = carry && board.carriedBox();
  if (!box) return;
  if (carry.row !== null) {
    ctx.fillStyle = theme.target;
    const rowTop = board.rowsTop + board.stack.topOfRow[carry.row] - board.y0;
    ctx.fillRect(namesWidth, rowTop, width, board.stack.heightOfRow[carry.row]);
  }
  ctx.globalAlpha = carry.pending ? 0.6 : 0.92;
  drawBar(board, carry.bar, box, { clash: carry.clash >= 0, pending: true, from: carry.from });
  ctx.globalAlpha = 1;
}
