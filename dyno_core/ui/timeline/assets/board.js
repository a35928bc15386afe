/**
 * The board: its elements, its data, and which days and rows are in view.
 * painter.js draws it; input.js turns mouse and keys into calls of the methods below.
 */

import { FIRST_DAY, LAST_DAY, iso, sayPeriod } from "./days.js";
import { buildElements, describe } from "./elements.js";
import { DETAIL } from "./frame.js";
import { listen } from "./input.js";
import { labelFor } from "./labels.js";
import { drawLegend } from "./legend.js";
import { paint } from "./painter.js";
import { HEAD } from "./pen.js";
import { BAND_LANE, Bars, Cells, GROUP_HEIGHT, ROW_PADDING, Stack } from "./plan.js";
import { hatch, readTheme } from "./theme.js";

const CLOSEST = 120; // pixels per day
const WIDEST = 0.4;
const NARROW = 480; // pixels of a stage on which only the names stand beside the bars
const LOWEST_STAGE = 120;
const GAP = 8; // between the tools and the stage, as in timeline.css
const REPORT_AFTER = 300; // ms of rest before missing days are asked for

/** Views by the key given in Python, so that one who changes the page and returns finds theirs again. */
const remembered = new Map();

export class Board {
  constructor(parent) {
    Object.assign(this, buildElements(parent, this));
    this.root.timeline = this; // a handle for tests: where is a bar, what is in view
    this.ctx = this.canvas.getContext("2d");
    this.data = null;
    this.bars = null;
    this.wishes = null; // requests without a dyno, as bars of one row
    this.bandFolded = false;
    this.bandHeight = 0;
    this.legendIsOpen = false; // of a narrow screen
    this.cells = null; // how full the rows are, of a plan too large for bars everywhere
    this.stack = null;
    this.width = 0;
    this.height = 0;
    this.namesWidth = 200;
    this.x0 = 0; // the day (a fraction) at the left edge
    this.span = 90; // days in view
    this.y0 = 0; // pixels scrolled down
    this.collapsed = new Set();
    this.hovered = -1; // a bar
    this.hoveredWish = -1;
    this.focusIsWish = false;
    this.focused = null; // an allocation id: bars are numbered anew with each load
    this.focusedCell = null; // or {dyno_id, first, last}: days of a dyno that shows cells
    this.focusedHeading = null; // or {facility, day}: `facility` null is the band
    this.isLeft = false; // by Escape
    this.later = null; // data that came while a bar was in the air
    // What is in the air, or dropped and waiting: {from: bars or wishes, bar, row, start, end, clash, pending}.
    this.carry = null;
    this.frame = 0;
    this.reportTimer = 0;
    this.asked = ""; // what was missing when it was last asked for
    this.emit = () => {};
    this.stopListening = listen(this);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.stage);
  }

  /** New data, or the same data in a new theme. */
  load(data) {
    if (this.carry && !this.carry.pending) {
      this.later = data; // somebody else changed the plan; the bar in the air is not taken out of the hand
      return;
    }
    this.later = null;
    const isNew = data !== this.data;
    const windowChanged =
      !this.data || String(data.window) !== String(this.data.window) || data.shown !== this.data.shown;
    const first = !this.data;
    this.data = data;
    if (isNew) {
      this.bars = new Bars(data.bars, data.rows.length);
      this.wishes = new Bars(data.wishes, 1);
      this.cells = data.cells ? new Cells(data.occupancy, data.cells) : null;
      this.carry = null; // what was dropped is now either in the data or refused
      this.hovered = this.hoveredWish = -1;
      this.tip.hidden = true;
    }
    if (first) {
      this.collapsed = new Set(data.folded.facilities);
      this.bandFolded = data.folded.band;
      this.recall();
    }
    this.readSurroundings();
    this.keepPlace(() => this.restack());
    this.fit();
    if (windowChanged && !this.recalled) this.showWindow();
    this.recalled = false;
    this.measure();
    this.settleFocus();
    this.describe();
    this.redraw();
    if (this.missing()) this.reportView();
  }

  /** Bars make some rows taller than their cells were; the row at the top stays there. */
  keepPlace(change) {
    const atTop = this.stack?.items.length && this.y0 ? this.stack.at(this.y0) : null;
    const into = atTop ? this.y0 - atTop.y : 0;
    change();
    const now = atTop && !atTop.group ? this.stack.topOfRow[atTop.row] : null;
    if (now != null) this.y0 = now + into;
    this.clamp();
  }

  readSurroundings() {
    this.theme = readTheme(this.root, this.data.types);
    this.ratio = window.devicePixelRatio || 1;
    this.hatch = hatch(this.ctx, this.theme, this.ratio);
    drawLegend(this.legend, this.data, this.bars, this.theme, this.cells);
    this.widths = new Map(); // measured texts; fonts may have changed
    this.named = new Map(); // and what fits into a bar, of labels.js
    this.namesWidth = this.measureNames();
    this.foldLegend();
  }

  /** A telephone has room for either the legend or the plan, so it stands behind a button there. */
  foldLegend() {
    this.key.hidden = !this.isNarrow;
    this.legend.hidden = this.isNarrow && !this.legendIsOpen;
    this.key.setAttribute("aria-expanded", String(!this.legend.hidden));
  }

  unfoldLegend(isOpen) {
    this.legendIsOpen = isOpen;
    this.resize();
  }

  restack() {
    this.stack = new Stack(this.data.rows, this.bars, this.collapsed);
    const lanes = this.bandFolded ? 0 : this.wishes.count && this.wishes.lanes[0];
    this.bandHeight = this.data.wished.length ? GROUP_HEIGHT + (lanes ? lanes * BAND_LANE + 2 * ROW_PADDING : 0) : 0;
    this.clamp();
  }

  /** The stage gets what legend and tools leave of the height that the page keeps free for all of it. */
  fit() {
    this.root.style.height = `${this.data.height}px`;
    const left = this.data.height - this.tools.offsetHeight - GAP;
    this.stage.style.height = `${Math.max(LOWEST_STAGE, left)}px`;
  }

  measureNames() {
    const { ctx, theme } = this;
    let widest = 70;
    for (const row of this.data.rows) {
      ctx.font = `600 12px ${theme.font}`;
      widest = Math.max(widest, ctx.measureText(row.name).width);
      ctx.font = `${DETAIL}px ${theme.font}`;
      widest = Math.max(widest, ctx.measureText(row.detail).width);
    }
    const room = this.stage.clientWidth || 1200;
    this.isNarrow = room < NARROW;
    const beside = this.isNarrow ? 8 : 56; // the utilization, for which a telephone has no room
    return Math.round(Math.min(widest + 22 + beside, Math.max(110, room * 0.4)));
  }

  resize() {
    if (!this.data || !this.stage.clientWidth) return;
    this.readSurroundings(); // the pixel ratio may have changed with the size: moved to another screen
    this.fit(); // the legend may take another line
    this.measure();
    paint(this); // at once: waiting for a frame would show the old picture stretched
  }

  measure() {
    this.width = this.stage.clientWidth;
    this.height = this.stage.clientHeight;
    this.canvas.width = Math.round(this.width * this.ratio);
    this.canvas.height = Math.round(this.height * this.ratio);
    this.clamp();
  }

  redraw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      paint(this);
    });
  }

  destroy() {
    this.stopListening();
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.reportTimer);
    if (this.data) {
      const { x0, span, y0, collapsed, bandFolded } = this;
      remembered.set(this.data.key, { x0, span, y0, collapsed, bandFolded, window: String(this.data.window) });
    }
    this.root.remove();
  }

  recall() {
    const before = remembered.get(this.data.key);
    if (!before) return;
    this.collapsed = before.collapsed;
    this.bandFolded = before.bandFolded;
    if (before.window !== String(this.data.window)) return;
    Object.assign(this, { x0: before.x0, span: before.span, y0: before.y0 });
    this.recalled = true;
  }

  // Which days are where. A bar covers its last day fully: it ends where the next day begins.

  get perDay() {
    return Math.max(1, this.width - this.namesWidth) / this.span;
  }

  x(day) {
    return this.namesWidth + (day - this.x0) * this.perDay;
  }

  dayAt(x) {
    return this.x0 + (x - this.namesWidth) / this.perDay;
  }

  /** First and last day that show, both included. */
  get daysInView() {
    return [Math.floor(this.x0), Math.ceil(this.x0 + this.span) - 1];
  }

  /** Where the rows begin: below the header and the band, which both stay in place. */
  get rowsTop() {
    return HEAD + this.bandHeight;
  }

  itemAt(y) {
    return y < this.rowsTop ? null : this.stack.at(y - this.rowsTop + this.y0);
  }

  /** The pixels of a bar, or of the same bar elsewhere; null in a collapsed facility. */
  box(bar, { row = this.bars.row[bar], start = this.bars.start[bar], end = this.bars.end[bar] } = {}) {
    const top = this.stack.topOfRow[row];
    if (top === null) return null;
    const moved = row !== this.bars.row[bar];
    const lanes = moved ? 1 : this.bars.lanes[bar];
    const inner = this.stack.heightOfRow[row] - 2 * ROW_PADDING;
    const pitch = inner / lanes;
    const gap = pitch > 8 ? 1 : 0;
    const y = this.rowsTop + top - this.y0 + ROW_PADDING + (moved ? 0 : this.bars.lane[bar]) * pitch;
    return { ...this.across(start, end), y, h: pitch - (lanes > 1 ? gap : 0) };
  }

  across(start, end) {
    const gap = this.perDay > 5 ? 1 : 0;
    return { x: this.x(start) + gap, w: Math.max(1, (end - start + 1) * this.perDay - 2 * gap) };
  }

  /** The pixels of a request in the band; null while the band is folded. */
  wishBox(wish) {
    if (this.bandFolded) return null;
    const y = HEAD + GROUP_HEIGHT + ROW_PADDING + this.wishes.lane[wish] * BAND_LANE;
    return { ...this.across(this.wishes.start[wish], this.wishes.end[wish]), y, h: BAND_LANE - 2 };
  }

  /** The pixels of what is in the air: in the row it is over, else where it was taken from. */
  carriedBox() {
    const { from, bar, row, start, end } = this.carry;
    if (from === this.bars) return this.box(bar, this.carry);
    const top = row === null ? null : this.stack.topOfRow[row];
    if (top === null) return { ...this.wishBox(bar), ...this.across(start, end) };
    const y = this.rowsTop + top - this.y0 + ROW_PADDING;
    return { ...this.across(start, end), y, h: this.stack.heightOfRow[row] - 2 * ROW_PADDING };
  }

  /** For tests: the box of a request, of a dyno's row on a day. */
  boxOfWish(id) {
    const wish = this.wishes.find(id);
    return wish < 0 ? null : this.wishBox(wish);
  }

  boxOfDay(dynoId, day) {
    const row = this.data.rows.findIndex((one) => one.dyno_id === dynoId);
    const y = this.rowsTop + this.stack.topOfRow[row] - this.y0;
    return { x: this.x(day), y, w: this.perDay, h: this.stack.heightOfRow[row] };
  }

  /** For tests: the box of an allocation in pixels of the stage, or null. */
  boxOf(id) {
    const bar = this.bars.find(id);
    return bar < 0 ? null : this.box(bar);
  }

  /** For tests: what would stand in an allocation's bar of this size, its lines parted by “/”; or null. */
  labelOf(id, room, height) {
    return labelFor(this, this.bars.label(this.bars.find(id)), room, height)?.lines.join("/") ?? null;
  }

  barAt(x, y) {
    const item = this.itemAt(y);
    if (!item || item.group || x < this.namesWidth) return -1;
    const day = Math.floor(this.dayAt(x));
    let found = -1;
    this.bars.eachIn(item.row, day, day, (bar) => {
      const { y: top, h } = this.box(bar);
      if (y >= top && y <= top + h) found = bar;
    });
    return found;
  }

  wishAt(x, y) {
    if (x < this.namesWidth || y < HEAD || y >= this.rowsTop) return -1;
    for (let wish = 0; wish < this.wishes.count; wish++) {
      const box = this.wishBox(wish);
      if (box && x >= box.x && x <= box.x + box.w && y >= box.y && y <= box.y + box.h) return wish;
    }
    return -1;
  }

  /** How many requests wish for a day in view, also those for which the band has no room. */
  get wishedInView() {
    const [from, to] = this.daysInView;
    return this.data.wished.filter(([start, end]) => start <= to && end >= from).length;
  }

  isOnBandHeading(y) {
    return this.bandHeight > 0 && y >= HEAD && y < HEAD + GROUP_HEIGHT;
  }

  // Moving the view

  show(firstDay, lastDay) {
    this.x0 = firstDay;
    this.span = lastDay - firstDay + 1;
    this.moved();
  }

  showWindow() {
    this.show(...this.data.window);
  }

  /** `factor` above 1 shows more days; the day under `x` stays where it is. */
  zoom(factor, x = this.namesWidth + (this.width - this.namesWidth) / 2) {
    const fixed = this.dayAt(x);
    this.span *= factor;
    this.clamp();
    this.x0 = fixed - (x - this.namesWidth) / this.perDay;
    this.moved();
  }

  panDays(days) {
    this.x0 += days;
    this.moved();
  }

  canScroll(pixels) {
    return pixels < 0 ? this.y0 > 0 : this.stack.height - this.y0 > this.height - this.rowsTop;
  }

  /** Returns whether there was anything to scroll. */
  scroll(pixels) {
    const before = this.y0;
    this.y0 += pixels;
    this.moved();
    return this.y0 !== before;
  }

  moved() {
    this.clamp();
    this.redraw();
    this.reportView();
  }

  clamp() {
    const room = Math.max(1, this.width - this.namesWidth);
    if (this.width) this.span = Math.max(room / CLOSEST, Math.min(room / WIDEST, this.span));
    this.x0 = Math.max(FIRST_DAY, Math.min(LAST_DAY - this.span, this.x0));
    const hidden = this.stack ? this.stack.height - (this.height - this.rowsTop) : 0;
    this.y0 = Math.max(0, Math.min(this.y0, hidden));
  }

  /** Whether this row shows its bars, and not its cells. */
  hasBars(row) {
    return !this.cells || this.cells.withBars.has(row);
  }

  /** Whether something that should show was not loaded: days, or the bars of rows in view. */
  missing() {
    const { loaded } = this.data;
    const [from, to] = this.daysInView;
    if (!loaded || !this.width) return false;
    if (from < loaded[0] || to > loaded[1]) return true;
    if (!this.cells || to - from >= this.cells.barsWithin) return false;
    return this.rowsNear(0).some((row) => !this.hasBars(row));
  }

  /** The rows in view, and those within so many pixels above and below. */
  rowsNear(pixels) {
    const items = this.stack.between(this.y0 - pixels, this.y0 + this.height - this.rowsTop + pixels);
    return items.filter((item) => !item.group).map((item) => item.row);
  }

  /** Asks for what came into view and was not loaded, once the view has come to rest. */
  reportView() {
    clearTimeout(this.reportTimer);
    this.reportTimer = setTimeout(() => {
      if (this.carry && !this.carry.pending) return this.reportView(); // not while a bar is in the air
      if (!this.missing()) return;
      const [from, to] = this.daysInView;
      const dyno_ids = this.rowsNear(this.height).map((row) => this.data.rows[row].dyno_id);
      const view = { type: "view", start: iso(from), end: iso(to), dyno_ids };
      // Asked once only: the answer to what can't be had would bring the same question again.
      if (this.asked === JSON.stringify(view)) return;
      this.asked = JSON.stringify(view);
      this.emit(view);
    }, REPORT_AFTER);
  }

  /** `facility` null: the band of requests. */
  isFolded(facility) {
    return facility === null ? this.bandFolded : this.collapsed.has(facility);
  }

  /** Folds what is open, unfolds what is not, and has the page keep it in its address. */
  fold(facility) {
    if (facility === null) this.bandFolded = !this.bandFolded;
    else if (!this.collapsed.delete(facility)) this.collapsed.add(facility);
    this.restack();
    this.tellHeading();
    this.redraw();
    this.say(`${facility ?? "Requests without a dyno"} ${this.isFolded(facility) ? "collapsed" : "expanded"}`);
    this.emit({ type: "fold", facilities: [...this.collapsed], band: this.bandFolded });
    this.reportView(); // rows that came up may want their bars
  }

  hasConflictIn(row, from, to) {
    return (this.hasBars(row) ? this.bars : this.cells).hasConflictIn(row, from, to);
  }

  /** The cell at this place: {row, cell, first, last}, or null. */
  cellAt(x, y) {
    const item = this.itemAt(y);
    if (!item || item.group || x < this.namesWidth || this.hasBars(item.row)) return null;
    return this.cells.at(item.row, Math.floor(this.dayAt(x)));
  }

  // Focus: the bar, or the request in the band, that keys act on

  focus(bar, from = this.bars) {
    this.isLeft = false;
    this.focused = bar < 0 ? null : from.id[bar];
    this.focusIsWish = bar >= 0 && from === this.wishes;
    this.focusedCell = null;
    this.setHeading(null);
    if (bar >= 0) {
      const box = this.focusIsWish ? null : this.box(bar);
      if (box) this.reveal(box, from.start[bar], from.end[bar]);
      else this.revealDays(from.start[bar], from.end[bar]);
      this.say(this.spoken(bar, from));
      this.reportView();
    }
    this.redraw();
  }

  /** After Escape nothing in here has the focus, and Tab goes on to what comes after the timeline. */
  leave() {
    this.focus(-1);
    this.isLeft = true;
    this.say("Left the bars; Tab goes on, arrows come back");
  }

  /** A cell as `cells.at` gives it. */
  focusCell(cell) {
    const { row, first, last } = cell;
    this.focused = null;
    this.focusIsWish = false;
    this.setHeading(null);
    this.focusedCell = { dyno_id: this.data.rows[row].dyno_id, first, last };
    const y = this.rowsTop + this.stack.topOfRow[row] - this.y0;
    this.reveal({ y, h: this.stack.heightOfRow[row] }, first, last);
    this.say(`${this.inWords(cell)}, Enter looks closer`.replaceAll("\n", ", "));
    this.reportView();
    this.redraw();
  }

  /** The heading of a facility, or of the band (null); the keys come back to the bars around `day`. */
  focusHeading(facility, day) {
    this.isLeft = false;
    this.focused = null;
    this.focusIsWish = false;
    this.focusedCell = null;
    this.setHeading({ facility, day });
    const item = this.stack.items.find((one) => one.group && one.facility === facility);
    if (item) this.revealRow({ y: this.rowsTop + item.y - this.y0, h: item.height });
    this.say(`${this.heading.textContent}, ${this.isFolded(facility) ? "collapsed" : "expanded"}`);
    this.redraw();
  }

  setHeading(heading) {
    this.focusedHeading = heading;
    this.tellHeading();
  }

  /** For screen readers a heading is a button that folds and unfolds. */
  tellHeading() {
    if (!this.focusedHeading) return this.stage.removeAttribute("aria-activedescendant");
    const { facility } = this.focusedHeading;
    const dynos = this.data.rows.filter((row) => row.facility === facility).length;
    this.heading.textContent =
      facility === null
        ? `Requests without a dyno: ${this.wishedInView} in view`
        : `${facility}, ${dynos} dyno${dynos === 1 ? "" : "s"}`;
    this.heading.setAttribute("aria-expanded", String(!this.isFolded(facility)));
    this.stage.setAttribute("aria-activedescendant", this.heading.id);
  }

  /** A cell that was looked into has become bars: the first of them has the focus now. */
  settleFocus() {
    if (!this.focusedCell) return;
    const { dyno_id, first, last } = this.focusedCell;
    const row = this.data.rows.findIndex((one) => one.dyno_id === dyno_id);
    if (row < 0 || !this.hasBars(row)) return;
    let found = -1;
    this.bars.eachIn(row, first, last, (bar) => (found = found < 0 ? bar : found));
    this.focus(found);
    if (found < 0) this.say(`${this.data.rows[row].name}, ${sayPeriod(first, last)}, nothing planned`);
  }

  /** {from, bar} of what is focused and still there, or null. */
  get focusedOne() {
    const from = this.focusIsWish ? this.wishes : this.bars;
    const bar = this.focused === null ? -1 : from.find(this.focused);
    return bar < 0 ? null : { from, bar };
  }

  /** Scrolls up or down until it shows; sideways only when none of it is in view. */
  reveal(box, start, end) {
    this.revealRow(box);
    this.revealDays(start, end);
  }

  revealRow({ y, h }) {
    if (y < this.rowsTop) this.y0 -= this.rowsTop - y + 4;
    if (y + h > this.height) this.y0 += y + h - this.height + 4;
    this.clamp();
  }

  revealDays(start, end) {
    const [from, to] = this.daysInView;
    if (end < from || start > to) this.x0 = start - this.span / 4;
    this.clamp();
  }

  // Carrying a bar to other days or another dyno

  lift(bar) {
    const { row, start, end } = this.bars;
    const at = { row: row[bar], start: start[bar], end: end[bar] };
    this.carry = { from: this.bars, bar, ...at, clash: -1, pending: false };
  }

  liftWish(wish) {
    const { start, end } = this.wishes;
    const at = { row: null, start: start[wish], end: end[wish] };
    this.carry = { from: this.wishes, bar: wish, ...at, clash: -1, pending: false };
  }

  carryTo({ row, start, end }) {
    Object.assign(this.carry, { row, start, end });
    const moving = this.carry.from === this.bars ? this.carry.bar : -1;
    const isSeen = row !== null && (moving < 0 || this.bars.isBlocking(moving));
    this.carry.clash = isSeen ? this.bars.clash(row, start, end, moving) : -1;
    this.redraw();
  }

  /** Sends the wish. The bar waits where it was dropped until new data say what became of it. */
  drop() {
    const { bar, row, start, end } = this.carry;
    const { bars } = this;
    if (this.carry.from === this.wishes) return this.dropWish();
    if (row === bars.row[bar] && start === bars.start[bar] && end === bars.end[bar]) return this.putBack();
    this.carry.pending = true;
    this.emit({
      type: "move",
      allocation_id: bars.id[bar],
      dyno_id: this.data.rows[row].dyno_id,
      start: iso(start),
      end: iso(end),
      version: bars.version[bar],
    });
    this.say(`Asked to move ${this.sayCarry()}`);
    this.describe();
    this.redraw();
  }

  dropWish() {
    const { bar, row, start } = this.carry;
    if (row === null) return this.putBack();
    this.carry.pending = true;
    const [request_id, version] = [this.wishes.id[bar], this.wishes.version[bar]];
    this.emit({ type: "place", request_id, dyno_id: this.data.rows[row].dyno_id, start: iso(start), version });
    this.say(`Asked to place ${this.sayCarry()}`);
    this.describe();
    this.redraw();
  }

  putBack() {
    this.carry = null;
    if (this.later) this.load(this.later);
    this.describe();
    this.redraw();
  }

  mayPlace() {
    return !this.data.read_only && !this.carry?.pending;
  }

  mayMove(bar) {
    return !this.data.read_only && !this.carry?.pending && this.bars.isMovable(bar);
  }

  // Words

  say(text) {
    this.live.textContent = text;
  }

  spoken(bar, from = this.bars) {
    const what = (from.tooltip(bar) || from.label(bar)).replaceAll("\n", ", ");
    const period = sayPeriod(from.start[bar], from.end[bar]);
    const days = what.includes(period.split(", ")[0]) ? "" : `, ${period}`; // most tooltips tell them
    if (from === this.wishes) return `Request: ${what}${days}`;
    const clash = from.isConflict(bar) ? ", in conflict" : "";
    return `${this.data.rows[from.row[bar]].name}: ${what}${days}${clash}`;
  }

  sayCell(cell) {
    return `${this.inWords(cell)}\nClick to look closer`;
  }

  inWords({ row, cell, first, last }) {
    const { booked, down, clash } = this.cells;
    const said = [`${booked[cell]} % booked`];
    if (down[cell]) said.push(`${down[cell]} % in maintenance`);
    if (clash[cell]) said.push("something clashes");
    return `${this.data.rows[row].name}\n${sayPeriod(first, last)}\n${said.join(", ")}`;
  }

  sayCarry() {
    const { from, bar, row, start, end, clash } = this.carry;
    const label = from.label(bar) || "the bar";
    if (row === null) return `${label}\nDrop it on a dyno`;
    const place = `${label} → ${this.data.rows[row].name}\n${sayPeriod(start, end)}`;
    return clash < 0 ? place : `${place}\nOverlaps ${this.bars.label(clash) || "another allocation"}`;
  }

  describe() {
    describe(this);
  }
}
