// Nobody is there. The start page leads to what turns by itself; there any touch leads back to the start.
"use strict";

const ALONE_SECONDS = 60;
const SLIDE_SECONDS = 12;
const ANEW_MINUTES = 10; // the page is loaded again: for what is new, and so that its form can still be taken
const AT = "kiosk-slide";

const slides = [...document.querySelectorAll("#slides > section")];

const leave = async (url) => {
  if (await isThere()) location.replace(url);
};

if (slides.length === 0) {
  let alone = 0;
  const wait = () => {
    clearTimeout(alone);
    alone = setTimeout(() => leave("/kiosk/attract").finally(wait), ALONE_SECONDS * 1000);
  };
  for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, wait);
  wait();
} else {
  const stands = matchMedia("(prefers-reduced-motion: reduce)");
  let at = (Number(sessionStorage.getItem(AT)) || 0) % slides.length;

  const show = () => {
    slides.forEach((slide, number) => { slide.hidden = number !== at; });
    const frame = document.getElementById("slides");
    frame.classList.remove("kiosk-slides-0", "kiosk-slides-1", "kiosk-slides-2", "kiosk-slides-3");
    frame.classList.add(`kiosk-slides-${at % 4}`);
  };
  const turn = () => {
    at = (at + 1) % slides.length;
    sessionStorage.setItem(AT, at);
    show();
  };

  show();
  setInterval(() => { if (!stands.matches) turn(); }, SLIDE_SECONDS * 1000);
  setInterval(async () => {
    if (!(await isThere())) return;
    sessionStorage.setItem(AT, (at + 1) % slides.length); // who wants nothing to move sees the next one now
    location.reload();
  }, ANEW_MINUTES * 60 * 1000);
  document.addEventListener("click", (event) => {
    if (event.target.closest("a[href], dialog")) return; // the links lead on by themselves
    document.querySelector(".kiosk-foot a").click();
  });
}
