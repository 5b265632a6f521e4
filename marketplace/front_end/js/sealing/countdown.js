// How long is left, by the service's clock: the reader's own may be wrong. With large files, also what the last step takes.

const LAST_WARNING = 15 * 60;
const IN_DAYS = 48 * 3600; // beyond it nobody counts hours
const WORTH_TELLING = 5; // seconds; below it the last step is over before anybody looks

export function countDown(place) {
  const words = JSON.parse(place.dataset.words);
  const began = performance.now();
  const left = (Date.parse(place.dataset.closesAt) - Date.parse(place.dataset.now)) / 1000;
  const show = () => {
    const seconds = Math.max(0, Math.floor(left - (performance.now() - began) / 1000));
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const days = Math.floor(seconds / 86400);
    const time = parts.map((n) => String(n).padStart(2, "0")).join(":");
    const last = Number(place.dataset.lastStep ?? 0);
    const isLate = seconds < LAST_WARNING;
    place.hidden = false;
    const said = last >= WORTH_TELLING ? [seconds < 2 * last ? words.short : isLate ? words.hurry : seconds < IN_DAYS ? words.left : words.days, words.last]
      : [isLate ? words.hurry : seconds < IN_DAYS ? words.left : words.days];
    place.textContent = seconds ? said.join(" ").replace("{time}", time).replace("{days}", days).replace("{last}", last) : words.closed;
    place.classList.toggle("countdown--late", isLate);
    if (seconds) setTimeout(show, 1000);
  };
  show();
}

// every countdown of the page speaks of it from its next second on
export function tellLastStep(seconds) {
  for (const place of document.querySelectorAll("[data-closes-at]")) place.dataset.lastStep = seconds;
}
