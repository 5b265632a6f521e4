// Loaded only on pages that seal, open or make keys. Without it each of them says how to do the same without a browser.
import { sealBidOn } from "./sealing/seal.js";
import { makeKeyOn } from "./sealing/opener_key.js";
import { releaseOn } from "./sealing/release.js";
import { countDown } from "./sealing/countdown.js";

for (const root of document.querySelectorAll("[data-seal]")) sealBidOn(root);
for (const root of document.querySelectorAll("[data-opener-key]")) makeKeyOn(root);
for (const root of document.querySelectorAll("[data-release]")) releaseOn(root);
for (const place of document.querySelectorAll("[data-closes-at]")) countDown(place);
