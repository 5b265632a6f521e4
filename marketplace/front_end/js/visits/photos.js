// A photograph drawn anew on the phone: smaller, and nothing of it but the picture; the file itself is never kept.
const LONGEST_SIDE = 1280;
const QUALITY = 0.7;

// the picture in base64; null where it cannot be drawn
export async function shrunk(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", QUALITY).split(",")[1];
  } catch {
    return null;
  }
}
