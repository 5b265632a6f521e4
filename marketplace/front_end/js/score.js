// A member marks with the keyboard: arrows go from factor to factor, digits choose a printed band.
// While something is typed a digit is a digit: bands are chosen from the list (Escape, or Tab, leads to it) or with Alt.
// A band that is a stretch of points leaves the number to type: it stands in the empty field until then.

const factors = [...document.querySelectorAll("[data-factor]")];
const points = (factor) => factor.querySelector("input[inputmode=decimal]");
const bands = (factor) => [...factor.querySelectorAll("button[data-points]")];

const choose = (factor, number) => {
  const band = bands(factor)[number - 1];
  if (!band) return false;
  const field = points(factor);
  if (band.dataset.most) {
    field.placeholder = `${band.dataset.points}–${band.dataset.most}`;
    if (!lies(field.value, band)) field.value = "";
    field.focus();
    field.select();
  } else field.value = band.dataset.points;
  mark(factor);
  return true;
};

const lies = (typed, band) => typed.trim() !== "" && Number(typed) >= Number(band.dataset.points)
  && Number(typed) <= Number(band.dataset.most ?? band.dataset.points);

for (const printed of document.querySelectorAll("[data-factor] li[data-points]")) {
  const band = document.createElement("button");
  band.type = "button";
  Object.assign(band.dataset, printed.dataset);
  band.append(...printed.childNodes);
  printed.append(band);
}
const mark = (factor) => {
  for (const band of bands(factor)) band.setAttribute("aria-pressed", String(lies(points(factor).value, band)));
};
factors.forEach(mark);
for (const hint of document.querySelectorAll("[data-score-keys]")) hint.hidden = factors.every((f) => !bands(f).length);

document.addEventListener("click", (event) => {
  const band = event.target.closest("[data-factor] button[data-points]");
  if (band) choose(band.closest("[data-factor]"), bands(band.closest("[data-factor]")).indexOf(band) + 1);
});

document.addEventListener("input", (event) => {
  const factor = event.target.closest("[data-factor]");
  if (factor && event.target === points(factor)) mark(factor);
});

document.addEventListener("keydown", (event) => {
  const factor = event.target.closest("[data-factor]");
  if (!factor || event.ctrlKey || event.metaKey || event.repeat || event.isComposing) return;
  const isTyping = event.target.matches("input, textarea");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = factors[factors.indexOf(factor) + (event.key === "ArrowDown" ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    const first = isTyping ? null : bands(next)[0];
    (first ?? points(next)).focus();
    return;
  }
  if (event.key === "Escape" && isTyping && bands(factor).length) {
    bands(factor)[0].focus();
    return;
  }
  const digit = /^Digit([1-9])$|^Numpad([1-9])$/.exec(event.code);
  if (digit && event.altKey === isTyping && choose(factor, Number(digit[1] ?? digit[2]))) event.preventDefault();
});
