// Follows /live: fragments replace the content of the elements with their ids. Nothing else on the page moves.
"use strict";
(() => {
  const HEARTBEAT = 15000, MISSED = 3;
  const state = document.getElementById("live-state");
  const said = document.getElementById("live-said");
  const pause = document.querySelector("[data-pause]");
  const waiting = new Map();
  let heard = Date.now(), pausedAt = null, stale = false;

  const say = (text) => { if (said.textContent !== text) said.textContent = text; };
  const clock = (time) => new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const age = (ms) => (ms < 60000 ? `${Math.floor(ms / 1000)} s` : ms < 3600000 ? `${Math.floor(ms / 60000)} min` : `${Math.floor(ms / 3600000)} h`);

  const tint = (element) => {
    element.classList.remove("changed");
    void element.offsetWidth; // the same number may change again before the tint has faded
    element.classList.add("changed");
  };
  const put = (id, html) => {
    const element = document.getElementById(id);
    if (!element) return true;
    const made = document.createElement("template");
    made.innerHTML = html;
    if (made.innerHTML === element.innerHTML) return true;
    // Who has the focus inside is not disturbed: it waits until the focus has gone.
    if (element.contains(document.activeElement)) return false;
    const differs = made.content.textContent !== element.textContent;
    element.replaceChildren(made.content);
    element.dispatchEvent(new Event("breakeven:changed", { bubbles: true }));
    if (differs && "tint" in element.dataset) tint(element);
    return true;
  };
  const apply = () => {
    for (const [id, html] of waiting) if (put(id, html)) waiting.delete(id);
  };

  const show = () => {
    const silent = Date.now() - heard;
    const now = silent > HEARTBEAT * MISSED;
    if (now !== stale) {
      stale = now;
      say(stale ? "Live updates have stopped" : "Live updates are back");
    }
    state.classList.toggle("stale", stale);
    state.classList.toggle("paused", pausedAt !== null);
    state.textContent = pausedAt !== null ? `Paused since ${clock(pausedAt)}` : stale ? `No news for ${age(silent)}` : "Live";
  };
  const hear = () => { heard = Date.now(); show(); };

  pause.addEventListener("click", () => {
    pausedAt = pausedAt === null ? Date.now() : null;
    pause.setAttribute("aria-pressed", String(pausedAt !== null));
    pause.querySelector("span").textContent = pausedAt === null ? "Pause" : "Resume";
    pause.querySelector("use").setAttribute("href", pausedAt === null ? "#pause" : "#play");
    say(pausedAt === null ? "Live updates go on" : "Live updates are paused");
    if (pausedAt === null) apply();
    show();
  });

  const source = new EventSource(document.body.dataset.live);
  source.addEventListener("open", hear);
  source.addEventListener("heartbeat", hear);
  source.addEventListener("tick", (event) => {
    hear();
    for (const [id, html] of Object.entries(JSON.parse(event.data).fragments)) waiting.set(id, html);
    if (pausedAt === null) apply();
  });
  addEventListener("focusout", () => setTimeout(() => { if (pausedAt === null) apply(); }, 50));
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  setInterval(show, 5000);
})();
