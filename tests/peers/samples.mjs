// Every code sample of the account home, run: an app of each kind is registered on the page, and its curl, JavaScript and
// Python get a token with the values that the page shows. Among them the npm library fhirclient in a real browser.
//
// Usage: samples.mjs DEV_JSON

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { CHROMIUM, expect, fail, readStack } from './peers.mjs';

const stack = await readStack(process.argv[2]);
const work = join(import.meta.dirname, 'samples');
rmSync(work, { recursive: true, force: true });
mkdirSync(work);
const library = readFileSync(join(import.meta.dirname, 'node_modules/fhirclient/build/fhir-client.js'));
const person = (name) => stack.users.find((user) => user.name === name);
const browser = await chromium.launch(CHROMIUM);

/** The page that is served at the redirect URI; the library stands beside it. */
let pageAtTheApp = '<title>Back at the app</title>';
const app = createServer((request, response) => {
  const isLibrary = request.url === '/fhir-client.js';
  response.setHeader('content-type', isLibrary ? 'text/javascript' : 'text/html');
  response.end(isLibrary ? library : pageAtTheApp);
});
await new Promise((ready) => app.listen(0, '127.0.0.1', ready));
const redirectUri = `http://127.0.0.1:${app.address().port}/callback`;

async function signedIn(name) {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(`${stack.issuer}/account`);
  await page.getByLabel('Username', { exact: true }).fill(name);
  await page.getByLabel('Password', { exact: true }).fill(person(name).password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
  return page;
}

/** Registers a client of a kind, and says what its page shows. */
async function register(page, kind, jwks) {
  await page.goto(`${stack.issuer}/account/clients/new?kind=${kind}`);
  await page.getByLabel('App name').fill(`Sample ${kind}`);
  if (kind === 'backend') await page.getByLabel('Read everything as a backend service').check();
  else {
    await page.getByLabel('Redirect URIs').fill(redirectUri);
    await page.getByLabel('Exact scopes').fill('launch/patient openid fhirUser patient/*.rs');
  }
  if (jwks) {
    await page.getByLabel('Paste a JWKS').check();
    await page.getByLabel('JWKS', { exact: true }).fill(jwks);
  }
  await page.getByRole('button', { name: 'Register client' }).click();
  const id = await page.locator('#client-id').innerText();
  const secret = kind === 'secret' ? await page.locator('#client-secret').innerText() : '';
  await page.getByRole('link', { name: 'Code samples' }).click();
  const text = (number) => page.locator(`#sample-${number}`).evaluate((code) => code.textContent);
  return { id, secret, curl: await text(1), javascript: await text(2), python: await text(3) };
}

/** Allows what an address asks for, and says where the browser ends. */
async function allow(page, address) {
  await page.goto(address);
  const button = page.getByRole('button', { name: 'Allow', exact: true });
  if (await button.count()) await button.click();
  await page.waitForURL(`${redirectUri}**`);
  return page.url();
}

/** Runs a program; `answer` says what to type once it has printed an address to open. */
async function run(what, [program, ...parameters], text, environment, answer) {
  const env = { ...process.env, ...environment, AUTHLIB_INSECURE_TRANSPORT: '1', NO_PROXY: '*' };
  const child = spawn(program, parameters, { cwd: work, env });
  let [said, asked] = ['', false];
  const heard = async (bytes) => {
    said += bytes;
    const address = said.match(/(http\S+\/authorize\?\S+)\s/)?.[1];
    if (!address || asked) return;
    asked = true;
    child.stdin.end(`${await answer(address)}\n`);
  };
  child.stdout.on('data', heard);
  child.stderr.on('data', heard);
  if (!answer) child.stdin.end();
  const code = await new Promise((ended) => child.on('close', ended));
  expect(`the exit code of ${what}\n${text}\n${said}`, 0, code);
  expect(`whether ${what} got a token\n${said}`, true, said.includes('access_token') && !said.includes('"error"'));
  console.log(`ok     ${what}`);
}

/** The three samples of a client. */
async function runAll(page, kind, client, environment) {
  const interactive = kind !== 'backend';
  const whole = interactive ? (address) => allow(page, address) : undefined;
  const code = interactive
    ? async (address) => new URL(await allow(page, address)).searchParams.get('code')
    : undefined;
  const files = { 'sample.sh': client.curl, 'sample.mjs': client.javascript, 'sample.py': client.python };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(work, name), text);
  const env = { ...environment, CLIENT_SECRET: client.secret };
  await run(`${kind}, curl`, ['bash', 'sample.sh'], client.curl, env, code);
  if (kind === 'public') await inTheBrowser(page, client);
  else await run(`${kind}, JavaScript`, ['node', 'sample.mjs'], client.javascript, env, whole);
  await run(`${kind}, Python`, ['python', 'sample.py'], client.python, env, whole);
}

/** The page with fhirclient, served at the redirect URI: it starts, comes back and shows a patient. */
async function inTheBrowser(page, client) {
  const since = Date.now();
  pageAtTheApp = client.javascript;
  await page.goto(redirectUri);
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await page.waitForURL(`${redirectUri}**`);
  await page.getByText('"resourceType": "Patient"').waitFor();
  pageAtTheApp = '<title>Back at the app</title>';
  console.log(`ok     public, JavaScript: fhirclient in Chromium (${Date.now() - since} ms)`);
}

/** The key pair that the commands on the backend page make. */
async function keyPair(page) {
  await page.goto(`${stack.issuer}/account/backend`);
  const commands = await page.locator('#making-keys').evaluate((code) => code.textContent);
  const child = spawn('bash', ['-c', commands], { cwd: work });
  let [jwks, wrong] = ['', ''];
  child.stdout.on('data', (bytes) => { jwks += bytes; });
  child.stderr.on('data', (bytes) => { wrong += bytes; });
  expect(`the exit code of the commands that make keys\n${wrong}`, 0, await new Promise((ended) => child.on('close', ended)));
  console.log('ok     making a key pair');
  return jwks;
}

async function approve(id) {
  const page = await signedIn('dario');
  await page.goto(`${stack.issuer}/account/approvals/${id}`);
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await page.getByText('Approved.', { exact: true }).waitFor();
}

const page = await signedIn('chidi');
const jwks = await keyPair(page);
const KID = JSON.parse(jwks).keys[0].kid;
for (const kind of ['public', 'secret', 'keys', 'backend']) {
  const since = Date.now();
  const client = await register(page, kind, kind === 'keys' || kind === 'backend' ? jwks : undefined);
  console.log(`ok     ${kind}: registered on the page (${Date.now() - since} ms)`);
  if (kind === 'backend') await approve(client.id);
  await runAll(page, kind, client, { KID }).catch((error) => fail(`${kind}: ${error.stack}`));
}
await browser.close();
app.close();
