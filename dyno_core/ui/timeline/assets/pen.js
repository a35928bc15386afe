/** Small helpers of everything that draws. */

export const HEAD = 46; // the frozen header: a line of months, a line of weeks or days

export function inside(ctx, x, y, w, h, draw) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, w, h);
  ctx.clip();
  draw();
  ctx.restore();
}

export function line(ctx, x1, y1, x2, y2) {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

export function rounded(ctx, x, y, w, h, radius) {
  ctx.beginPath();
  ctx.roundRect(x, y, Math.max(0, w), Math.max(0, h), Math.max(0, Math.min(radius, w / 2, h / 2)));
}

/** On the pixel grid, so that a line one pixel wide is one pixel wide. */
export function crisp(at) {
  return Math.round(at) + 0.5;
}

export const top = (board, item) => board.rowsTop + item.y - board.y0;

export function todayX(board) {
  return board.x(board.data.today) + board.perDay / 2;
}

export function textWidth(board, text) {
  const known = board.widths.get(board.ctx.font + text);
  if (known !== undefined) return known;
  const measured = board.ctx.measureText(text).width;
  board.widths.set(board.ctx.font + text, measured);
  return measured;
}

/** The text with an ellipsis in place of what has no room. */
export function shorten(board, text, room) {
  let shown = text;
  while (shown.length > 1 && textWidth(board, `${shown}…`) > room && textWidth(board, text) > room) shown = shown.slice(0, -1);
  return shown === text ? text : `${shown.trimEnd()}…`;
}
