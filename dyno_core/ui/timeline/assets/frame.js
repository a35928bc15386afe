/** What stays in place while the plan moves: the names at the left, the header of months, weeks and days. */

import { MONTHS, WEEKDAYS, dayOf, isoWeek, partsOf, weekdayOf } from "./days.js";
import { HEAD, crisp, line, rounded, shorten, textWidth, todayX, top } from "./pen.js";
import { GROUP_HEIGHT } from "./plan.js";

export const DETAIL = 10; // pixels of the type under a name
const LOAD_WIDTH = 34; // the utilization bar beside a name
const UPPER_LINE = 13; // of the header
const PILL_WIDTH = 44; // of “Today” in that line

export function drawNames(board, items) {
  const { ctx, theme, namesWidth, height } = board;
  ctx.fillStyle = theme.head;
  ctx.fillRect(0, board.rowsTop, namesWidth, height);
  for (const item of items) {
    if (item.group) drawGroupName(board, item);
    else drawRowName(board, item);
  }
}

function drawGroupName(board, item) {
  const [from, to] = board.daysInView;
  const count = item.members.length;
  const clashing = item.isCollapsed ? item.members.filter((row) => board.hasConflictIn(row, from, to)).length : 0;
  const words = clashing ? [`${clashing} in conflict`, String(clashing)] : [`${count} dyno${count === 1 ? "" : "s"}`];
  const { facility: name, isCollapsed } = item;
  const isFocused = board.focusedHeading?.facility === name;
  drawHeading(board, top(board, item), { name, words, isCollapsed, isAlarming: clashing > 0, isFocused });
}

export function drawBandName(board) {
  const { ctx, theme, namesWidth, wishes, bandHeight, bandFolded } = board;
  if (!bandHeight) return;
  ctx.fillStyle = theme.head;
  ctx.fillRect(0, HEAD, namesWidth, bandHeight);
  const count = board.wishedInView;
  const words = [`${count} without a dyno`, `${count} waiting`, String(count)];
  const isFocused = board.focusedHeading?.facility === null;
  drawHeading(board, HEAD, { name: "Requests", words, isCollapsed: bandFolded, isFocused });
  let shown = 0;
  wishes.eachIn(0, ...board.daysInView, () => shown++);
  const more = count - shown;
  if (!more || bandFolded) return;
  ctx.font = `11px ${theme.font}`;
  ctx.fillStyle = theme.muted;
  ctx.fillText(board.isNarrow ? `${more} more below` : `${more} more in the list below`, 22, HEAD + GROUP_HEIGHT + 14);
}

/** `words`: the first of them that has room is told beside the name. */
function drawHeading(board, y, { name, words, isCollapsed, isAlarming = false, isFocused }) {
  const { ctx, theme, namesWidth } = board;
  const middle = y + GROUP_HEIGHT / 2 + 0.5;
  ctx.fillStyle = theme.band;
  ctx.fillRect(0, y, namesWidth, GROUP_HEIGHT);
  ctx.strokeStyle = theme.muted;
  ctx.lineWidth = 1.6;
  ctx.beginPath();
  const corners = isCollapsed ? [[-2, -3.5], [1.5, 0], [-2, 3.5]] : [[-3.5, -2], [0, 1.5], [3.5, -2]];
  corners.forEach(([dx, dy], at) => (at ? ctx.lineTo(11 + dx, middle + dy) : ctx.moveTo(11 + dx, middle + dy)));
  ctx.stroke();
  ctx.font = `600 11px ${theme.font}`;
  ctx.fillStyle = theme.text;
  const shown = shorten(board, name, namesWidth - 28);
  ctx.fillText(shown, 22, middle);
  const wordsAt = 22 + textWidth(board, shown) + 8;
  ctx.fillStyle = isAlarming ? theme.red : theme.muted;
  ctx.font = `11px ${theme.font}`;
  const room = namesWidth - wordsAt - 6;
  const told = words.find((text) => textWidth(board, text) <= room);
  if (told) ctx.fillText(told, wordsAt, middle);
  if (!isFocused) return;
  ctx.strokeStyle = theme.text;
  ctx.lineWidth = 2.2;
  rounded(ctx, 2, y + 2, namesWidth - 4, GROUP_HEIGHT - 4, 4);
  ctx.stroke();
}

