// The Explain panel: its text and its link go to the clipboard. Without this script the text is a page of its own.
"use strict";
(() => {
  const told = (button, word) => {
    const label = button.lastChild, before = label.textContent;
    if (button.dataset.told) return;
    button.dataset.told = "yes";
    label.textContent = word;
    setTimeout(() => { label.textContent = before; delete button.dataset.told; }, 1500);
  };
  const copied = (button, text) => text
    .then((found) => navigator.clipboard.writeText(found))
    .then(() => told(button, "Copied"), () => told(button, "Not copied"));

  addEventListener("click", (event) => {
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || !navigator.clipboard) return;
    const text = event.target.closest("[data-copy-text]"), link = event.target.closest("[data-copy-link]");
    if (text) {
      event.preventDefault();
      copied(text, fetch(text.href, { headers: { Accept: "text/plain" } }).then((answer) => answer.ok ? answer.text() : Promise.reject()));
    } else if (link) {
      copied(link, Promise.resolve(new URL(link.dataset.copyLink, location.href).href));
    }
  });
})();
