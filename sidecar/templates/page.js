"use strict";
(() => {
  const VISIBLE = 5000, HIDDEN = 60000, DEADLINE = 4000;
  const style = document.querySelector("style").textContent;
  const script = document.currentScript.textContent;
  const silence = document.getElementById("silence");
  const spoken = document.getElementById("spoken");
  let answered = new Date();
  let timer = 0, asking = null;

  const word = () => document.querySelector("h1").textContent;
  const clock = (time) => time.toISOString().slice(11, 19) + " UTC";

  function swap(fresh) {
    const held = document.activeElement;
    const id = held && held.closest("main") && (held.id || held.getAttribute("href"));
    const before = word();
    const olds = [...document.querySelector("main").children];
    const news = [...fresh.querySelector("main").children];
    if (olds.length !== news.length) return location.reload();
    news.forEach((part, at) => {
      if (!part.isEqualNode(olds[at])) olds[at].replaceWith(document.adoptNode(part));
    });
    if (id && !document.contains(held)) {
      const again = document.getElementById(id) || document.querySelector(`main [href="${CSS.escape(id)}"]`);
      if (again) again.focus({ preventScroll: true });
    }
    document.title = fresh.title;
    document.documentElement.className = fresh.documentElement.className;
    document.querySelector("link[rel=icon]").href = fresh.querySelector("link[rel=icon]").href;
    if (word() !== before) spoken.textContent = word() + ". " + document.querySelector(".sentence").textContent;
  }

  function quiet() {
    document.documentElement.classList.add("silent");
    silence.hidden = false;
    silence.textContent = `No answer since ${clock(answered)}. What stands below is from then.`;
    document.title = "No answer · " + document.title.replace(/^No answer · /, "");
  }

  async function ask() {
    clearTimeout(timer);
    if (asking) asking.abort();
    const mine = asking = new AbortController();
    const deadline = setTimeout(() => mine.abort(), DEADLINE);
    try {
      const answer = await fetch(location.pathname, { cache: "no-store", signal: mine.signal });
      const text = await answer.text();
      const fresh = new DOMParser().parseFromString(text, "text/html");
      const same = (name, mine) => fresh.querySelector(name)?.textContent === mine;
      if (!answer.ok || !fresh.querySelector("main h1")) throw new Error("not the page");
      if (!same("style", style) || !same("body > script", script)) return location.reload();
      swap(fresh);
      answered = new Date();
      silence.hidden = true;
    } catch {
      if (mine === asking) quiet();
    } finally {
      clearTimeout(deadline);
      if (mine === asking) timer = setTimeout(ask, document.hidden ? HIDDEN : VISIBLE);
    }
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  addEventListener("online", ask);
  addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
  timer = setTimeout(ask, VISIBLE);
})();
