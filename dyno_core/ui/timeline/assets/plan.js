/**
 * The plan as the board holds it: bars in columns, indexed by row, and rows stacked under their
 * facilities. Nothing here draws or listens.
 */

export const STATUS = { TENTATIVE: 0, SCHEDULED: 1, IN_PROGRESS: 2, COMPLETED: 3, CANCELLED: 4 };
const FLAG = { MAINTENANCE: 1, DISPUTED: 2, CONFLICT: 4, MOVABLE: 8 };

const ROW_HEIGHT = 28;
export const GROUP_HEIGHT = 26;
export const BAND_LANE = 20; // of the band of requests
const LANE_HEIGHT = 17; // tall enough for a label
const MOST_TALL_LANES = 6; // beyond this, lanes get thinner instead of the row taller
export const ROW_PADDING = 3;

/** Bars in columns (typed arrays), sorted by start within each row. */
export class Bars {
  constructor(table, rowCount) {
    const numbers = (name) => table.getChild(name).toArray();
    this.count = table.numRows;
    this.id = numbers("allocation_id");
    this.row = numbers("row");
    this.start = numbers("start");
    this.end = numbers("end"); // included
    this.type = numbers("type");
    this.status = numbers("status");
    this.flags = numbers("flags");
    this.lane = numbers("lane");
    this.lanes = numbers("lanes");
    this.version = numbers("version");
    this.labels = table.getChild("label");
    this.tooltips = table.getChild("tooltip");

    this.byRow = Array.from({ length: rowCount }, () => []);
    for (let bar = 0; bar < this.count; bar++) this.byRow[this.row[bar]].push(bar);
    this.longest = this.byRow.map((bars) => {
      bars.sort((a, b) => this.start[a] - this.start[b]);
      return bars.reduce((most, bar) => Math.max(most, this.end[bar] - this.start[bar]), 0);
    });
  }

  label(bar) {
    return this.labels.get(bar) ?? "";
  }

  tooltip(bar) {
    return this.tooltips.get(bar) ?? "";
  }

  isMaintenance(bar) {
    return (this.flags[bar] & FLAG.MAINTENANCE) !== 0;
  }

  /** Drawn in red: a clash that is recorded (disputed) or one that was found (conflict). */
  isConflict(bar) {
    return (this.flags[bar] & (FLAG.CONFLICT | FLAG.DISPUTED)) !== 0;
  }

  isMovable(bar) {
    const settled = this.status[bar] === STATUS.COMPLETED || this.status[bar] === STATUS.CANCELLED;
    return (this.flags[bar] & FLAG.MOVABLE) !== 0 && !settled;
  }

  /** Takes the dyno for itself: the same condition as the database's exclusion constraint. */
  isBlocking(bar) {
    const loose = this.status[bar] === STATUS.TENTATIVE || this.status[bar] === STATUS.CANCELLED;
    return !loose && (this.flags[bar] & FLAG.DISPUTED) === 0;
  }

  find(id) {
    return this.id.indexOf(id);
  }

  /** Calls `visit(bar)` for each bar of the row that has a day in from..to (both included), by start. */
  eachIn(row, from, to, visit) {
    const bars = this.byRow[row];
    // Nothing that starts earlier than this can still reach `from`; skip it by binary search.
    const earliest = from - this.longest[row];
    let low = 0;
    let high = bars.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.start[bars[middle]] < earliest) low = middle + 1;
      else high = middle;
    }
    for (let at = low; at < bars.length && this.start[bars[at]] <= to; at++) {
      if (this.end[bars[at]] >= from) visit(bars[at]);
    }
  }

  hasConflictIn(row, from, to) {
    let found = false;
    this.eachIn(row, from, to, (bar) => (found ||= this.isConflict(bar)));
    return found;
  }

  /** The first blocking bar that the days start..end would meet in this row, other than `moving`; or -1. */
  clash(row, start, end, moving) {
    let found = -1;
    this.eachIn(row, start, end, (bar) => {
      if (found < 0 && bar !== moving && this.isBlocking(bar)) found = bar;
    });
    return found;
  }
}

/** How full each row is in stretches of days, for rows whose bars are too many to send. */
export class Cells {
  constructor(table, { first, last, step, with_bars, bars_within }) {
    Object.assign(this, { first, last, step, barsWithin: bars_within });
    const column = (name) => table.getChild(name).toArray();
    this.booked = column("booked"); // percent of the days
    this.down = column("down");
    this.clash = column("clash");
    this.count = Math.ceil((last - first + 1) / step);
    this.withBars = new Set(with_bars);
  }

  /** Calls `visit(cell, firstDay, lastDay)` for each stretch of the row that has a day in from..to. */
  eachIn(row, from, to, visit) {
    const end = Math.min(this.last, to);
    for (let at = Math.floor((Math.max(from, this.first) - this.first) / this.step); ; at++) {
      const start = this.first + at * this.step;
      if (start > end) return;
      visit(row * this.count + at, start, Math.min(this.last, start + this.step - 1));
    }
  }

  /** The stretch of the row that this day lies in: {row, cell, first, last}; null outside of what was loaded. */
  at(row, day) {
    const nth = Math.floor((day - this.first) / this.step);
    if (nth < 0 || nth >= this.count) return null;
    const first = this.first + nth * this.step;
    return { row, cell: row * this.count + nth, first, last: Math.min(this.last, first + this.step - 1) };
  }

  isEmpty(cell) {
    return !this.booked[cell] && !this.down[cell] && !this.clash[cell];
  }

  hasConflictIn(row, from, to) {
    let found = false;
    this.eachIn(row, from, to, (cell) => (found ||= this.clash[cell] > 0));
    return found;
  }
}

/** The vertical stack: a heading per facility and, unless it is collapsed, its rows below. */
export class Stack {
  constructor(rows, bars, collapsed) {
    this.items = [];
    this.topOfRow = new Array(rows.length).fill(null); // null: in a collapsed facility
    this.heightOfRow = rows.map((_, row) => rowHeight(bars, row));
    const groups = new Map();
    rows.forEach((row, at) => {
      if (!groups.has(row.facility)) groups.set(row.facility, []);
      groups.get(row.facility).push(at);
    });
    let y = 0;
    for (const [facility, members] of groups) {
      const isCollapsed = collapsed.has(facility);
      this.items.push({ group: true, facility, members, isCollapsed, y, height: GROUP_HEIGHT });
      y += GROUP_HEIGHT;
      if (isCollapsed) continue;
      members.forEach((row, nth) => {
        const height = this.heightOfRow[row];
        this.items.push({ group: false, row, striped: nth % 2 === 1, y, height });
        this.topOfRow[row] = y;
        y += height;
      });
    }
    this.height = y;
  }

  /** The item at this height of the stack, or null below its end. */
  at(y) {
    let low = 0;
    let high = this.items.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const item = this.items[middle];
      if (y < item.y) high = middle - 1;
      else if (y >= item.y + item.height) low = middle + 1;
      else return item;
    }
    return null;
  }

  /** Items that show between two heights of the stack. */
  between(top, bottom) {
    return this.items.filter((item) => item.y < bottom && item.y + item.height > top);
  }
}

function rowHeight(bars, row) {
  const lanes = bars.byRow[row].reduce((most, bar) => Math.max(most, bars.lanes[bar]), 1);
  return Math.max(ROW_HEIGHT, Math.min(lanes, MOST_TALL_LANES) * LANE_HEIGHT + 2 * ROW_PADDING);
}
