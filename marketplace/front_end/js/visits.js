// Loaded only on the page of visits recorded without a network. Without it visits are recorded screen by screen.
import { recordOn } from "./visits/page.js";

for (const root of document.querySelectorAll("[data-offline-visits]")) recordOn(root);
