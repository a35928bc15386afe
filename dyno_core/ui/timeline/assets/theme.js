/**
 * Colours. Surfaces and text follow the app's theme (its CSS variables), so that light, dark and
 * custom themes all work; test types bring one colour for light and one for dark surroundings.
 */

const DARK_INK = "#101820";
const LIGHT_INK = "#ffffff";
const RED = { light: "#d3222f", dark: "#ff3355" }; // reserved: conflicts and today, nothing else
const LOAD = { light: ["#1f8a70", "#d98c0f"], dark: ["#3fb894", "#e8ab45"] };

const probe = document.createElement("canvas").getContext("2d");

/** Any CSS colour as [red, green, blue]; what can't be read becomes `fallback`. */
function rgb(colour, fallback) {
  probe.fillStyle = fallback;
  probe.fillStyle = colour || fallback; // the canvas ignores what it can't parse
  const seen = probe.fillStyle;
  if (seen.startsWith("#")) return [1, 3, 5].map((at) => parseInt(seen.slice(at, at + 2), 16));
  return seen.match(/[\d.]+/g).slice(0, 3).map(Number);
}

function hex(channels) {
  return "#" + channels.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("");
}

/** `share` of the second colour in the first. */
function mix(first, second, share) {
  const a = rgb(first, "#000000");
  const b = rgb(second, "#000000");
  return hex(a.map((value, channel) => value * (1 - share) + b[channel] * share));
}

/** WCAG relative luminance, 0 to 1. */
function luminance(colour) {
  const [r, g, b] = rgb(colour, "#ffffff").map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The ink with the better contrast on this colour. */
function inkOn(colour) {
  const light = luminance(colour);
  const onWhite = 1.05 / (light + 0.05);
  const onDark = (light + 0.05) / (luminance(DARK_INK) + 0.05);
  return onWhite >= onDark ? LIGHT_INK : DARK_INK;
}

/** `types`: [{light, dark}] in the order of the bars' type numbers. */
export function readTheme(element, types) {
  const style = getComputedStyle(element);
  const variable = (name, fallback) => hex(rgb(style.getPropertyValue(name).trim(), fallback));
  const bg = variable("--st-background-color", "#ffffff");
  const text = variable("--st-text-color", "#1b2733");
  const dark = luminance(bg) < 0.3;
  const mode = dark ? "dark" : "light";
  return {
    mode,
    bg,
    text,
    muted: mix(text, bg, 0.38),
    head: mix(bg, text, dark ? 0.06 : 0.045),
    band: mix(bg, text, dark ? 0.1 : 0.075),
    stripe: mix(bg, text, dark ? 0.025 : 0.022),
    grid: mix(bg, text, dark ? 0.09 : 0.085),
    gridStrong: mix(bg, text, dark ? 0.24 : 0.22),
    weekend: dark ? "rgba(255,255,255,.045)" : "rgba(15,23,42,.045)",
    veil: dark ? "rgba(0,0,0,.28)" : "rgba(15,23,42,.06)",
    target: dark ? "rgba(255,255,255,.09)" : "rgba(15,23,42,.07)",
    todayColumn: dark ? "rgba(255,51,85,.10)" : "rgba(211,34,47,.06)",
    red: RED[mode],
    redInk: inkOn(RED[mode]),
    load: LOAD[mode],
    maintenance: mix(text, bg, dark ? 0.5 : 0.45),
    maintenanceBack: mix(bg, text, dark ? 0.12 : 0.06),
    font: style.fontFamily || "sans-serif",
    types: types.map((type) => {
      const solid = type[mode];
      return {
        solid,
        ink: inkOn(solid),
        tint: mix(solid, bg, 0.87),
        done: mix(solid, bg, 0.66),
        doneInk: mix(text, bg, 0.2),
        faint: mix(solid, bg, 0.62),
      };
    }),
  };
}

/** The 45 degree hatch of maintenance windows, as a pattern for this context and pixel density. */
export function hatch(ctx, theme, ratio) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8 * ratio;
  const pen = tile.getContext("2d");
  pen.scale(ratio, ratio);
  pen.fillStyle = theme.maintenanceBack;
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = theme.maintenance;
  pen.lineWidth = 1.2;
  pen.beginPath();
  for (const at of [-8, 0, 8]) {
    pen.moveTo(at - 2, 10);
    pen.lineTo(at + 10, -2);
  }
  pen.stroke();
  const pattern = ctx.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern;
}
