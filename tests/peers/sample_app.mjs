// The sample app in headless Chromium, by keyboard alone: as a patient, then as a clinician who chooses a patient.
// Each page is photographed at desktop width and at 320 px, where nothing may need sideways scrolling.
//
// Usage: sample_app.mjs DEV_JSON SCREENSHOTS_DIR

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { CHROMIUM, askForToken, assertion, clientOfType, expect, fail, readFhir, readStack, userOfRole } from './peers.mjs';

const DESKTOP = { width: 1280, height: 800 };
const NARROW = { width: 320, height: 640 };

const stack = await readStack(process.argv[2]);
const screenshots = process.argv[3];
mkdirSync(screenshots, { recursive: true });

/** Whether this element has the focus. */
const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);

/** Presses Tab until the focus is on this element, as someone without a mouse would. */
async function tabTo(page, locator) {
  for (let presses = 0; presses < 80; presses += 1) {
    if (await isFocused(locator)) return;
    await page.keyboard.press('Tab');
  }
  fail(`expected to reach ${locator} with the Tab key on ${page.url()}`);
}

/** Presses Enter on this element and waits for the page that it leads to. */
async function enter(page, locator) {
  await tabTo(page, locator);
  await Promise.all([page.waitForEvent('domcontentloaded'), page.keyboard.press('Enter')]);
}

/** Types into this field. */
async function type(page, locator, text) {
  await tabTo(page, locator);
  await page.keyboard.type(text);
}

/** A picture at both widths, and the rule that the narrow one needs no sideways scrolling. */
async function photograph(page, name) {
  await page.screenshot({ path: join(screenshots, `${name}-desktop.png`), fullPage: true });
  await page.setViewportSize(NARROW);
  await page.screenshot({ path: join(screenshots, `${name}-320.png`), fullPage: true });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(`width of ${name} on a screen of ${NARROW.width}`, true, width <= NARROW.width);
  await page.setViewportSize(DESKTOP);
}

async function signIn(page, user) {
  await type(page, page.getByRole('textbox', { name: 'Username' }), user.name);
  await type(page, page.getByLabel('Password', { exact: true }), user.password);
  await enter(page, page.getByRole('button', { name: 'Sign in', exact: true }));
}

/** Chooses the radio of this value with Space and the arrow keys; if there is none such, the first. */
async function choose(page, value) {
  const radios = page.getByRole('radio');
  const values = await radios.evaluateAll((all) => all.map((radio) => radio.value));
  await tabTo(page, radios.first());
  await page.keyboard.press('Space');
  for (let downs = Math.max(values.indexOf(value), 0); downs > 0; downs -= 1) await page.keyboard.press('ArrowDown');
  if (values.includes(value)) expect('the chosen radio', true, await page.locator(`[value="${value}"]`).isChecked());
  await enter(page, page.getByRole('button', { name: 'Continue', exact: true }));
}

/** Which page this is, by the button that a person would press. */
async function pageName(page) {
  if (page.url().startsWith(stack.sample_app)) return 'app';
  for (const [name, button] of [['sign-in', 'Sign in'], ['choose', 'Continue'], ['allow', 'Allow']]) {
    if (await page.getByRole('button', { name: button, exact: true }).count()) return name;
  }
  return fail(`expected a page to sign in, choose or allow, got ${await page.title()} at ${page.url()}`);
}

/** From the app's Connect button back to the app, page by page. */
async function connect(page, user, patient) {
  await page.goto(stack.sample_app);
  await photograph(page, `${user.role}-0-start`);
  await enter(page, page.getByRole('button', { name: 'Connect' }));
  for (let step = 1; step < 8; step += 1) {
    const name = await pageName(page);
    if (name === 'app') return step;
    await photograph(page, `${user.role}-${step}-${name}`);
    if (name === 'sign-in') await signIn(page, user);
    else if (name === 'choose') await choose(page, patient);
    else await enter(page, page.getByRole('button', { name: 'Allow', exact: true }));
  }
  return fail(`expected to be back at the app after seven pages, but am at ${page.url()}`);
}

/** The patient's name as the FHIR API gives it to a backend service. */
async function nameOf(patient) {
  const client = clientOfType(stack, 'backend');
  const door = stack.discovery.token_endpoint;
  const token = await askForToken(door, await assertion(client, door));
  const { resource } = await readFhir(stack, `Patient/${patient}`, token.access_token);
  const [{ text, given, family }] = resource.name;
  return text ?? [...given, family].join(' ');
}

/** The whole story of one person in a browser of their own. */
async function story(browser, user, patient) {
  const context = await browser.newContext({ viewport: DESKTOP });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  page.on('pageerror', (error) => fail(`an error in a script of ${page.url()}: ${error}`));
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    const here = protocol === 'data:' || ['127.0.0.1', 'localhost'].includes(hostname);
    if (!here) fail(`expected every request to stay on this machine, got ${request.url()}`);
  });
  const step = await connect(page, user, patient);
  const shown = page.locator('#patient-name').filter({ hasText: /\S/ });
  await shown.waitFor().catch(async () => fail(`expected a name, got: ${await page.locator('body').innerText()}`));
  expect(`patient's name shown to the ${user.role}`, await nameOf(patient), (await shown.innerText()).trim());
  await photograph(page, `${user.role}-${step}-connected`);
  await context.close();
}

const browser = await chromium.launch(CHROMIUM);
const patient = userOfRole(stack, 'patient');
await story(browser, patient, patient.fhirUser.split('/').at(-1));
await story(browser, userOfRole(stack, 'clinician'), stack.patients[1]);
await browser.close();
