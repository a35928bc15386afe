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
  const tools = make("div", "tools", bar);
  const stage = make("div", "stage", root);
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-roledescription", "timeline");
  const canvas = make("canvas", "", stage);
  canvas.setAttribute("aria-hidden", "true");
  const tip = make("div", "tip", stage);
  tip.hidden = true;
  const live = make("div", "unseen", root);
  live.setAttribute("aria-live", "polite");

  const button = (text, title, action) => {
    const element = make("button", "", tools);
    element.type = "button";
    element.textContent = text;
    element.title = title;
    element.setAttribute("aria-label", title);
    element.addEventListener("click", action);
  };
  button("−", "Zoom out", () => board.zoom(1.4));
  button("+", "Zoom in", () => board.zoom(1 / 1.4));
  button("Reset", "Show the chosen period again", () => board.showWindow());
  return { root, legend, tools: bar, stage, canvas, tip, live };
}

/** Facts about the drawing as data attributes (for tests) and as its accessible name. */
export function describe({ bars, carry, cells, data, root, stage, theme }) {
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
    cells: cells ? cells.step : "",
    revision: data.revision,
    theme: theme.mode,
    readOnly: data.read_only,
    pending: carry?.pending ? bars.id[carry.bar] : "",
  });
  const keys = data.read_only ? "" : " Shift and arrows move the bar, Enter confirms, Escape puts it back.";
  stage.setAttribute(
    "aria-label",
    `Timeline of ${data.rows.length} dynos with ${bars.count} bars, ${conflicts} in conflict. ` +
      (cells ? "The other dynos show how full they are; the table below says what is planned. " : "") +
      `Arrows pan, plus and minus zoom, Tab goes from bar to bar, Enter opens it, Escape leaves the bars.${keys}`,
  );
}
