// In the lines of goods Enter goes on to the next field, so that a scanner that ends with Enter sends nothing off.
"use strict";

document.addEventListener("keydown", (event) => {
  const frame = event.target.closest?.("[data-lines]");
  if (event.key !== "Enter" || !frame || !event.target.matches("input")) return;
  event.preventDefault();
  const fields = [...frame.querySelectorAll("input")];
  fields[fields.indexOf(event.target) + 1]?.focus();
});
