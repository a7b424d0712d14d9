"use strict";
/* Only improves: every page does its whole task without this file. */

/* "Show password": the button appears here, since without script it could do nothing. */
for (const button of document.querySelectorAll("[data-shows]")) {
  const field = document.getElementById(button.dataset.shows);
  button.hidden = false;
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  };
  button.addEventListener("click", () => show(field.type === "password"));
  /* A password that is sent as plain text would be offered as a suggestion later. */
  field.form.addEventListener("submit", () => show(false));
}

/* "Only some of it": who ticks a part does not mean the whole, and who ticks the whole needs no part. */
for (const some of document.querySelectorAll(".some")) {
  const whole = some.closest("li").querySelector("input");
  some.addEventListener("change", (event) => {
    if (event.target.checked) whole.checked = false;
  });
  whole.addEventListener("change", () => {
    if (!whole.checked) return;
    for (const part of some.querySelectorAll("input")) part.checked = false;
  });
}

/* "Use {name}" fills the form in place instead of loading the page again. */
for (const link of document.querySelectorAll("a[data-username]")) {
  link.setAttribute("role", "button");
  link.addEventListener("keydown", (event) => {
    if (event.key === " ") {
      event.preventDefault();
      link.click();
    }
  });
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const username = document.getElementById("username");
    const password = document.getElementById("password");
    username.value = link.dataset.username;
    password.value = link.dataset.password || "";
    const next = link.dataset.password ? username.form.querySelector("button.main") : password;
    next.focus();
  });
}

/* What has just been done, said to whoever cannot see it. */
const said = document.createElement("p");
said.className = "away";
said.setAttribute("role", "status");
document.body.append(said);

/* "Copy": takes the text of an element, or what stands in a field. */
for (const button of document.querySelectorAll("[data-copies]")) {
  const source = document.getElementById(button.dataset.copies);
  const label = button.innerHTML;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    button.textContent = said.textContent = "Copied";
    setTimeout(() => { button.innerHTML = label; said.textContent = ""; }, 2000);
  });
}

/* Shows only the fields that the chosen kind of app uses. What is hidden is not sent. */
for (const form of document.querySelectorAll("[data-kinds]")) {
  const show = () => {
    const kind = form.querySelector("[name=kind]:checked").value;
    for (const part of form.querySelectorAll("[data-for]")) {
      part.hidden = !part.dataset.for.split(" ").includes(kind);
      for (const field of part.querySelectorAll("input, select, textarea")) field.disabled = part.hidden;
    }
  };
  form.addEventListener("change", (event) => event.target.name === "kind" && show());
  show();
}

/* "Make a key pair for me": the private half is offered to be saved, and never sent. */
for (const button of document.querySelectorAll("[data-makes-keys]")) {
  const field = document.getElementById(button.dataset.makesKeys);
  const told = document.querySelector("[data-made-keys]");
  button.hidden = false;
  const saves = (name, text) => {
    const link = document.createElement("a");
    link.className = "button";
    link.download = name;
    link.textContent = `Save ${name}`;
    link.href = URL.createObjectURL(new Blob([text]));
    return link;
  };
  button.addEventListener("click", async () => {
    const curve = { name: "ECDSA", namedCurve: "P-384" };
    const pair = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
    const about = { kid: crypto.randomUUID(), alg: "ES384", use: "sig" };
    const [{ kty, crv, x, y, d }, der] = await Promise.all(
      ["jwk", "pkcs8"].map((form) => crypto.subtle.exportKey(form, pair.privateKey)));
    const known = { kty, crv, x, y, ...about };
    const lines = btoa(String.fromCharCode(...new Uint8Array(der))).match(/.{1,64}/g).join("\n");
    const pem = `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
    field.value = JSON.stringify({ keys: [known] }, null, 1);
    document.getElementById("keys-value").checked = true;
    const jwk = JSON.stringify({ ...known, d, use: undefined, key_ops: ["sign"] });
    told.replaceChildren("The public half is in the field. Save the private half now: only you have it. ",
      saves("private.jwk", jwk), " ", saves("private.pem", pem));
  });
}
