// Keys, the palette, picked rows and dialogs, on top of pages that work without any of it.
"use strict";

const $ = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const isTyping = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

// Rows: j and k move, x picks, Enter opens.
function move(by) {
  const rows = all("[data-rows] tbody tr:not(.group)");
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.classList.contains("at"));
  const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))];
  rows[at]?.classList.remove("at");
  next.classList.add("at");
  ($("th a", next) ?? next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function pick() {
  const box = $("[data-rows] tr.at input[type=checkbox]");
  if (!box) return;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

let after_g = 0;

function key(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return palette();
  }
  if (event.ctrlKey && event.key === "Enter" && event.target.form) return event.target.form.requestSubmit();
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || $("dialog[open]")) return;
  const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (after_g && Date.now() - after_g < 1500) {
    after_g = 0;
    const stop = $(`[data-go="${CSS.escape(pressed)}"]`);
    if (stop) { event.preventDefault(); return stop.click(); }
  }
  const does = {
    j: () => move(1), k: () => move(-1), x: pick, g: () => { after_g = Date.now(); },
    "/": () => $("#q")?.focus(), "?": () => $("#keys")?.showModal(),
    Escape: () => all("details.menu[open]").forEach((menu) => menu.removeAttribute("open")),
  }[pressed];
  if (does) { event.preventDefault(); return does(); }
  const target = /^[a-z]$/.test(pressed) && all(`[data-key="${pressed}"]`).find((one) => one.offsetParent);
  if (target) { event.preventDefault(); target.click(); }
}

function palette() {
  const box = $("#palette");
  if (!box || box.open) return;
  box.showModal();
  $("input", box).select();
}

// The palette's results: arrows choose, Enter opens.
function choose(event) {
  const links = all("#found a");
  if (!links.length || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
  event.preventDefault();
  const at = links.findIndex((link) => link.getAttribute("aria-selected") === "true");
  if (event.key === "Enter") return (links[at] ?? links[0]).click();
  const next = links[(at + (event.key === "ArrowDown" ? 1 : -1) + links.length) % links.length];
  links.forEach((link) => link.removeAttribute("aria-selected"));
  next.setAttribute("aria-selected", "true");
  next.scrollIntoView({ block: "nearest" });
  event.target.setAttribute("aria-activedescendant", next.id);
}

function count() {
  const picked = all("#picked tbody input[type=checkbox]:checked");
  const says = $("[data-count]");
  const every = $("[data-every]");
  // What is not seen is not meant: with the last picked row the bar goes, and "all" with it.
  if (every && !picked.length) every.checked = false;
  if (says) says.textContent = every?.checked ? says.dataset.allSays : picked.length ? `${picked.length} ${says.dataset.count}` : "";
}

// A link or button marked so opens its form in the dialog; without script it is a page.
function dialog(event) {
  const opener = event.target.closest("a[data-dialog]");
  const box = $("#dialog");
  if (!opener || !box || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  htmx.ajax("GET", opener.href, { target: "#dialog", swap: "innerHTML" });
}

document.addEventListener("keydown", key);
document.addEventListener("click", (event) => {
  dialog(event);
  if (event.target.closest("[data-print]")) window.print();
  const fills = event.target.closest("[data-fill]");
  if (fills) all("input[data-full]", fills.form).forEach((field) => { field.value = field.dataset.full; });
  const closes = event.target.closest("[data-close]");
  if (closes) document.getElementById(closes.dataset.close)?.remove();
  const cancels = event.target.closest("[data-cancel]");
  if (cancels?.closest("dialog")) { event.preventDefault(); cancels.closest("dialog").close(); }
  if (!event.target.closest("details.menu")) all("details.menu[open]").forEach((menu) => menu.removeAttribute("open"));
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) {
    all("tbody input[type=checkbox]", event.target.closest("table")).forEach((box) => { box.checked = event.target.checked; });
  }
  if (event.target.closest("#picked")) count();
});
document.addEventListener("reset", () => setTimeout(count));
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "get") {
    // Addresses stay short: what is empty is left out, several of one name are joined.
    const joins = event.submitter?.dataset.join;
    if (joins) {
      const picked = all(`[name=${joins}]:checked`, form);
      picked.slice(1).forEach((box) => { box.disabled = true; });
      if (picked.length) picked[0].value = picked.map((box) => box.value).join(",");
    }
    all("input, select", form).forEach((field) => { if (!field.value) field.disabled = true; });
    setTimeout(() => all(":disabled", form).forEach((field) => { field.disabled = false; }));
  } else if ("once" in form.dataset) {
    const button = event.submitter ?? $("button", form);
    if (button?.getAttribute("aria-busy")) return event.preventDefault();
    button?.setAttribute("aria-busy", "true");
  }
});
function lacksServer(isSo) {
  const trouble = $("#trouble");
  if (trouble) trouble.hidden = !isSo;
}
document.addEventListener("htmx:afterRequest", (event) => {
  all("[aria-busy=true]").forEach((button) => button.removeAttribute("aria-busy"));
  if (event.detail.xhr.status) lacksServer(false);
});
// Who leaves a page ends what it was asking for: that is no trouble.
["htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, () => lacksServer(true)));
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "dialog" && !event.detail.target.open) event.detail.target.showModal();
  if (event.detail.target.id === "rows") count();
});
window.addEventListener("pageshow", () => {
  all("[aria-busy=true]").forEach((button) => button.removeAttribute("aria-busy"));
  count();
});
$("#palette input")?.addEventListener("keydown", choose);
