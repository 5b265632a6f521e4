// One key for each act of a review, while nothing is being typed; the page does the same without this file.

const page = document.querySelector("[data-review]");

if (page) {
  // Enter does what the data speak for; the page stays where it is, to be read from its top
  if (!document.querySelector("[data-focus-first]")) page.querySelector("[data-first]")?.focus({ preventScroll: true });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.target.closest("textarea, select, input:not([type=radio])")) return;
    if (/^[1-9]$/.test(event.key)) {
      const sheet = document.getElementById(`paper-${event.key}`);
      if (!sheet) return;
      event.preventDefault();
      sheet.scrollIntoView({ block: "nearest" });
      sheet.parentElement.focus({ preventScroll: true });
      return;
    }
    const act = document.querySelector(`[data-key="${event.key.toLowerCase()}"]`);
    if (!act) return;
    event.preventDefault();
    act.click();
  });
}
