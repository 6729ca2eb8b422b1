// The what-if page answers while a slider moves. At most one question is under way and one waits: the latest wins.
// Without this script the form's button asks for the page anew.
"use strict";
(() => {
  const form = document.getElementById("levers");
  if (!form) return;
  const PAUSE = 500;
  const said = document.getElementById("w-said");
  let busy = false, waiting = false, quiet = 0, last = null;

  const numberOf = (lever) => lever.querySelector("[name^='v.']");
  const sliderOf = (lever) => lever.querySelector("[data-slide]");
  const same = (a, b) => a === b || (a !== "" && b !== "" && Number(a) === Number(b));
  const mark = (lever) => {
    const field = numberOf(lever);
    lever.classList.toggle("moved", field.dataset.base !== "" && !same(field.value.trim(), field.dataset.base));
  };

  const put = (id, html) => {
    const element = document.getElementById(id);
    if (!element || element.innerHTML === html || element.dataset.html === html) return;
    element.innerHTML = html;
    element.dataset.html = html;
    if (element.hasAttribute("data-tint")) {
      element.classList.remove("changed");
      void element.offsetWidth;
      element.classList.add("changed");
    }
    element.dispatchEvent(new CustomEvent("breakeven:changed", { bubbles: true }));
  };

  const show = (answer) => {
    for (const [id, html] of Object.entries(answer.fragments)) put(id, html);
    for (const lever of form.querySelectorAll("[data-lever]")) {
      const found = answer.levers[lever.dataset.lever], slider = sliderOf(lever), field = numberOf(lever);
      if (!found) continue;
      const wrong = document.getElementById(`${field.id}-fault`).textContent.trim() !== "";
      field.toggleAttribute("aria-invalid", false);
      if (wrong) field.setAttribute("aria-invalid", "true");
      if (document.activeElement !== slider) {
        slider.min = found.min; slider.max = found.max; slider.step = found.step;
        if (!wrong) slider.value = field.value;
      }
      slider.setAttribute("aria-valuetext", found.text);
    }
    const words = document.getElementById("w-roi-words");
    const arrow = words.querySelector("use")?.getAttribute("href");
    words.className = `delta ${arrow === "#up" ? "good" : arrow === "#down" ? "watch" : "flat"}`;
    last = answer;
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      said.textContent = answer.said;
      if (location.pathname + location.search !== answer.address) history.replaceState({}, "", answer.address);
    }, PAUSE);
  };

  const ask = async () => {
    if (busy) { waiting = true; return; }
    busy = true;
    waiting = false;
    document.body.classList.add("busy");
    try {
      const query = new URLSearchParams(new FormData(form)).toString();
      const answer = await fetch(form.dataset.liveForm, {
        method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ query, open: [...document.querySelectorAll("[data-numbers][open]")].map((box) => box.dataset.numbers) }),
      });
      if (answer.ok) show(await answer.json());
      else said.textContent = (await answer.json().catch(() => ({}))).detail ?? "The answer could not be made.";
    } catch {
      said.textContent = "The server does not answer; the figures are those of before.";
      document.getElementById("w-counted").textContent = "The server does not answer";
    }
    busy = false;
    if (waiting) ask(); else document.body.classList.remove("busy");
  };

  form.addEventListener("input", (event) => {
    const lever = event.target.closest("[data-lever]");
    if (!lever) return;
    const field = numberOf(lever), slider = sliderOf(lever);
    if (event.target === slider) field.value = slider.value;
    else if (field.value.trim() !== "" && !Number.isNaN(Number(field.value))) slider.value = field.value;
    mark(lever);
    ask();
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.closest(".own-lever")) return;
    event.preventDefault();
    ask();
  });
  form.querySelector("[data-reset]").addEventListener("click", (event) => {
    const levers = [...form.querySelectorAll("[data-lever]")];
    if (levers.some((lever) => numberOf(lever).dataset.base === "")) return;
    event.preventDefault();
    for (const lever of levers) {
      const field = numberOf(lever);
      field.value = field.dataset.base;
      sliderOf(lever).value = field.value;
      mark(lever);
    }
    ask();
  });

  // the numbers behind a picture are asked for when they are looked at
  for (const box of document.querySelectorAll("[data-numbers]")) box.addEventListener("toggle", () => { if (box.open && last) ask(); });

  const find = form.querySelector("[data-find-lever]");
  find?.addEventListener("input", (event) => {
    event.stopPropagation();
    const wanted = find.value.trim().toLowerCase(), box = find.closest("details");
    let any = false;
    for (const lever of box.querySelectorAll("[data-lever]")) {
      lever.hidden = !lever.dataset.name.includes(wanted);
      any ||= !lever.hidden;
    }
    box.querySelector("[data-none]").hidden = any;
  });

  document.querySelector("[data-copy-link]")?.addEventListener("click", async (event) => {
    const button = event.currentTarget.querySelector("span");
    const address = new URL(last?.address ?? location.href, location.href).href;
    try { await navigator.clipboard.writeText(address); button.textContent = "Copied"; }
    catch { button.textContent = address; }
    setTimeout(() => { button.textContent = "Copy link"; }, 2000);
  });
})();
