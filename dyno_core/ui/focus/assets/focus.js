/** Focuses the message box each time the number of wishes grows, unless somebody is typing elsewhere. */

let fulfilled = 0;

export default function ({ data }) {
  if (data.wishes === fulfilled) return;
  fulfilled = data.wishes;
  if (data.wishes === 0) return;
  const box = document.querySelector('[data-testid="stChatInputTextArea"]');
  const elsewhere = document.activeElement?.matches("input, textarea, [contenteditable]");
  if (box && !elsewhere) box.focus({ preventScroll: true });
}
