// Says on the page when a passkey could not be used; without this it would only be in the browser's log.
"use strict";

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const form = document.querySelector("main .in");
  let note = document.querySelector("#passkey-trouble");
  if (!note) {
    note = document.createElement("p");
    note.id = "passkey-trouble";
    note.className = "note late";
    note.setAttribute("role", "alert");
    form.prepend(note);
  }
  note.textContent = document.documentElement.lang === "de"
    ? "Der Passkey wurde nicht angenommen. Versuchen Sie es noch einmal oder nehmen Sie Ihr Passwort."
    : "The passkey was not accepted. Try again, or use your password.";
});
