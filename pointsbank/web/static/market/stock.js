// The delivery: a scanner types a code and Enter faster than a page loads, so each scan is sent in the background, one
// after the other, and only the basket is renewed. Without this script each scan posts the page.
"use strict";

const delivery = document.getElementById("delivery");
const scan = delivery.elements.scan;
let waiting = Promise.resolve();

// What is typed in each row, by the good's serial and the row's number among that good's, then by the field's name.
function typed(basket) {
  const inputs = new Map();
  const rows = new Map();
  for (const good of basket.querySelectorAll('input[name="good"]')) {
    const number = (rows.get(good.value) ?? 0) + 1;
    rows.set(good.value, number);
    for (const input of good.closest("tr").querySelectorAll("input:not([type=hidden])")) {
      inputs.set(`${good.value} ${number} ${input.name}`, input);
    }
  }
  return inputs;
}

// What somebody typed while the scan was on its way must not be lost.
function keepTyped(sent, old, renewed) {
  const inputs = typed(renewed);
  for (const [place, input] of typed(old)) {
    if (input.value !== sent.get(place) && inputs.has(place)) inputs.get(place).value = input.value;
  }
  for (const name of ["origin", "source", "received_on", "second_receiver"]) {
    const [before, after] = [old, renewed].map((part) => part.querySelector(`[name="${name}"]`));
    if (before && after) after.value = before.value;
  }
}

async function send(text, book) {
  const old = document.getElementById("basket");
  const sent = new Map([...typed(old)].map(([place, input]) => [place, input.value]));
  const data = new FormData(delivery);
  data.set("scan", text);
  if (book) data.set("book", "1"); // the server then says at the button that nothing is booked yet
  const answer = await fetch(delivery.action, { method: "POST", body: data, cache: "no-store" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const renewed = page.getElementById("basket");
  if (!renewed) throw new Error(`no basket in the answer ${answer.status}`);
  const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("name") : null;
  keepTyped(sent, old, renewed);
  old.replaceWith(renewed);
  document.getElementById("says").replaceChildren(...page.getElementById("says").childNodes);
  scan.closest(".field").querySelector(".field-error")?.remove();
  const refused = page.getElementById("scan-error");
  scan.toggleAttribute("aria-invalid", Boolean(refused));
  if (refused) {
    scan.after(refused);
    scan.value ||= text; // as without script: what was not found stands there, the next scan replaces it
    scan.select();
  }
  if (focused) scan.focus();
}

delivery.addEventListener("submit", (event) => {
  const text = scan.value.trim();
  const button = event.submitter?.name;
  if (!text || button === "pick" || button === "remove") return;
  event.preventDefault();
  scan.value = "";
  waiting = waiting.then(() => send(text, button === "book")).catch(() => {
    // Signed out or no answer: post the page itself, which says so and keeps what was typed.
    scan.value = text;
    delivery.submit();
  });
});
