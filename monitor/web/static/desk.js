// Keyboard shortcuts, focus and screen-reader announcements. All pages work without this file.
(() => {
  "use strict";
  const page = () => document.getElementById("page");
  let [busy, from, focused] = [false, location.pathname, ""];

  // The zone in which the next pages show their times, if the newsroom has set none.
  document.cookie = `zone=${Intl.DateTimeFormat().resolvedOptions().timeZone}; path=/; max-age=31536000; samesite=strict`;

  // Return the key's name on an English keyboard: the letter itself in Latin layouts, by its position in others.
  function keyOf(event) {
    const key = event.key.toLowerCase();
    let name = "";
    if (/^[a-z0-9?/]$/.test(key) && !(event.shiftKey && /^Digit/.test(event.code))) name = key;
    else if (key === " ") name = "space";
    else if (/^Digit[0-9]$/.test(event.code)) name = event.code.slice(5); // typewriter layouts, AZERTY
    else if (event.code === "Slash" && /^[.,]$/.test(key)) name = event.shiftKey ? "?" : "/";
    else if (/^Key[A-Z]$/.test(event.code) && !/^[\x00-\x7f]$/.test(key)) name = event.code.slice(3).toLowerCase();
    return event.shiftKey && /^[a-z0-9]$/.test(name) ? `shift+${name}` : name;
  }

  function step(by) {
    const links = [...document.querySelectorAll(".rows a.open")];
    if (!links.length) return false;
    const at = links.indexOf(document.activeElement.closest(".row")?.querySelector("a.open"));
    const beyond = at >= 0 && !links[at + by] && document.querySelector(`.pages a[rel=${by > 0 ? "next" : "prev"}]`);
    if (beyond) beyond.click();
    else links[Math.min(Math.max(at + by, 0), links.length - 1)].focus();
    return true;
  }

  // Return the button that judges the focused row, with its form filled in for that row.
  function rowButton(key) {
    const pick = document.activeElement.matches("a.open") && document.activeElement.closest(".row")?.querySelector("[name=pick]");
    const form = document.getElementById("row-judge");
    const button = pick && form?.querySelector(`[data-row-key="${key}"]`);
    if (!button) return null;
    const [item, version] = pick.value.split(":");
    form.action = form.dataset.list.replace("/items/0/", `/items/${item}/`);
    form.elements.version.value = version;
    return button;
  }

  // Put the opened row into the list's address, so that the browser's back button returns to it.
  function rememberRow(source) {
    const row = [source, document.activeElement].find((element) => element?.matches?.(".rows a.open"));
    if (!row || !location.pathname.endsWith("/queue")) return;
    const address = new URL(location.href);
    address.searchParams.set("at", row.id.replace("item-", ""));
    for (const outdated of ["said", "page"]) address.searchParams.delete(outdated);
    history.replaceState(history.state, "", address.pathname + address.search);
  }

  function focusOn(element) {
    const row = element.closest("#place");
    element.focus({ preventScroll: true });
    if (row) row.scrollIntoView({ block: "center" });
  }

  const picks = () => [...document.querySelectorAll("[name=pick]")];

  // Show the number of chosen items; `announce` also reads it to screen readers.
  function showChosenCount(announce) {
    const all = document.getElementById("all");
    const counter = document.getElementById("chosen");
    if (!counter) return;
    const [boxes, chosen] = [picks(), picks().filter((pick) => pick.checked).length];
    if (all) {
      all.checked = chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    counter.textContent = chosen || "";
    if (announce) document.getElementById("live").textContent = `${counter.dataset.says} ${chosen}`;
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "all") for (const pick of picks()) pick.checked = event.target.checked;
    if (event.target.matches("#all, [name=pick]")) showChosenCount(true);
    // Who ticks people means only these.
    if (event.target.matches("[name=tell]:checked") && !document.querySelector("#at-once-both:checked")) document.getElementById("at-once-people").checked = true;
  });

  // Hide the rows of a table that do not hold the typed letters. Without this file the form does the same.
  function filterRows(field) {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of document.querySelectorAll(`#${field.dataset.filters} [data-words]`)) {
      row.hidden = !words.every((word) => row.dataset.words.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    const none = document.getElementById("none-left");
    none.hidden = shown > 0;
    none.textContent = shown ? "" : field.dataset.none;
    document.getElementById("live").textContent = shown ? `${shown}` : field.dataset.none;
  }
  document.addEventListener("input", (event) => {
    if (event.target.dataset.filters) filterRows(event.target);
  });

  // Offer what can be done with a name that is selected in a text.
  document.addEventListener("selectionchange", () => {
    const bar = document.getElementById("selected");
    if (!bar || bar.contains(document.activeElement)) return;
    const selection = getSelection();
    const within = selection.rangeCount ? selection.getRangeAt(0).commonAncestorContainer : null;
    const element = within instanceof Element ? within : within?.parentElement; // the document has no parent
    const words = element?.closest("[data-names-in]") ? selection.toString().replace(/\s+/g, " ").trim() : "";
    bar.hidden = !words || words.length > 200;
    if (bar.hidden) return;
    for (const field of bar.querySelectorAll("[name=spelling]")) field.value = words;
    bar.querySelector("strong").textContent = words;
  });

  function targetOf(key, menu) {
    if (menu) return menu.querySelector(`[data-menu-key="${key}"]`);
    const inRow = document.activeElement.closest("[data-related]")?.querySelector(`[data-related-key="${key}"]`) ??
      rowButton(key) ?? document.querySelector(`#selected:not([hidden]) [data-key="${key}"]`);
    if (inRow) return inRow;
    if (key !== "space") return page().querySelector(`[data-key~="${key}"]`);
    const focusedLink = document.activeElement.matches("a.open") && document.activeElement;
    return focusedLink && focusedLink.closest(".row").querySelector("[name=pick]");
  }

  const openMenu = () => document.querySelector("details.menu[open]");

  // Registered before the other handler of keys: while a menu is open, keys belong to it.
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
    if (key === "z" && (isJudging || isStale)) {
      undoes ||= !event.repeat;
      return event.preventDefault();
    }
    const menu = openMenu();
    if (!menu && ((key === "j" && step(1)) || (key === "k" && step(-1)))) return event.preventDefault();
    const target = targetOf(key, menu);
    if (!target || (busy && target.form) || (event.repeat && target.form)) return;
    event.preventDefault();
    if (target.matches("input:not([type=checkbox]), textarea")) target.focus();
    else target.click();
    if (target.matches("summary")) target.parentElement.querySelector("[type=checkbox], div button")?.focus();
  });

  // Undo, pressed before its bar has come: of a decision that is on its way, or over a card that was fetched ahead.
  let [isJudging, isStale, undoes] = [false, false, false];
  function undoAsAsked() {
    if (undoes) page().querySelector('.undo.fresh [data-key="z"]')?.click();
    undoes = false;
  }

  // Ctrl+Enter in a field saves what was written there.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || busy) return;
    const button = event.target.matches?.("textarea, input") && event.target.form?.querySelector("[data-saves]");
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  // A note is kept in this tab, for its author, until it is stored or the author signs out.
  const noteKey = (name) => `note ${name}`;
  function restoreNote(isStored = false) {
    if (isStored) sessionStorage.removeItem(noteKey(page().dataset.storedNote));
    for (const note of page().querySelectorAll("[data-note-of]")) {
      if (!note.value) note.value = sessionStorage.getItem(noteKey(note.dataset.noteOf)) ?? "";
    }
  }
  document.addEventListener("input", (event) => {
    const name = event.target.dataset.noteOf;
    if (!name) return;
    if (event.target.value.trim()) sessionStorage.setItem(noteKey(name), event.target.value);
    else sessionStorage.removeItem(noteKey(name));
  });
  document.addEventListener("submit", (event) => {
    if (new URL(event.target.action).pathname === "/sign-out") sessionStorage.clear();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
    const copier = event.target.closest("[data-copies]");
    if (copier) navigator.clipboard.writeText(copier.dataset.copies).then(() => (copier.textContent = document.getElementById("live").textContent = copier.dataset.done));
    leaveMenu(event.target);
  });

  // A preview beside a form that is being filled in: nothing moves, and what has the focus keeps it.
  const isPreview = (event) => event.detail.ctx?.sourceElement?.id === "preview";

  // The session ended while somebody typed: the form goes to the sign-in page, and is back after it.
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (!isPreview(event) || ctx.response.status !== 401) return;
    event.preventDefault();
    ctx.sourceElement.closest("form").requestSubmit();
  });

  // The next card is fetched while this one is read, and shown as soon as the decision is stored. It counts as looked at
  // only when it is shown: `freshen` asks for it then, and shows what has changed meanwhile. In the closed watch, whose
  // log says who was sent which item, nothing is fetched ahead.
  const AHEAD_LIFETIME = 10 * 60000; // milliseconds
  let ahead = null;
  const aheadLink = () => page().querySelector("a[data-ahead]");

  async function fetchAhead() {
    const link = aheadLink();
    const url = link?.href;
    if (!url) return;
    const text = await fetch(url, { headers: { "Desk-Ahead": "1" } })
      .then((answer) => (answer.ok && !answer.redirected ? answer.text() : ""))
      .catch(() => "");
    const version = text.match(/name="version" value="(\d+)"/)?.[1];
    if (version && aheadLink()?.href === url) ahead = { url, text, key: `${link.dataset.ahead}:${version}`, at: Date.now() };
  }
  const usableAhead = () => (ahead && navigator.onLine && Date.now() - ahead.at < AHEAD_LIFETIME && aheadLink()?.href === ahead.url ? ahead : null);

  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    const card = usableAhead();
    if (!card) return;
    if (ctx.request.method === "POST" && ctx.sourceElement.matches("form.judge")) {
      ctx.ahead = card;
      ctx.request.headers["Desk-Ahead"] = card.key;
    } else if (ctx.request.method === "GET" && new URL(ctx.request.action, location.href).href === card.url) {
      ctx.ahead = card;
      ctx.fetch = async () => new Response(card.text, { headers: { "Content-Type": "text/html" } });
    }
  });

  // The answer to a decision is empty, and names the next page, if the card that this browser holds is that one as it is
  // now. An empty answer without it is none of the desk's.
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (!ctx.ahead || ctx.request.method !== "POST") return;
    if (ctx.response.status !== 200 || ctx.text || !ctx.response.headers.get("HX-Push-Url")) return (ctx.ahead = null);
    ctx.text = ctx.ahead.text;
    const note = ctx.sourceElement.querySelector("[data-note-of]"); // the decision was stored with it
    if (note) sessionStorage.removeItem(noteKey(note.dataset.noteOf));
  });

  // Parts of a card that other cards and colleagues change, and behind what each stands if it is new.
  const LIVE_PARTS = { ".along": "", "header .looking": "", ".names": "", ".related": ".paper", ".history": "", ".undo": ".card" };

  async function freshen() {
    const [place, shown] = [location.href, page()];
    const answer = await fetch(place).catch(() => null);
    if (page() !== shown || busy) return;
    if (!answer) return addEventListener("online", freshen, { once: true });
    if (answer.redirected) return location.reload(); // the session has ended
    if (!answer.ok) return; // no error page in place of a card that can be read; the next key says what is wrong
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("page");
    if (page() !== shown || busy) return;
    const state = (card) => [...card.querySelectorAll("h1, .paper .text, header .again, .judge [name=version]")].map((e) => e.value ?? e.textContent).join("\n");
    if (state(fresh) !== state(shown)) {
      shown.replaceWith(fresh);
      htmx.process(fresh);
      focusOn(fresh.querySelector("[data-focus]"));
    } else for (const [selector, before] of Object.entries(LIVE_PARTS)) renewPart(shown, fresh, selector, before);
    page().dataset.said = fresh.dataset.said;
    document.getElementById("live").textContent = fresh.dataset.said;
    restoreNote();
    isStale = false;
    if (undoes) undoAsAsked();
    else fetchAhead();
  }

  function renewPart(shown, fresh, selector, before) {
    const [old, part] = [shown.querySelector(selector), fresh.querySelector(selector)];
    if (old && (old.contains(document.activeElement) || old.querySelector("details.menu[open]"))) return;
    if (old && part) old.replaceWith(part);
    else if (old) old.remove();
    else if (part && before) shown.querySelector(before).after(part);
    if (part?.isConnected) htmx.process(part);
  }

  document.addEventListener("htmx:before:request", (event) => {
    if (isPreview(event)) return;
    rememberRow(event.detail.ctx.sourceElement);
    busy = true;
    isJudging = /\/decide$/.test(new URL(event.detail.ctx.request.action, location.href).pathname);
    if (!isJudging) undoes = false;
    from = location.pathname;
    const searches = event.detail.ctx?.sourceElement?.matches?.("[role=search]");
    focused = searches ? "" : (document.activeElement?.id ?? ""); // after a search the results get the focus, not the search field
    document.body.setAttribute("aria-busy", "true"); // not on the page element: the swap replaces it
  });
  document.addEventListener("htmx:finally:request", (event) => {
    if (isPreview(event)) return;
    busy = false;
    document.body.removeAttribute("aria-busy");
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (isPreview(event)) return;
    const previous = location.pathname === from && focused && document.getElementById(focused);
    if (!previous) scrollTo(0, 0);
    focusOn(previous || page().querySelector("[data-focus]") || document.getElementById("main"));
    document.getElementById("live").textContent = page().dataset.said;
    showChosenCount(false);
    restoreNote(event.detail.ctx.request.method === "POST");
    showSifters();
    showCurrentPage();
    renewAwaited();
    ahead = null;
    [isJudging, isStale] = [false, Boolean(event.detail.ctx.ahead)];
    if (isStale) freshen();
    else if (undoes) undoAsAsked();
    else fetchAhead();
  });
  document.addEventListener("htmx:error", () => {
    document.getElementById("live").textContent = "";
    [busy, isJudging, undoes] = [false, false, false];
  });

  // Show only the rows that contain what is typed; nothing is sent.
  function showSifters() {
    for (const field of document.querySelectorAll("[data-sifts]")) field.hidden = false;
    for (const copier of document.querySelectorAll("[data-copies]")) copier.hidden = !navigator.clipboard; // only of https
  }
  document.addEventListener("input", (event) => {
    const rows = event.target.dataset.sifts;
    if (!rows) return;
    const words = event.target.value.toLowerCase().trim();
    for (const row of document.querySelectorAll(rows)) row.hidden = !row.textContent.toLowerCase().includes(words);
  });

  // Load this page again every two seconds until a part of it no longer waits for something.
  function renewAwaited() {
    const awaited = document.querySelector("[data-awaited]");
    if (!awaited) return;
    setTimeout(async () => {
      const fresh = await fetch(location.href)
        .then((answer) => {
          if (answer.redirected && awaited.isConnected) location.replace(answer.url); // it has come
          return answer.text();
        })
        .then((text) => new DOMParser().parseFromString(text, "text/html").getElementById(awaited.id))
        .catch(() => null);
      if (!awaited.isConnected) return;
      if (fresh && !fresh.matches("[data-awaited]")) {
        awaited.replaceWith(fresh);
        document.getElementById("live").textContent = fresh.textContent;
      }
      renewAwaited();
    }, 2000);
  }

  // Tell quietly how many items came in since the list was made; what is being read stays where it is.
  // Only while somebody is at work: these requests would keep the session of an empty chair alive.
  const [NEWS_PAUSE, WORK_PAUSE] = [60000, 15 * 60000]; // milliseconds
  let lastAct = Date.now();
  for (const kind of ["keydown", "pointerdown", "wheel"]) {
    document.addEventListener(kind, () => (lastAct = Date.now()), { passive: true });
  }
  async function countNews() {
    const news = document.getElementById("news");
    if (!news || document.hidden || Date.now() - lastAct > WORK_PAUSE) return;
    const text = await fetch(news.dataset.count)
      .then((answer) => (answer.ok && !answer.redirected ? answer.text() : ""))
      .catch(() => "");
    if (!news.isConnected || text.length > 40) return;
    if (news.textContent !== text.trim()) news.textContent = text.trim();
    news.hidden = !news.textContent;
  }
  setInterval(countNews, NEWS_PAUSE);
  document.addEventListener("visibilitychange", countNews);

  function showCurrentPage() {
    for (const nav of document.querySelectorAll(".splits")) { // on a phone it may be wider than the screen
      const link = nav.querySelector("[aria-current]");
      if (link) nav.scrollLeft = link.offsetLeft - nav.offsetLeft - (nav.clientWidth - link.clientWidth) / 2;
    }
    for (const days of document.querySelectorAll(".by-day")) days.parentElement.scrollLeft = days.scrollWidth; // the newest
  }

  window.htmx?.initialize(); // its own timer may come after the first key
  const first = document.querySelector("input:target") ?? page().querySelector("[data-focus][autofocus]");
  if (first) focusOn(first);
  showChosenCount(false);
  restoreNote(performance.getEntriesByType("navigation")[0]?.type === "navigate"); // another note may be typed since
  showSifters();
  showCurrentPage();
  renewAwaited();
  fetchAhead();
  if (page().dataset.said) setTimeout(() => (document.getElementById("live").textContent = page().dataset.said), 100);
})();