function drawRowName(board, item) {
  const { ctx, theme, namesWidth } = board;
  const row = board.data.rows[item.row];
  const y = top(board, item);
  const middle = y + item.height / 2 + 0.5;
  if (item.striped) {
    ctx.fillStyle = theme.stripe;
    ctx.fillRect(0, y, namesWidth, item.height);
  }
  // Of the days in view only: a mark for something that can't be seen sends people looking in vain.
  if (board.hasConflictIn(item.row, ...board.daysInView)) {
    ctx.fillStyle = theme.red;
    ctx.beginPath();
    ctx.arc(11, middle - 0.5, 3.5, 0, 2 * Math.PI);
    ctx.fill();
  }
  const hasLoad = row.utilization !== null && !board.isNarrow;
  const right = namesWidth - (hasLoad ? LOAD_WIDTH + 20 : 6);
  const [nameAt, detailAt] = row.detail ? [middle - 5.5, middle + 6.5] : [middle, 0];
  ctx.font = `600 12px ${theme.font}`;
  ctx.fillStyle = theme.text;
  ctx.fillText(shorten(board, row.name, right - 22), 22, nameAt);
  ctx.font = `${DETAIL}px ${theme.font}`;
  ctx.fillStyle = theme.muted;
  if (row.detail) ctx.fillText(shorten(board, row.detail, right - 22), 22, detailAt);
  if (hasLoad) drawLoad(board, row.utilization, namesWidth - LOAD_WIDTH - 12, middle - 3);
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

export function drawHeader(board) {
  const { ctx, theme, width, namesWidth } = board;
  ctx.fillStyle = theme.head;
  ctx.fillRect(namesWidth, 0, width, HEAD);
  if (board.perDay < 1.3) {
    drawYears(board);
    drawMonths(board, 34, `11px ${theme.font}`, theme.muted, false);
  } else {
    drawMonths(board, UPPER_LINE, `600 12px ${theme.font}`, theme.text, true);
    drawWeeksOrDays(board, 34);
  }
  drawTodayPill(board);
}

/** The first of the texts that has room, at the start of its stretch; it slides along while the left edge cuts that. */
function drawSticky(board, texts, from, to, y) {
  const { ctx, namesWidth } = board;
  const left = Math.max(from, namesWidth) + 7;
  const pill = y === UPPER_LINE ? pillOf(board) : { left: 0, right: 0 };
  for (const text of texts) {
    const width = ctx.measureText(text).width;
    const isFree = (at) => at + width < to - 2 && (at >= pill.right || at + width < pill.left - 3);
    const at = [left, Math.max(left, pill.right + 6)].find(isFree);
    if (at !== undefined) return ctx.fillText(text, at, y);
  }
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
    drawSticky(board, [String(year)], left, board.x(dayOf(year + 1, 0, 1)), UPPER_LINE);
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
    // Not through the line of weeks: a week begins where it likes.
    line(ctx, crisp(left), withYear ? 0 : HEAD / 2, crisp(left), withYear ? HEAD / 2 : HEAD);
    ctx.fillStyle = colour;
    const short = MONTHS[month].slice(0, 3);
    const full = right - left > 118 ? `${MONTHS[month]} ${year}` : `${short} ${year}`;
    drawSticky(board, withYear ? [full, short] : [short], left, right, y);
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
      if (board.x(day) < board.namesWidth) continue; // its name would show as a tail
      if (perWeek >= 68) ctx.fillText(full, board.x(day) + 5, y);
      else if (week % every === 0 || every === 1) ctx.fillText(`W${week}`, board.x(day) + 3, y);
    }
  }
}

/** Where “Today” stands; beside the names it gives way, as they would cut it. */
function pillOf(board) {
  const x = todayX(board);
  const isCut = x >= board.namesWidth && x < board.namesWidth + PILL_WIDTH / 2 + 3;
  const left = isCut ? board.namesWidth + 3 : x - PILL_WIDTH / 2;
  return { left, right: left + PILL_WIDTH };
}

function drawTodayPill(board) {
  const { ctx, theme } = board;
  const x = todayX(board);
  ctx.strokeStyle = theme.red;
  ctx.lineWidth = 1.5;
  line(ctx, x, 20, x, HEAD);
  ctx.font = `600 10px ${theme.font}`;
  const { left } = pillOf(board);
  rounded(ctx, left, 5, PILL_WIDTH, 16, 8);
  ctx.fillStyle = theme.red;
  ctx.fill();
  ctx.fillStyle = theme.redInk;
  ctx.textAlign = "center";
  ctx.fillText("Today", left + PILL_WIDTH / 2, 13.5);
  ctx.textAlign = "left";
}

export function drawFrame(board) {
  const { ctx, theme, width, height, namesWidth } = board;
  ctx.fillStyle = theme.head;
  ctx.fillRect(0, 0, namesWidth, HEAD);
  ctx.font = `11px ${theme.font}`;
  ctx.fillStyle = theme.muted;
  ctx.fillText("Dyno", 22, 34);
  if (!board.isNarrow && board.data.rows.some((row) => row.utilization !== null)) {
    ctx.textAlign = "right";
    ctx.fillText("Utilization", namesWidth - 12, 34);
    ctx.textAlign = "left";
  }
  ctx.strokeStyle = theme.gridStrong;
  ctx.lineWidth = 1;
  line(ctx, 0, HEAD + 0.5, width, HEAD + 0.5);
  if (board.bandHeight) line(ctx, 0, board.rowsTop - 0.5, width, board.rowsTop - 0.5);
  line(ctx, namesWidth + 0.5, 0, namesWidth + 0.5, height);
  const said = emptiness(board);
  if (!said) return;
  ctx.textAlign = "center";
  ctx.font = `13px ${theme.font}`;
  ctx.fillText(said, (width + namesWidth) / 2, (height + HEAD) / 2);
  ctx.textAlign = "left";
}

/** What to say in place of bars; null when there are some. */
function emptiness({ bars, cells, data, daysInView: [from, to] }) {
  if (!data.rows.length) return "No dyno matches.";
  let found = false;
  data.rows.forEach((_, row) => {
    bars.eachIn(row, from, to, () => (found = true));
    cells?.eachIn(row, from, to, (cell) => (found ||= !cells.isEmpty(cell)));
  });
  if (found) return null;
  const { loaded } = data;
  return !loaded || (from >= loaded[0] && to <= loaded[1]) ? "Nothing is planned in these days." : "Loading …";
}
