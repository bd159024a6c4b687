// Requests without a response: the page stays and shows a message. A decision is kept until it is stored or dropped.
(() => {
  "use strict";
  const FIRST_PAUSE = 2000;
  const LONGEST_PAUSE = 60000; // milliseconds
  const decisions = new Map(); // the undelivered ones, the latest last
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

  function labelOf(button) {
    const copy = button.cloneNode(true);
    for (const extra of copy.querySelectorAll("kbd, .count")) extra.remove();
    return copy.textContent.trim();
  }

  function message(heading, detail, retry, drop) {
    const section = template().content.firstElementChild.cloneNode(true);
    section.role = "alert"; // set here: in the template it would not be announced
    section.querySelector("h2").textContent = heading;
    section.querySelector("[data-detail]").textContent = detail;
    section.querySelector("[data-detail]").hidden = !detail;
    section.querySelector("[data-again]").addEventListener("click", retry);
    section.querySelector("[data-drop]").addEventListener("click", drop);
    for (const part of section.querySelectorAll("[data-kept], [data-drop]")) part.hidden = !drop;
    return section;
  }

  function showMessages(...messages) {
    if (!template()) return;
    for (const old of document.querySelectorAll("[data-undelivered]")) old.remove();
    const undelivered = [...decisions].map(([key, decision]) =>
      message(decision.heading, decision.detail, () => send(decision), () => drop(key)),
    );
    main().prepend(...messages, ...undelivered.reverse());
  }

  function drop(key) {
    decisions.delete(key);
    showMessages();
    (document.querySelector("#page [data-focus]") || main()).focus();
  }

  function send(decision) {
    if (isBusy()) return;
    if (decision.form.isConnected) return decision.form.requestSubmit(decision.button); // the note may have been edited since
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: decision.action, hidden: true });
    for (const [name, value] of decision.fields) {
      const field = document.createElement("textarea"); // an input would remove the line breaks of a note
      Object.assign(field, { name, value });
      form.append(field);
    }
    main().append(form);
    htmx.process(form);
    form.requestSubmit();
    form.remove(); // htmx has sent the request
  }

  function retry({ sourceElement, request }) {
    if (sourceElement.isConnected && sourceElement.matches("form")) sourceElement.requestSubmit(request.submitter);
    else if (sourceElement.isConnected && sourceElement.matches("a")) sourceElement.click();
    else htmx.ajax("GET", location.pathname + location.search, { target: "#page", select: "#page", swap: "outerHTML" });
  }

  function reportFailure({ sourceElement, request }, reason, explanation = "") {
    const key = decisionKey(request);
    const stores = request.method === "POST" && !sourceElement.matches("[data-reads]");
    const heading = `${stores ? template().dataset.stores : template().dataset.reads}: ${reason}`;
    if (key) {
      const earlier = decisions.get(key);
      const title = document.querySelector("#main h1")?.textContent.trim() ?? "";
      const label = request.submitter ? `${labelOf(request.submitter)} · ${title}` : earlier.label;
      decisions.delete(key);
      decisions.set(key, {
        form: sourceElement,
        button: request.submitter,
        action: request.action,
        fields: [...request.body],
        path: earlier?.path ?? location.pathname,
        label,
        heading,
        detail: [label, explanation].filter(Boolean).join(". "),
      });
      showMessages();
    } else showMessages(message(heading, explanation, () => retry({ sourceElement, request })));
    if (!isTyping()) document.querySelector("[data-undelivered] h2").focus();
  }

  function sendSoon() {
    clearTimeout(timer);
    timer = setTimeout(sendIfConnected, pause);
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }

  async function sendIfConnected() {
    const isConnected = await fetch("/health").then((answer) => answer.ok, () => false);
    const latest = [...decisions.values()].pop();
    if (latest?.path !== location.pathname) return; // on another page the response would replace what the user reads
    if (isConnected && !isBusy() && !isTyping()) send(latest);
    else sendSoon();
  }

  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    const page = new DOMParser().parseFromString(ctx.text, "text/html").getElementById("page");
    if (page && (ctx.request.method === "GET" || ctx.response.status < 500)) return;
    event.preventDefault();
    if (!template()) return;
    if (page) reportFailure(ctx, page.querySelector("h1").textContent, page.querySelector("h1 + p").textContent);
    else reportFailure(ctx, template().dataset.silent);
  });

  document.addEventListener("htmx:error", (event) => {
    const { ctx } = event.detail;
    if (!ctx || ctx.text !== undefined || !template()) return; // a response came
    reportFailure(ctx, template().dataset.offline);
    if (decisionKey(ctx.request)) sendSoon();
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (decisions.delete(decisionKey(event.detail.ctx.request))) pause = FIRST_PAUSE;
    showMessages();
  });

  addEventListener("online", () => {
    pause = FIRST_PAUSE;
    if (decisions.size) sendIfConnected();
  });
  addEventListener("beforeunload", (event) => decisions.size && event.preventDefault());
})();
