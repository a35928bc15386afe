/** The elements around the canvas: legend, buttons, tooltip, and the line that screen readers hear. */

import { STATUS } from "./plan.js";

export function buildElements(parent, board) {
  const make = (tag, className, into) => {
    const element = document.createElement(tag);
    element.className = className;
    into.appendChild(element);
    return element;
  };
  const root = make("div", "dyno-timeline", parent);
  root.dataset.testid = "timeline";
  const bar = make("div", "bar-of-tools", root);
  const legend = make("div", "legend", bar);
  legend.setAttribute("role", "group");
  legend.setAttribute("aria-label", "Legend");
  const tools = make("div", "tools", bar);
  const stage = make("div", "stage", root);
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-roledescription", "timeline");
  const canvas = make("canvas", "", stage);
  canvas.setAttribute("aria-hidden", "true");
  const tip = make("div", "tip", stage);
  tip.hidden = true;
  const help = make("div", "unseen", root);
  help.id = "timeline-keys";
  stage.setAttribute("aria-describedby", help.id);
  const heading = make("div", "unseen", stage);
  heading.id = "timeline-heading";
  heading.setAttribute("role", "button");
  const live = make("div", "unseen", root);
  live.setAttribute("aria-live", "polite");

  const button = (text, title, action) => {
    const element = make("button", "", tools);
    element.type = "button";
    element.textContent = text;
    element.title = title;
    element.setAttribute("aria-label", title);
    element.addEventListener("click", action);
    return element;
  };
  const key = button("Legend", "Legend", () => board.unfoldLegend(legend.hidden));
  button("−", "Zoom out", () => board.zoom(1.4));
  button("+", "Zoom in", () => board.zoom(1 / 1.4));
  button("Reset", "Reset to the chosen period", () => board.showWindow());
  return { root, legend, key, tools: bar, stage, canvas, tip, help, heading, live };
}

/** Facts about the drawing as data attributes (for tests) and as its accessible name. */
export function describe({ bars, carry, cells, data, help, root, stage, theme, wishes }) {
  let conflicts = 0;
  let cancelled = 0;
  for (let bar = 0; bar < bars.count; bar++) {
    if (bars.isConflict(bar)) conflicts++;
    if (bars.status[bar] === STATUS.CANCELLED) cancelled++;
  }
  Object.assign(root.dataset, {
    bars: bars.count,
    rows: data.rows.length,
    conflicts,
    cancelled,
    wishes: wishes.count,
    cells: cells ? cells.step : "",
    revision: data.revision,
    theme: theme.mode,
    readOnly: data.read_only,
    pending: carry?.pending ? carry.from.id[carry.bar] : "",
  });
  stage.setAttribute(
    "aria-label",
    `Timeline of ${data.rows.length} dynos with ${bars.count} bars, ${conflicts} in conflict.` +
      (data.wished.length ? ` Requests without a dyno: ${data.wished.length}.` : "") +
      (cells ? " Dynos without bars show how full they are, stretch by stretch." : ""),
  );
  help.textContent =
    "Arrows go from bar to bar and to the headings of facilities, and so does Tab; Enter opens a bar, " +
    "and folds or unfolds a facility; Escape leaves the bars. " +
    (cells ? "Enter on a stretch looks closer. " : "") +
    "Page Up and Page Down pan, Home shows the chosen period, plus and minus zoom. " +
    (data.read_only
      ? ""
      : "Shift and arrows move the bar, or bring a request down to a dyno, Enter confirms, Escape puts it back. ") +
    "The tab “As a table” says the same.";
}
