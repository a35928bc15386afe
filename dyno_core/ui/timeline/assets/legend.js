/** The legend: what is on the board, in words beside small samples. Text goes in as text, never as HTML. */

import { STATUS } from "./plan.js";

export function drawLegend(element, data, bars, theme, cells) {
  element.replaceChildren();
  const add = (text, style, className = "") => {
    const entry = document.createElement("span");
    const sample = document.createElement("i");
    sample.className = className;
    Object.assign(sample.style, style);
    entry.append(sample, text);
    element.append(entry);
  };

  data.types.forEach((type, at) => add(type.name, { background: theme.types[at].solid }));
  const has = (test) => bars.id.some((_, bar) => test(bar));
  if (cells?.down.some(Boolean) || has((bar) => bars.isMaintenance(bar))) {
    const { maintenance, maintenanceBack } = theme;
    const stripes = `repeating-linear-gradient(135deg, ${maintenance} 0 1.2px, ${maintenanceBack} 1.2px 4px)`;
    add("Maintenance", { background: stripes, border: `1px solid ${maintenance}` });
  }
  if (cells?.clash.some(Boolean) || has((bar) => bars.isConflict(bar))) add("Conflict", { border: `2px solid ${theme.red}` });

  if (cells) {
    const { load } = theme;
    const stretch = { 1: "per day", 7: "per week" }[cells.step] ?? `per ${cells.step} days`;
    add(`share booked ${stretch}`, { background: `linear-gradient(to top, ${load[0]} 60%, ${theme.gridStrong} 60%)` });
  }

  const sample = theme.types[0];
  if (!sample) return;
  const used = (status) => has((bar) => bars.status[bar] === status && !bars.isMaintenance(bar));
  const statuses = [
    [STATUS.IN_PROGRESS, "in progress", { background: sample.solid }],
    [STATUS.SCHEDULED, "scheduled", { background: sample.tint, border: `1.2px solid ${sample.solid}` }],
    [STATUS.TENTATIVE, "tentative", { border: `1.2px dashed ${sample.solid}` }],
    [STATUS.COMPLETED, "completed", { background: sample.done }],
    [STATUS.CANCELLED, "cancelled", {
      background: `linear-gradient(transparent 45%, ${theme.muted} 45% 55%, transparent 55%)`,
      border: `1px solid ${sample.faint}`,
    }],
  ];
  for (const [status, text, style] of statuses) {
    if (used(status)) add(text, style, "wide");
  }
}
