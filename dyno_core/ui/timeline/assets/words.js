/** What the board says: to screen readers, in the tooltip of a carried bar, and to tests. */

import { sayPeriod } from "./days.js";
import { STATUS } from "./plan.js";

/** A bar in one line. */
export function sayBar({ bars, data }, bar) {
  const what = bars.tooltip(bar) || bars.label(bar);
  const where = data.rows[bars.row[bar]].name;
  const clash = bars.isConflict(bar) ? ", in conflict" : "";
  return `${where}: ${what.replaceAll("\n", ", ")}, ${sayPeriod(bars.start[bar], bars.end[bar])}${clash}`;
}

/** Where the carried bar would go, and what it would meet there. */
export function sayCarry({ bars, data, carry }) {
  const { bar, row, start, end, clash } = carry;
  const place = `${bars.label(bar) || "The bar"} → ${data.rows[row].name}\n${sayPeriod(start, end)}`;
  return clash < 0 ? place : `${place}\nOverlaps ${bars.label(clash) || "another allocation"}`;
}

/** Facts about the drawing as data attributes (for tests) and as its accessible name. */
export function describe({ bars, carry, data, root, stage, theme }) {
  const count = (test) => bars.id.reduce((sum, _, bar) => sum + (test(bar) ? 1 : 0), 0);
  const conflicts = count((bar) => bars.isConflict(bar));
  Object.assign(root.dataset, {
    bars: bars.count,
    rows: data.rows.length,
    conflicts,
    cancelled: count((bar) => bars.status[bar] === STATUS.CANCELLED),
    revision: data.revision,
    theme: theme.mode,
    readOnly: data.read_only,
    pending: carry?.pending ? bars.id[carry.bar] : "",
  });
  const keys = data.read_only ? "" : " Shift and arrows move the bar, Enter confirms, Escape puts it back.";
  stage.setAttribute(
    "aria-label",
    `Timeline of ${data.rows.length} dynos with ${bars.count} bars, ${conflicts} in conflict. ` +
      `Arrows pan, plus and minus zoom, Tab goes from bar to bar, Enter opens it, Escape leaves the bars.${keys}`,
  );
}
