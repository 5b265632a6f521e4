// Today's residents and the visit that is going on: start and stop in one tap each. Kept encrypted, gone with the day.
import { keepSealed, keepSetting, openSealed } from "./box.js";
import { english } from "../sealing/page.js";

// what the service says of today; null without a network
export async function fetchToday() {
  try {
    const answer = await fetch(`${english ? "/en" : ""}/visits/today`, { headers: { accept: "application/json" }, cache: "no-store" });
    return answer.ok && !answer.redirected ? await answer.json() : null;
  } catch {
    return null;
  }
}

// today's things of this phone; those of another day are thrown away
export async function todayOf(database, key, day) {
  const kept = await openSealed(database, key, "today");
  if (kept?.day === day) return kept;
  if (kept) await keepSetting(database, "today", null);
  return { day, residents: [], colleagues: [] };
}

export const keepToday = (database, key, today) => keepSealed(database, key, "today", today);
export const runningOf = (database, key) => openSealed(database, key, "running");
export const keepRunning = (database, key, visit) => (visit ? keepSealed(database, key, "running", visit) : keepSetting(database, "running", null));
