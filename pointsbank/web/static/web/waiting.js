// Long work shows that it goes on: whoever sends a form and has no answer yet sees a bar and is asked to wait.
"use strict";

const SHOW_AFTER_MILLISECONDS = 700; // what is quicker needs no bar

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  setTimeout(() => {
    if (event.defaultPrevented || document.getElementById("waiting")) return; // a script of the page sends it itself
    const bar = document.createElement("div");
    bar.id = "waiting";
    bar.className = "message waiting";
    bar.setAttribute("role", "status");
    const words = document.createElement("span");
    words.textContent = "正在办，请等一等，不要关页面。办完会自己翻页。";
    const progress = document.createElement("progress");
    progress.setAttribute("aria-label", "正在办");
    bar.append(words, progress);
    document.querySelector("main").prepend(bar);
    bar.scrollIntoView({ block: "nearest" });
  }, SHOW_AFTER_MILLISECONDS);
});

window.addEventListener("pageshow", () => document.getElementById("waiting")?.remove()); // came back to the page
