// How long is left, by the service's clock: the reader's own may be wrong.

const LAST_WARNING = 15 * 60;

export function countDown(place) {
  const words = JSON.parse(place.dataset.words);
  const began = performance.now();
  const left = (Date.parse(place.dataset.closesAt) - Date.parse(place.dataset.now)) / 1000;
  const show = () => {
    const seconds = Math.max(0, Math.floor(left - (performance.now() - began) / 1000));
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const time = parts.map((n) => String(n).padStart(2, "0")).join(":");
    place.hidden = false;
    place.textContent = seconds ? (seconds < LAST_WARNING ? words.hurry : words.left).replace("{time}", time) : words.closed;
    place.classList.toggle("countdown--late", seconds < LAST_WARNING);
    if (seconds) setTimeout(show, 1000);
  };
  show();
}
