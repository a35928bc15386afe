/** Draws the board on its canvas. Reads the board, changes nothing of it but the facts for tests. */

import { MONTHS, WEEKDAYS, dayOf, iso, isoWeek, partsOf, weekdayOf } from "./days.js";
import { STATUS } from "./plan.js";

export const HEAD = 46; // the frozen header: a line of months, a line of weeks or days
const LOAD_WIDTH = 34; // the utilization bar beside a name

export function paint(board) {
  const { ctx, width, height, namesWidth, theme } = board;
  if (!board.data || !width) return;
  ctx.setTransform(board.ratio, 0, 0, board.ratio, 0, 0);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.fillStyle = theme.bg;
  ctx.fillRect(0, 0, width, height);
  const items = board.stack.between(board.y0, board.y0 + height - HEAD);

  inside(ctx, namesWidth, HEAD, width - namesWidth, height - HEAD, () => {
    drawRowBackgrounds(board, items);
    drawDays(board);
    drawBars(board, items);
    drawTodayLine(board);
    drawCarried(board);
  });
  inside(ctx, 0, HEAD, namesWidth, height - HEAD, () => drawNames(board, items));
  inside(ctx, namesWidth, 0, width - namesWidth, HEAD, () => drawHeader(board));
  drawFrame(board);

  const [from, to] = board.daysInView;
  Object.assign(board.root.dataset, {
    viewStart: iso(from),
    viewEnd: iso(to),
    pxPerDay: board.perDay.toFixed(2),
    focus: board.focused ?? "",
    painted: "true",
  });
}

function inside(ctx, x, y, w, h, draw) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, w, h);
  ctx.clip();
  draw();
  ctx.restore();
}

