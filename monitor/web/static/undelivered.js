// Requests without an answer of the desk. The page stays, and a message says what became of a form: nobody knows until
// the desk was asked for its receipt. A decision is kept until it is stored or dropped.
(() => {
  "use strict";
  const FIRST_PAUSE = 2000;
  const LONGEST_PAUSE = 60000; // milliseconds
  // Forms that may not be stored, by `formKey`, the latest last. `state`: "unsure", "stored", "not-stored" or "lost" (the
  // desk was started again meanwhile, and has no receipts of before).
  const forms = new Map();
  let pause = FIRST_PAUSE;
  let timer = 0;

  const main = () => document.getElementById("main");
  const template = () => document.getElementById("undelivered"); // null on the sign-in page
  const isBusy = () => document.body.hasAttribute("aria-busy");
  const isTyping = () => document.activeElement?.matches("input, textarea, select");

  // Empty for forms that are unsafe to send twice. The others are stored once: they carry a version or the decision
  // that they undo.
  function decisionKey({ method, action, body }) {
    if (method !== "POST" || !["version", "seen", "decision", "regrouping"].some((name) => body.has(name))) return "";
    return `${action.split("?")[0]} ${body.get("entity") ?? ""}`;
  }
  const formKey = (request) => decisionKey(request) || request.headers["desk-form"];

  function newNumber() {
    const bytes = crypto.getRandomValues(new Uint8Array(16)); // `randomUUID` is missing without TLS
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // Said far from its question, an answer is named by its verdict.
  function labelOf(button) {
    if (button.dataset.label) return button.dataset.label;
    const copy = button.cloneNode(true);
    for (const extra of copy.querySelectorAll("kbd, .count")) extra.remove();
    return copy.textContent.trim();
  }

  // `acts`: what the buttons and links of the template do; those without an act are left out, as are other notes.
  function message(heading, details, acts, note = "") {
    const section = template().content.firstElementChild.cloneNode(true);
    section.role = "alert"; // set here: in the template it would not be announced
    section.querySelector("h2").textContent = heading;
    const detail = section.querySelector("[data-detail]");
    detail.textContent = details.filter(Boolean).join(". ");
    if (!detail.textContent) detail.remove();
    for (const other of section.querySelectorAll("[data-note]")) if (other.dataset.note !== note) other.remove();
    for (const button of section.querySelectorAll("[data-act]")) {
      const act = acts[button.dataset.act];
      if (!act) button.remove();
      else if (button.matches("a")) button.href = act;
      else button.addEventListener("click", act);
    }
    return section;
  }

  function formMessage(key, form) {
    const texts = template().dataset;
    const details = [form.label, form.explanation];
    const broken = form.isPage && [form.label, form.reason, form.explanation];
    const again = (form.isDecision || form.element.isConnected) && (() => sendAgain(key));
    const drop = form.isDecision && (() => dropForm(key));
    const kept = { again, drop };
    if (form.state === "stored") return message(texts.stored, broken || [form.label], { next: form.next });
    if (form.state === "lost") return message(`${texts.unsure}: ${form.reason}`, details, { page: form.path, again }, "lost");
    if (form.state === "unsure") return message(`${texts.unsure}: ${form.reason}`, details, { look: () => look(key), drop }, "asked");
    return message(`${texts.stores}: ${form.reason}`, details, kept, form.isOffline ? "waits" : form.isDecision ? "kept" : "");
  }

  function showMessages(...messages) {
    if (!template()) return;
    for (const old of document.querySelectorAll("[data-undelivered]")) old.remove();
    const sections = [...messages, ...[...forms].map(([key, form]) => formMessage(key, form)).reverse()];
    main().prepend(...sections);
    for (const section of sections) htmx.process(section);
  }

  function focusMessage() {
    if (!isTyping()) document.querySelector("[data-undelivered] h2")?.focus();
  }

  function dropForm(key) {
    forms.delete(key);
    showMessages();
    (document.querySelector("#page [data-focus]") || main()).focus();
  }

  function sendAgain(key) {
    if (isBusy()) return;
    const form = forms.get(key);
    if (!form.isDecision) forms.delete(key); // it gets another number
    send(form);
  }

  function send(form) {
    if (form.element.isConnected) return form.element.requestSubmit(form.button); // the note may have been edited since
    const element = document.createElement("form");
    Object.assign(element, { method: "post", action: form.action, hidden: true });
    for (const [name, value] of form.fields) {
      const field = document.createElement("textarea"); // an input would remove the line breaks of a note
      Object.assign(field, { name, value });
      element.append(field);
    }
    main().append(element);
    htmx.process(element);
    element.requestSubmit();
    element.remove(); // htmx has sent the request
  }

  function retry({ sourceElement, request }) {
    if (sourceElement.isConnected && sourceElement.matches("form")) sourceElement.requestSubmit(request.submitter);
    else if (sourceElement.isConnected && sourceElement.matches("a")) sourceElement.click();
    else htmx.ajax("GET", location.pathname + location.search, { target: "#page", select: "#page", swap: "outerHTML" });
  }

  // `kind`: "page" for an error page of the desk, "offline" for no answer at all.
  function reportFailure(ctx, reason, kind = "", explanation = "") {
    const { sourceElement, request } = ctx;
    if (request.method !== "POST" || sourceElement.matches("[data-reads]")) {
      const heading = `${template().dataset.reads}: ${reason}`;
      showMessages(message(heading, [explanation], { again: () => retry(ctx) }));
      return focusMessage();
    }
    const key = formKey(request);
    const earlier = forms.get(key);
    const title = document.querySelector("#main h1")?.textContent.trim() ?? "";
    const label = request.submitter ? `${labelOf(request.submitter)} · ${title}` : (earlier?.label ?? title);
    const isDecision = Boolean(decisionKey(request));
    forms.delete(key);
    forms.set(key, {
      number: request.headers["desk-form"],
      sent: earlier?.sent ?? ctx.sentAt,
      element: sourceElement,
      button: request.submitter,
      action: request.action,
      fields: isDecision ? [...request.body] : [], // others are sent again from the page that they are on
      path: earlier?.path ?? location.pathname,
      state: "unsure",
      isPage: kind === "page",
      isDecision,
      isOffline: isDecision && kind === "offline",
      label,
      reason,
      explanation,
    });
    showMessages();
    focusMessage();
    look(key);
  }

  // Ask the desk what became of a form, until it answers.
  async function look(key) {
    const form = forms.get(key);
    if (!form) return;
    const receipt = await fetch(`/receipts/${form.number}`, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok && !answer.redirected ? answer.json() : null))
      .catch(() => null);
    if (forms.get(key) !== form) return; // sent again or dropped meanwhile
    if (!receipt || receipt.state === "working") return lookSoon();
    const isLost = receipt.state === "missing" && receipt.kept_for * 1000 < performance.now() - form.sent;
    form.next = receipt.location || form.path;
    if (isLost && !form.isDecision) form.state = "lost";
    else form.state = receipt.state === "stored" ? "stored" : "not-stored";
    pause = FIRST_PAUSE;
    showMessages();
    goOn(form);
  }

  // Go on by itself where only the way was lost and the reader is still there: to the page that the answer leads to, or
  // to the desk once more. After an error page nothing is sent by itself: a bug would be asked for without end.
  function goOn(form) {
    const mayGo = form.path === location.pathname && !isBusy() && !isTyping();
    if (form.state === "stored" && !form.isPage && mayGo) document.querySelector("[data-act=next]").click();
    else if (form.state === "not-stored" && form.isOffline && mayGo) send(form);
    else if (form.state === "not-stored" && form.isOffline) lookSoon();
    else focusMessage();
  }

  function lookSoon() {
    clearTimeout(timer);
    timer = setTimeout(lookAtAll, pause);
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }

  function lookAtAll() {
    for (const [key, form] of forms) {
      if (form.state === "unsure") look(key);
      else if (form.isOffline && form.state === "not-stored" && form.path === location.pathname) look(key);
    }
  }

  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.request.method !== "POST") return;
    ctx.sentAt = performance.now();
    ctx.request.headers["desk-form"] = forms.get(decisionKey(ctx.request))?.number ?? newNumber();
  });

  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    const page = new DOMParser().parseFromString(ctx.text, "text/html").getElementById("page");
    if (page && (ctx.request.method === "GET" || ctx.response.status < 500)) return;
    event.preventDefault();
    if (!template()) return;
    if (page) reportFailure(ctx, page.querySelector("h1").textContent, "page", page.querySelector("h1 + p").textContent);
    else reportFailure(ctx, template().dataset.silent);
  });

  document.addEventListener("htmx:error", (event) => {
    const { ctx } = event.detail;
    if (!ctx || ctx.text !== undefined || !template()) return; // a response came
    reportFailure(ctx, template().dataset.offline, "offline");
  });

  document.addEventListener("htmx:after:swap", (event) => {
    const { request } = event.detail.ctx;
    if (request.method === "POST") forms.delete(formKey(request));
    for (const [key, form] of forms) {
      if (form.state === "stored" || (form.state === "not-stored" && !form.isDecision)) forms.delete(key); // was told
    }
    showMessages();
  });

  addEventListener("online", () => {
    pause = FIRST_PAUSE;
    lookAtAll();
  });
  addEventListener("beforeunload", (event) => {
    if ([...forms.values()].some((form) => form.state !== "stored")) event.preventDefault();
  });
})();
