// A part of a form that is only there while its box is ticked: data-reveal names the box, data-revealed is the part.
"use strict";

for (const holder of document.querySelectorAll("[data-reveal]")) {
  const box = document.getElementById(holder.dataset.reveal);
  const part = holder.querySelector("[data-revealed]");
  const show = () => { part.hidden = !box.checked; };
  box.addEventListener("change", show);
  show();
}
