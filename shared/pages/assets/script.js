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
