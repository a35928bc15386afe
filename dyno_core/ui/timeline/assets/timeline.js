/**
 * Entry point that Streamlit calls: at first, whenever the data change, and when the theme changes.
 * The board is made once per place on the page and lives on over reruns, so view and focus survive.
 */

import { Board } from "./board.js";

const boards = new WeakMap();
const latest = new WeakMap(); // the newest call for each place

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  let board = boards.get(parentElement);
  if (!board) {
    board = new Board(parentElement);
    boards.set(parentElement, board);
  }
  board.emit = (event) => setTriggerValue("event", event);
  board.load(data);
  const call = {};
  latest.set(parentElement, call);
  return () => {
    // While the scripts load, two calls may be under way; the older one is then ended after the newer one began.
    if (latest.get(parentElement) !== call) return;
    board.destroy();
    boards.delete(parentElement);
  };
}
