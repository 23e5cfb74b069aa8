// Keyboard: an element with data-shortcut="x" is focused (fields) or clicked (the rest) by the key x,
// unless somebody is typing.
"use strict";

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const target = [...document.querySelectorAll("[data-shortcut]")].find((element) => element.dataset.shortcut === event.key);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input, textarea, select")) {
    target.focus();
    if (target.select) target.select();
  } else {
    target.click();
  }
});
