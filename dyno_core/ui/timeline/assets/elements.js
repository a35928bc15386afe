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
export function describe({ bars, carry, cells, data, root, stage, theme, wishes }) {
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
  const keys = data.read_only
    ? ""
    : " Shift and arrows move the bar, or bring a request down to a dyno, Enter confirms, Escape puts it back.";
  stage.setAttribute(
    "aria-label",
    `Timeline of ${data.rows.length} dynos with ${bars.count} bars, ${conflicts} in conflict. ` +
      (data.wished ? `Requests without a dyno: ${data.wished}. ` : "") +
      (cells ? "Dynos without bars show how full they are, stretch by stretch; Enter looks closer. " : "") +
      `Arrows go from bar to bar, and so does Tab; Enter opens one, Escape leaves the bars. ` +
      `The table below says the same. ` +
      `Page Up and Page Down pan, Home shows the chosen period, plus and minus zoom.${keys}`,
  );
}
