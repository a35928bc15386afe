/** Focuses the message box each time the number of wishes grows, unless somebody is typing elsewhere; and shows the end
 * of the page each time `newest` grows. From there on Streamlit keeps to the end itself. */

let fulfilled = 0;
let shown = 0;

export default function ({ data }) {
  if (data.newest !== shown) {
    shown = data.newest;
    const main = document.querySelector('[data-testid="stAppScrollToBottomContainer"]');
    if (shown && main) requestAnimationFrame(() => main.scrollTo({ top: main.scrollHeight }));
  }
  if (data.wishes === fulfilled) return;
  fulfilled = data.wishes;
  if (data.wishes === 0) return;
  const box = document.querySelector('[data-testid="stChatInputTextArea"]');
  const elsewhere = document.activeElement?.matches("input, textarea, [contenteditable]");
  if (box && !elsewhere) box.focus({ preventScroll: true });
}
