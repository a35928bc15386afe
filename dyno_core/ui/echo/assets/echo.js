/**
 * Says at the foot of the window what a receipt at the top of the page says, when that is out of sight; until one
 * looks at it, or for as long as it takes to read.
 */

const READING = 9000; // ms
const echoes = new WeakMap();
const latest = new WeakMap(); // the newest call for each place

export default function ({ data, parentElement }) {
  const call = {};
  latest.set(parentElement, call);
  const before = echoes.get(parentElement);
  if (before?.text !== data.text) {
    before?.end();
    echoes.set(parentElement, begin(parentElement, data.text));
  }
  return () => {
    // A call may be ended after a newer one for the same place began.
    if (latest.get(parentElement) !== call) return;
    echoes.get(parentElement).end();
    echoes.delete(parentElement);
  };
}

function begin(place, text) {
  const anchor = document.createElement("div");
  anchor.style.height = "1px";
  const line = document.createElement("div");
  line.className = "echo";
  line.hidden = true;
  const said = document.createElement("span");
  said.className = "said";
  said.dataset.said = text;
  const show = document.createElement("button");
  show.type = "button";
  show.textContent = "Show";
  show.setAttribute("aria-label", "Show what was just done at the top of the page");
  show.addEventListener("click", () => anchor.scrollIntoView({ block: "center" }));
  line.append(said, show);
  place.append(anchor, line);

  let timer = 0;
  const sight = new IntersectionObserver(([entry]) => {
    if (entry.isIntersecting) return end();
    line.hidden = false;
    timer ||= setTimeout(end, READING);
  });
  sight.observe(anchor);
  const end = () => {
    sight.disconnect();
    clearTimeout(timer);
    anchor.remove();
    line.remove();
  };
  return { text, end };
}