function line(ctx, x1, y1, x2, y2) {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

function rounded(ctx, x, y, w, h, radius) {
  ctx.beginPath();
  ctx.roundRect(x, y, Math.max(0, w), Math.max(0, h), Math.max(0, Math.min(radius, w / 2, h / 2)));
}

/** On the pixel grid, so that a line one pixel wide is one pixel wide. */
function crisp(at) {
  return Math.round(at) + 0.5;
}

const top = (board, item) => HEAD + item.y - board.y0;

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

function todayX(board) {
  return board.x(board.data.today) + board.perDay / 2;
}

function drawTodayLine(board) {
  const { ctx } = board;
  ctx.strokeStyle = board.theme.red;
  ctx.lineWidth = 1.5;
  line(ctx, todayX(board), HEAD, todayX(board), board.height);
}

// Bars

function drawBars(board, items) {
  const [from, to] = board.daysInView;
  for (const item of items) {
    if (item.group) {
      if (item.isCollapsed) drawSummary(board, item, from, to);
      continue;
    }
    board.bars.eachIn(item.row, from, to, (bar) => {
      if (board.carry?.bar === bar) return;
      drawBar(board, bar, board.box(bar), { clash: board.bars.isConflict(bar) });
    });
  }
}

/** A collapsed facility keeps one thin strip per dyno: enough to see where it is full and where it clashes. */
function drawSummary(board, item, from, to) {
  const { ctx, theme, bars, perDay } = board;
  const pitch = Math.min(5, (item.height - 6) / item.members.length);
  const first = top(board, item) + (item.height - pitch * item.members.length) / 2;
  item.members.forEach((row, nth) => {
    bars.eachIn(row, from, to, (bar) => {
      if (!bars.isBlocking(bar) && !bars.isConflict(bar)) return;
      const colour = bars.isMaintenance(bar) ? theme.maintenance : theme.types[bars.type[bar]].solid;
      ctx.fillStyle = bars.isConflict(bar) ? theme.red : colour;
      const days = bars.end[bar] - bars.start[bar] + 1;
      ctx.fillRect(board.x(bars.start[bar]), first + nth * pitch, Math.max(1, days * perDay - 1), Math.max(1, pitch - 1));
    });
  });
}

function drawBar(board, bar, box, { clash = false, pending = false } = {}) {
  if (!box) return;
  const { ctx, theme, bars } = board;
  const { x, y, w, h } = box;
  const look = lookOf(board, bar);
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
  drawLabel(board, bar, box, look);
  const isFocused = bars.id[bar] === board.focused;
  if (isFocused || bar === board.hovered || pending) {
    rounded(ctx, x - 0.5, y - 0.5, w + 1, h + 1, radius + 0.5);
    ctx.strokeStyle = theme.text;
    ctx.lineWidth = isFocused ? 2.2 : 1.2;
    ctx.setLineDash(pending ? [3, 3] : []);
    ctx.stroke();
    ctx.setLineDash([]);
  }
}

/** Colour says the test type, the way of filling says the status. */
function lookOf(board, bar) {
  const { bars, theme } = board;
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

function drawLabel(board, bar, { x, y, w, h }, look) {
  const { ctx, theme, namesWidth, width } = board;
  const middle = y + h / 2 + 0.5;
  const left = Math.max(x, namesWidth) + 6; // sticks to the edge of the view on long bars
  const room = Math.min(x + w, width) - left - 5;
  ctx.font = `500 11px ${theme.font}`;
  const text = h > 12 && room > 12 ? fit(board, board.bars.label(bar), room) : "";
  if (text && look.chip) {
    ctx.fillStyle = theme.maintenanceBack;
    rounded(ctx, left - 3, y + 3, textWidth(board, text) + 6, h - 6, 3);
    ctx.fill();
  }
  if (text) {
    ctx.fillStyle = look.ink;
    ctx.fillText(text, left, middle);
  }
  if (look.struck) {
    ctx.strokeStyle = theme.muted;
    ctx.lineWidth = 1;
    const end = text ? left + textWidth(board, text) + 2 : x + w - 3;
    line(ctx, text ? left - 2 : x + 3, Math.round(middle) - 0.5, end, Math.round(middle) - 0.5);
  }
}

/** "Tag · TEST", else "Tag", else nothing; a word alone may be cut, but never to a stump. */
function fit(board, label, room) {
  if (textWidth(board, label) <= room) return label;
  const cut = label.indexOf(" · ");
  if (cut > 0) {
    const tag = label.slice(0, cut);
    return textWidth(board, tag) <= room ? tag : "";
  }
  const fitting = Math.floor((label.length * room) / textWidth(board, label)) - 1;
  return fitting >= 5 ? `${label.slice(0, fitting).trimEnd()}…` : "";
}

function textWidth(board, text) {
  const known = board.widths.get(board.ctx.font + text);
  if (known !== undefined) return known;
  const measured = board.ctx.measureText(text).width;
  board.widths.set(board.ctx.font + text, measured);
  return measured;
}

/** The bar in the air above the row it would land in. */
function drawCarried(board) {
  const { ctx, carry, theme, namesWidth, width } = board;
  if (!carry) return;
  const box = board.box(carry.bar, carry);
  if (!box) return;
  ctx.fillStyle = theme.target;
  const rowTop = HEAD + board.stack.topOfRow[carry.row] - board.y0;
  ctx.fillRect(namesWidth, rowTop, width, board.stack.heightOfRow[carry.row]);
  ctx.globalAlpha = carry.pending ? 0.6 : 0.92;
  drawBar(board, carry.bar, box, { clash: carry.clash >= 0, pending: true });
  ctx.globalAlpha = 1;
}

// Names, header, frame

function drawNames(board, items) {
  const { ctx, theme, namesWidth, height } = board;
  ctx.fillStyle = theme.head;
  ctx.fillRect(0, HEAD, namesWidth, height);
  for (const item of items) {
    if (item.group) drawGroupName(board, item);
    else drawRowName(board, item);
  }
}

function drawGroupName(board, item) {
  const { ctx, theme, namesWidth } = board;
  const middle = top(board, item) + item.height / 2 + 0.5;
  ctx.fillStyle = theme.band;
  ctx.fillRect(0, top(board, item), namesWidth, item.height);
  ctx.strokeStyle = theme.muted;
  ctx.lineWidth = 1.6;
  ctx.beginPath();
  const corners = item.isCollapsed ? [[-2, -3.5], [1.5, 0], [-2, 3.5]] : [[-3.5, -2], [0, 1.5], [3.5, -2]];
  corners.forEach(([dx, dy], at) => (at ? ctx.lineTo(11 + dx, middle + dy) : ctx.moveTo(11 + dx, middle + dy)));
  ctx.stroke();
  ctx.font = `600 11px ${theme.font}`;
  ctx.fillStyle = theme.text;
  const name = shorten(board, item.facility, namesWidth - 70);
  ctx.fillText(name, 22, middle);
  const count = item.members.length;
  const words = item.conflicts && item.isCollapsed ? `${item.conflicts} in conflict` : `${count} dyno${count === 1 ? "" : "s"}`;
  ctx.fillStyle = item.conflicts && item.isCollapsed ? theme.red : theme.muted;
  ctx.font = `11px ${theme.font}`;
  ctx.fillText(words, 22 + measure(ctx, `600 11px ${theme.font}`, name) + 8, middle);
}

function measure(ctx, font, text) {
  const before = ctx.font;
  ctx.font = font;
  const { width } = ctx.measureText(text);
  ctx.font = before;
  return width;
}

function shorten(board, text, room) {
  let shown = text;
  while (shown.length > 1 && textWidth(board, `${shown}…`) > room && textWidth(board, text) > room) shown = shown.slice(0, -1);
  return shown === text ? text : `${shown.trimEnd()}…`;
}

function drawRowName(board, item) {
  const { ctx, theme, namesWidth, bars } = board;
  const row = board.data.rows[item.row];
  const y = top(board, item);
  const middle = y + item.height / 2 + 0.5;
  if (item.striped) {
    ctx.fillStyle = theme.stripe;
    ctx.fillRect(0, y, namesWidth, item.height);
  }
  if (bars.byRow[item.row].some((bar) => bars.isConflict(bar))) {
    ctx.fillStyle = theme.red;
    ctx.beginPath();
    ctx.arc(11, middle - 0.5, 3.5, 0, 2 * Math.PI);
    ctx.fill();
  }
  const right = namesWidth - (row.utilization === null ? 8 : LOAD_WIDTH + 20);
  ctx.font = `600 12px ${theme.font}`;
  ctx.fillStyle = theme.text;
  const name = shorten(board, row.name, right - 22);
  ctx.fillText(name, 22, middle);
  const detailAt = 22 + textWidth(board, name) + 8;
  ctx.font = `11px ${theme.font}`;
  ctx.fillStyle = theme.muted;
  if (right - detailAt > 24) ctx.fillText(shorten(board, row.detail, right - detailAt), detailAt, middle);
  if (row.utilization !== null) drawLoad(board, row.utilization, namesWidth - LOAD_WIDTH - 12, middle - 3);
}

function drawLoad(board, utilization, x, y) {
  const { ctx, theme } = board;
  const [normal, high] = theme.load;
  rounded(ctx, x, y, LOAD_WIDTH, 5, 2.5);
  ctx.fillStyle = theme.gridStrong;
  ctx.fill();
  if (utilization <= 0) return;
  rounded(ctx, x, y, Math.max(4, LOAD_WIDTH * Math.min(1, utilization)), 5, 2.5);
  ctx.fillStyle = utilization > 1 ? theme.red : utilization > 0.85 ? high : normal;
  ctx.fill();
}

function drawHeader(board) {
  const { ctx, theme, width, namesWidth } = board;
  ctx.fillStyle = theme.head;
  ctx.fillRect(namesWidth, 0, width, HEAD);
  if (board.perDay < 1.3) {
    drawYears(board);
    drawMonths(board, 34, `11px ${theme.font}`, theme.muted, false);
  } else {
    drawMonths(board, 13, `600 12px ${theme.font}`, theme.text, true);
    drawWeeksOrDays(board, 34);
  }
  drawTodayPill(board);
}

/** A text at the start of its stretch that slides along while the stretch is cut by the left edge. */
function drawSticky(board, text, from, to, y) {
  const { ctx, namesWidth } = board;
  const left = Math.max(from, namesWidth) + 7;
  if (left + ctx.measureText(text).width < to - 2) ctx.fillText(text, left, y);
}

function drawYears(board) {
  const { ctx, theme } = board;
  const [from, to] = board.daysInView;
  ctx.font = `600 12px ${theme.font}`;
  for (let { year } = partsOf(from); dayOf(year, 0, 1) <= to; year++) {
    const left = board.x(dayOf(year, 0, 1));
    ctx.strokeStyle = theme.gridStrong;
    ctx.lineWidth = 1;
    line(ctx, crisp(left), 0, crisp(left), HEAD);
    ctx.fillStyle = theme.text;
    drawSticky(board, String(year), left, board.x(dayOf(year + 1, 0, 1)), 13);
  }
}

function drawMonths(board, y, font, colour, withYear) {
  const { ctx, theme } = board;
  const [from, to] = board.daysInView;
  ctx.font = font;
  let { year, month } = partsOf(from);
  while (dayOf(year, month, 1) <= to) {
    const left = board.x(dayOf(year, month, 1));
    const right = board.x(dayOf(year, month + 1, 1));
    ctx.strokeStyle = theme.gridStrong;
    ctx.lineWidth = 1;
    line(ctx, crisp(left), withYear ? 0 : HEAD / 2, crisp(left), HEAD);
    ctx.fillStyle = colour;
    const short = MONTHS[month].slice(0, 3);
    const full = right - left > 118 ? `${MONTHS[month]} ${year}` : `${short} ${year}`;
    drawSticky(board, withYear && right - left > 66 ? full : short, left, right, y);
    month++;
    if (month > 11) [year, month] = [year + 1, 0];
  }
}

function drawWeeksOrDays(board, y) {
  const { ctx, theme, perDay } = board;
  const [from, to] = board.daysInView;
  ctx.font = `11px ${theme.font}`;
  const perWeek = perDay * 7;
  for (let day = from - 6; day <= to; day++) {
    const { date, month } = partsOf(day);
    const isMonday = weekdayOf(day) === 0;
    ctx.fillStyle = weekdayOf(day) >= 5 ? theme.muted : theme.text;
    if (perDay >= 40) {
      ctx.fillText(`${WEEKDAYS[weekdayOf(day)]} ${date}`, board.x(day) + 6, y);
    } else if (perDay >= 20) {
      ctx.textAlign = "center";
      ctx.fillText(String(date), board.x(day) + perDay / 2, y);
      ctx.textAlign = "left";
    } else if (isMonday) {
      ctx.fillStyle = theme.muted;
      const week = isoWeek(day);
      const full = `W${week} ${date} ${MONTHS[month].slice(0, 3)}`;
      // Between the two, every second or fourth week is named.
      const every = perWeek >= 27 ? 1 : perWeek >= 14 ? 2 : 4;
      if (perWeek >= 68) ctx.fillText(full, board.x(day) + 5, y);
      else if (week % every === 0 || every === 1) ctx.fillText(`W${week}`, board.x(day) + 3, y);
    }
  }
}

function drawTodayPill(board) {
  const { ctx, theme } = board;
  const x = todayX(board);
  ctx.strokeStyle = theme.red;
  ctx.lineWidth = 1.5;
  line(ctx, x, 20, x, HEAD);
  ctx.font = `600 10px ${theme.font}`;
  const w = ctx.measureText("Today").width + 14;
  rounded(ctx, x - w / 2, 5, w, 16, 8);
  ctx.fillStyle = theme.red;
  ctx.fill();
  ctx.fillStyle = theme.redInk;
  ctx.textAlign = "center";
  ctx.fillText("Today", x, 13.5);
  ctx.textAlign = "left";
}

function drawFrame(board) {
  const { ctx, theme, width, height, namesWidth } = board;
  ctx.fillStyle = theme.head;
  ctx.fillRect(0, 0, namesWidth, HEAD);
  ctx.font = `11px ${theme.font}`;
  ctx.fillStyle = theme.muted;
  ctx.fillText("Dyno", 22, 34);
  if (board.data.rows.some((row) => row.utilization !== null)) {
    ctx.textAlign = "right";
    ctx.fillText("Utilization", namesWidth - 12, 34);
    ctx.textAlign = "left";
  }
  ctx.strokeStyle = theme.gridStrong;
  ctx.lineWidth = 1;
  line(ctx, 0, HEAD + 0.5, width, HEAD + 0.5);
  line(ctx, namesWidth + 0.5, 0, namesWidth + 0.5, height);
  if (!board.data.rows.length) {
    ctx.textAlign = "center";
    ctx.font = `13px ${theme.font}`;
    ctx.fillText("No dyno matches.", (width + namesWidth) / 2, (height + HEAD) / 2);
    ctx.textAlign = "left";
  }
}
