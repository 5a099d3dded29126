"use strict";
// Offers a passkey where the browser knows them: reads what the page offers, and sends the answer by the page's form.
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential || !PublicKeyCredential.parseRequestOptionsFromJSON) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    const offered = JSON.parse(form.dataset.options);
    try {
      const made = form.dataset.passkey === "make"
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(offered) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(offered) });
      form.elements.credential.value = JSON.stringify(made.toJSON());
      form.submit();
    } catch {
      form.querySelector("[data-fault]").hidden = false;
    }
  });
}
