// A signature on glass: strokes of whole numbers, which the service keeps as a picture of lines and nothing else.
const WIDTH = 600;
const HEIGHT = 200;
const MOST_POINTS = 400;

export function signatureOn(canvas) {
  const pen = canvas.getContext("2d");
  let strokes = [];
  let points = 0;
  canvas.width = WIDTH;
  canvas.height = HEIGHT;

  const at = (event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const inside = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
    return [inside(((event.clientX - left) / width) * WIDTH, WIDTH), inside(((event.clientY - top) / height) * HEIGHT, HEIGHT)];
  };
  let drawing = false;
  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    drawing = true;
    strokes.push([at(event)]);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing || points >= MOST_POINTS) return;
    const stroke = strokes.at(-1);
    const [x, y] = at(event);
    const [lastX, lastY] = stroke.at(-1);
    if (Math.hypot(x - lastX, y - lastY) < 4) return;
    stroke.push([x, y]);
    points += 1;
    pen.lineWidth = 3;
    pen.lineCap = "round";
    pen.strokeStyle = getComputedStyle(canvas).color;
    pen.beginPath();
    pen.moveTo(lastX, lastY);
    pen.lineTo(x, y);
    pen.stroke();
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { drawing = false; });

  return {
    clear() {
      strokes = [];
      points = 0;
      pen.clearRect(0, 0, WIDTH, HEIGHT);
    },
    // "" where nobody signed: a single dot is no signature
    text() {
      const drawn = strokes.filter((stroke) => stroke.length > 1).slice(0, 80);
      return drawn.map((stroke) => stroke.map(([x, y], n) => `${n ? "L" : "M"}${x} ${y}`).join("")).join("");
    },
  };
}
