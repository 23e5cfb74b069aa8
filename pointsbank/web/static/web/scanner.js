// A scanner types like a keyboard, only faster, and ends with Enter, with Tab or with nothing, as it is set up.
// What came in one burst and looks like a card or a barcode is taken as if Enter had come: at once when Tab follows,
// else after a short silence. What hands type is left alone.
"use strict";

const SCANNER = {
  gap: 50, // milliseconds between two keys, on average: no hand is so fast
  silence: 120, // milliseconds without a key end what came in one burst
  looks: /^(PB1:[a-z][a-z0-9-]{1,39}:[A-Za-z0-9_-]{43}|[0-9]{8}|[0-9]{12,14})$/, // a card's QR, its number or EAN-8; UPC-A, EAN-13, GTIN-14
};

// Watch the keys for which where(event) gives the place they go to; take(place, text) gets what was scanned.
function watchScanner(where, take) {
  let burst = "";
  let place = null;
  let first = 0;
  let last = 0;
  let timer;

  const isScan = () => SCANNER.looks.test(burst) && last - first < SCANNER.gap * (burst.length - 1);
  const forget = () => {
    clearTimeout(timer);
    burst = "";
  };
  const taken = () => {
    const text = burst;
    forget();
    take(place, text);
  };

  document.addEventListener("keydown", (event) => {
    if (!event.isTrusted || event.key === "Shift") return; // capitals come with Shift
    const here = where(event);
    const isNext = here === place && event.timeStamp - last < SCANNER.silence;
    clearTimeout(timer);
    if (event.key === "Tab" && isNext && isScan() && !event.shiftKey) {
      event.preventDefault();
      event.stopImmediatePropagation();
      taken();
    } else if (here && event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey) {
      if (!isNext) first = event.timeStamp;
      burst = isNext ? burst + event.key : event.key;
      place = here;
      last = event.timeStamp;
      timer = setTimeout(() => (isScan() ? taken() : forget()), SCANNER.silence);
    } else {
      forget();
    }
  }, true); // before the page's own keys
}

// In a field marked data-scan Enter is pressed, in one of several lines the next line begins.
watchScanner(
  (event) => event.target.closest?.("[data-scan]") ?? null,
  (field) => {
    if (field.matches("textarea")) {
      field.setRangeText("\n", field.selectionStart, field.selectionEnd, "end");
      return;
    }
    const enter = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
    if (!field.dispatchEvent(enter) || !field.form) return;
    field.form.requestSubmit(field.form.querySelector("button:not([type]), button[type=submit], input[type=submit]"));
  },
);

// What was refused still stands in its field: the next scan or number replaces it instead of being typed behind it.
{
  const refused = document.querySelector("input[data-scan][autofocus], input[aria-invalid][autofocus]");
  if (refused?.value) {
    refused.focus();
    refused.select();
  }
}
