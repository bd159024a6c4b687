// Keys, focus and what is announced. Everything on the pages works without this file.
(() => {
  "use strict";
  const page = () => document.getElementById("page");
  let busy = false;
  let from = location.pathname;
  let focused = "";

  // The letter as it stands on an English keyboard: a Latin layout says it itself, a Cyrillic one by the key's place.
  function keyOf(event) {
    const key = event.key.toLowerCase();
    let name = "";
    if (/^[a-z0-9?/]$/.test(key)) name = key;
    else if (key === " ") name = "space";
    else if (/^Digit[0-9]$/.test(event.code) && !event.shiftKey) name = event.code.slice(5); // typewriter layouts, AZERTY
    else if (event.code === "Slash" && /^[.,]$/.test(key)) name = event.shiftKey ? "?" : "/";
    else if (/^Key[A-Z]$/.test(event.code) && !/^[\x00-\x7f]$/.test(key)) name = event.code.slice(3).toLowerCase();
    return event.shiftKey && /^[a-z]$/.test(name) ? `shift+${name}` : name;
  }

  function step(by) {
    const links = [...document.querySelectorAll(".rows a.open")];
    if (!links.length) return false;
    const at = links.indexOf(document.activeElement.closest(".row")?.querySelector("a.open"));
    links[Math.min(Math.max(at + by, 0), links.length - 1)].focus();
    return true;
  }

  // The way back to the list, by the browser too, leads to the row that was opened.
  function rememberRow(source) {
    const row = [source, document.activeElement].find((element) => element?.matches?.(".rows a.open"));
    if (!row || location.pathname !== "/queue") return;
    const address = new URL(location.href);
    address.searchParams.set("at", row.id.replace("item-", ""));
    for (const past of ["said", "page"]) address.searchParams.delete(past);
    history.replaceState(history.state, "", address.pathname + address.search);
  }

  function focusOn(element) {
    const row = element.closest("#place");
    element.focus({ preventScroll: true });
    if (row) row.scrollIntoView({ block: "center" });
  }

  const picks = () => [...document.querySelectorAll("[name=pick]")];

  // How many are chosen, where it is seen; `aloud` where nothing else says it.
  function count(aloud) {
    const all = document.getElementById("all");
    const told = document.getElementById("chosen");
    if (!told) return;
    const [some, chosen] = [picks(), picks().filter((pick) => pick.checked).length];
    if (all) {
      all.closest("label").hidden = false;
      all.checked = chosen === some.length;
      all.indeterminate = chosen > 0 && chosen < some.length;
    }
    told.textContent = chosen || "";
    if (aloud) document.getElementById("live").textContent = `${told.dataset.says} ${chosen}`;
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "all") for (const pick of picks()) pick.checked = event.target.checked;
    if (event.target.matches("#all, [name=pick]")) count(true);
  });

  function targetOf(key, menu) {
    if (menu) return menu.querySelector(`[data-menu-key="${key}"]`);
    if (key !== "space") return page().querySelector(`[data-key="${key}"]`);
    const focusedLink = document.activeElement.matches("a.open") && document.activeElement;
    return focusedLink && focusedLink.closest(".row").querySelector("[name=pick]");
  }

  const openMenu = () => document.querySelector("details.menu[open]");

  // Before any other key: while a menu is open, the keys are its own.
  document.addEventListener("keydown", (event) => {
    const menu = openMenu();
    if (event.key !== "Escape" || !menu) return;
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  function leaveMenu(target) {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
  }
  document.addEventListener("focusin", (event) => leaveMenu(event.target));

  document.addEventListener("keydown", (event) => {
    if (page().dataset.keys !== "on" || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const key = keyOf(event);
    if (!key) return;
    const menu = openMenu();
    if (!menu && ((key === "j" && step(1)) || (key === "k" && step(-1)))) return event.preventDefault();
    const target = targetOf(key, menu);
    if (!target || (busy && target.form) || (event.repeat && target.form)) return;
    event.preventDefault();
    if (target.matches("input:not([type=checkbox]), textarea")) target.focus();
    else target.click();
    if (target.matches("summary")) target.parentElement.querySelector("[type=checkbox]").focus();
  });

  // A note stays in this tab, for whoever wrote it, until it is stored or they sign out.
  const keptAs = (name) => `note ${name}`;
  function bringBackNote() {
    const stored = page().dataset.storedNote;
    if (stored) sessionStorage.removeItem(keptAs(stored));
    const note = page().querySelector("[data-note-of]");
    if (note && !note.value) note.value = sessionStorage.getItem(keptAs(note.dataset.noteOf)) ?? "";
  }
  document.addEventListener("input", (event) => {
    const name = event.target.dataset.noteOf;
    if (!name) return;
    if (event.target.value.trim()) sessionStorage.setItem(keptAs(name), event.target.value);
    else sessionStorage.removeItem(keptAs(name));
  });
  document.addEventListener("submit", (event) => {
    if (new URL(event.target.action).pathname === "/sign-out") sessionStorage.clear();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
    leaveMenu(event.target);
  });

  document.addEventListener("htmx:before:request", (event) => {
    rememberRow(event.detail.ctx.sourceElement);
    busy = true;
    from = location.pathname;
    const searches = event.detail.ctx?.sourceElement?.matches?.("[role=search]");
    focused = searches ? "" : (document.activeElement?.id ?? ""); // results are read next, not the words
    document.body.setAttribute("aria-busy", "true"); // the page itself is another after the swap
  });
  document.addEventListener("htmx:finally:request", () => {
    busy = false;
    document.body.removeAttribute("aria-busy");
  });
  document.addEventListener("htmx:after:swap", () => {
    const again = location.pathname === from && focused && document.getElementById(focused);
    if (!again) scrollTo(0, 0);
    focusOn(again || page().querySelector("[data-focus]") || document.getElementById("main"));
    document.getElementById("live").textContent = page().dataset.said;
    count(false);
    bringBackNote();
  });
  document.addEventListener("htmx:error", () => {
    document.getElementById("live").textContent = "";
    busy = false;
  });

  const first = page().querySelector("[data-focus]");
  if (first && /[?&](said|at)=/.test(location.search)) focusOn(first);
  count(false);
  bringBackNote();
  if (page().dataset.said) setTimeout(() => (document.getElementById("live").textContent = page().dataset.said), 100);
})();
