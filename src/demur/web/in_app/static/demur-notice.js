// <demur-notice src="https://PORTAL/in-app/TOKEN"> shows the notice, and objects in one tap.
customElements.define("demur-notice", class extends HTMLElement {
  async connectedCallback() {
    if (this.shadowRoot) return;
    const src = this.getAttribute("src");
    const lang = (this.closest("[lang]")?.lang || navigator.language).slice(0, 2).toLowerCase();
    const ask = async (what, method) => {
      const answer = await fetch(`${src}${what}?lang=${lang}`, { method, credentials: "omit" });
      if (!answer.ok) throw answer;
      return answer.status === 204 || answer.json();
    };
    const told = await ask("", "GET").catch(() => 0);
    if (!told || told.has_objected || this.shadowRoot) return;
    const say = told.notice.languages[told.language];
    const make = (name, textContent, more) => Object.assign(document.createElement(name), { textContent }, more);

    const style = new CSSStyleSheet();
    style.replaceSync(`:host{display:block;color-scheme:light dark}
section{padding:1rem 1.25rem;border:1px solid;border-inline-start-width:5px;border-radius:6px;max-width:40rem;
font:1rem/1.5 system-ui,sans-serif;background:Canvas;color:CanvasText;overflow-wrap:anywhere}
h2{margin:0 0 .5rem;font-size:1.125rem}p{margin:0 0 .75rem}p:empty{margin:0}
div{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center}
button{min-height:44px;min-width:9rem;border:2px solid;border-radius:5px;font:inherit;font-weight:600;
background:Canvas;color:CanvasText;cursor:pointer}
a{color:LinkText;padding:.25rem 0}:focus-visible{outline:3px solid;outline-offset:3px}`);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];

    const box = make("section", "", { lang: told.language, dir: say.direction, ariaLabel: say.title });
    const status = make("p", "", { tabIndex: -1, role: "status" });
    const href = new URL(`${told.page}?lang=${told.language}`, src).href;
    const no = make("button", say.close, { onclick: () => this.remove() });
    const yes = make("button", say.object, {
      onclick: async () => {
        yes.disabled = true;
        try {
          const detail = await ask("/object", "POST");
          status.textContent = say.done;
          yes.remove();
          this.dispatchEvent(new CustomEvent("demur-objected", { bubbles: true, detail }));
        } catch {
          status.textContent = say.failed;
          yes.disabled = false;
        }
        status.focus();
      },
    });
    const row = make("div", "");
    row.append(yes, no, make("a", say.more, { href, target: "_blank", rel: "noopener" }));
    box.append(make("h2", say.title), ...say.body.map((text) => make("p", text)), status, row);
    root.append(box);

    // Only what was seen counts.
    const watch = new IntersectionObserver(([seen]) => {
      if (seen.isIntersecting) ask("/shown/" + told.notice.version, "POST").then(() => watch.disconnect(), () => 0);
    }, { threshold: 0.5 });
    watch.observe(box);
  }
});
