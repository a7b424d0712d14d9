// Signing in at another's OpenID provider, npm's `oidc-provider`, in headless Chromium: to the connected apps, then for
// an app to a code and a token, once more because the app wants it, and with a no.
// The provider is under another site name than the issuer, so that cookies behave as they do in the world.
//
// Usage: oidc_provider.mjs DEV_JSON PORT, with the secret of our client there in PEERS_CLIENT_SECRET

import { createHash, randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import Provider from 'oidc-provider';
import { chromium } from 'playwright-core';
import { CHROMIUM, clientOfType, expect, fail, readStack, verifyAccessToken } from './peers.mjs';

const PERSON = { login: 'clara.at.example', name: 'Clara of Example ID', fhirUser: 'Practitioner/clara' };
const SCOPE = 'openid fhirUser launch/patient patient/*.rs';

const stack = await readStack(process.argv[2]);
const port = Number(process.argv[3]);
const app = clientOfType(stack, 'confidential-symmetric');
const patient = stack.patients[1];

// ---- The provider --------------------------------------------------------------------------------------------------

// What it advises for production says nothing here.
console.info = () => {};
console.warn = () => {};
const provider = new Provider(`http://localhost:${port}`, {
  clients: [
    {
      client_id: 'smart',
      client_secret: process.env.PEERS_CLIENT_SECRET,
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: [`${stack.issuer}/sign-in/callback`],
    },
  ],
  pkce: { required: () => true },
  claims: { openid: ['sub'], profile: ['name'], fhirUser: ['fhirUser'] },
  conformIdTokenClaims: false,
  cookies: { keys: [randomBytes(16).toString('hex')] },
  findAccount: (_, accountId) => ({
    accountId,
    claims: () => ({ sub: accountId, name: PERSON.name, fhirUser: PERSON.fhirUser }),
  }),
});
const asked = []; // the parameters of each request for authorization
provider.on('authorization.accepted', ({ oidc }) => asked.push(oidc.params));
provider.on('authorization.error', (_, error) => error.error !== 'access_denied' && problem('authorization', error));
provider.on('grant.error', (_, error) => problem('token', error));
provider.on('server_error', (_, error) => problem('server', error));
const server = provider.listen(port, '127.0.0.1');

const problem = (where, error) => fail(`the provider refused (${where}): ${error.error_detail ?? error.stack}`);

// ---- The browser ---------------------------------------------------------------------------------------------------

const browser = await chromium.launch(CHROMIUM);
const context = await browser.newContext();
// The provider's pages ask for a font.
await context.route(({ hostname }) => !['127.0.0.1', 'localhost'].includes(hostname), (route) => route.abort());
context.on('console', (message) => {
  const said = message.text();
  if (said.includes('Content Security Policy')) fail(`a policy stopped something on ${message.page()?.url()}: ${said}`);
});
const page = await context.newPage();
page.setDefaultTimeout(30_000);
page.on('pageerror', (error) => fail(`an error in a script of ${page.url()}: ${error}`));

const heading = (name) => page.getByRole('heading', { name, exact: true, level: 1 });
const press = (name) => page.getByRole('button', { name, exact: true }).click();

/** Waits for something to be there; if it does not come, says what is there instead. */
async function arrive(locator) {
  const here = async () => `${page.url()}: ${(await page.locator('body').innerText()).slice(0, 600)}`;
  await locator.waitFor().catch(async () => fail(`expected ${locator}, am at ${await here()}`));
}

/** From our page to the provider's. */
async function leave() {
  await arrive(heading(/^Sign in to /));
  expect('passwords that are asked for here', 0, await page.locator('[type=password]').count());
  await press('Continue with Example ID');
}

/** The provider's sign-in page. */
async function signInThere() {
  await arrive(heading('Sign-in'));
  expect('where the password is asked for', `http://localhost:${port}`, new URL(page.url()).origin);
  await page.getByPlaceholder('Enter any login').fill(PERSON.login);
  await page.getByPlaceholder('and password').fill('any');
  await press('Sign-in');
}

/** The provider's consent page. */
async function consentThere() {
  await arrive(heading('Authorize'));
  await press('Continue');
}

async function choosePatient() {
  await arrive(heading('Choose a patient'));
  await page.locator(`[type=radio][value="${patient}"]`).check();
  await press('Continue');
}

async function allow() {
  await arrive(page.getByRole('button', { name: 'Allow', exact: true }));
  const said = await page.locator('main').innerText();
  expect('the consent page names the person', true, said.includes(PERSON.name));
  await press('Allow');
}

// ---- The app -------------------------------------------------------------------------------------------------------

/** Opens a request of the app, and gives what it must remember. */
async function launch(parameters) {
  const [redirectUri] = app.redirect_uris;
  const [verifier, state, nonce] = [32, 16, 16].map((length) => randomBytes(length).toString('base64url'));
  const url = new URL(stack.discovery.authorization_endpoint);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: app.client_id,
    redirect_uri: redirectUri,
    scope: SCOPE,
    state,
    nonce,
    aud: stack.fhir_base_url,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...parameters,
  });
  await page.goto(url.href);
  return { redirectUri, verifier, state, nonce };
}

/** The tokens for the code that the browser came back to the app with. */
async function exchange({ redirectUri, verifier, state }) {
  await arrive(heading('Back at the app'));
  const answer = new URL(page.url());
  expect('where the browser came back', redirectUri, answer.origin + answer.pathname);
  expect('state', state, answer.searchParams.get('state'));
  expect('iss', stack.issuer, answer.searchParams.get('iss'));
  const basic = Buffer.from([app.client_id, app.client_secret].map(encodeURIComponent).join(':')).toString('base64');
  const answered = await fetch(stack.discovery.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: answer.searchParams.get('code'),
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }),
  });
  const tokens = await answered.json();
  expect(`status of the exchange (${tokens.error_description})`, 200, answered.status);
  return tokens;
}

/** What the tokens must say of the person and the patient. Gives the subject, and when they signed in. */
async function judge(tokens, { nonce }) {
  const claims = decodeJwt(tokens.id_token);
  const { sub } = await verifyAccessToken(stack, tokens.access_token);
  expect('patient', patient, tokens.patient);
  expect('fhirUser', `${stack.fhir_base_url}/${PERSON.fhirUser}`, claims.fhirUser);
  expect('nonce', nonce, claims.nonce);
  expect('sub of both tokens', sub, claims.sub);
  return { sub, authTime: claims.auth_time };
}

// ---- The stories ---------------------------------------------------------------------------------------------------

async function toTheConnectedApps() {
  await page.goto(`${stack.issuer}/manage`);
  await leave();
  await signInThere();
  await consentThere();
  await arrive(heading('Connected apps'));
  const { code_challenge_method: method, prompt, scope } = asked.at(-1);
  expect('what was asked of the provider', ['S256', undefined], [method, prompt]);
  expect('scopes asked of the provider', ['fhirUser', 'openid', 'profile'], scope.split(' ').sort());
}

/** In a browser that has no session here, but one at the provider, which then shows no page. */
async function forAnApp() {
  await forgetUs();
  const request = await launch();
  await leave();
  await choosePatient();
  await allow();
  return judge(await exchange(request), request);
}

/** What is allowed already needs no page here either: from our button by way of the provider to the app at once. */
async function straightThrough(sub) {
  const scope = 'openid fhirUser';
  await launch({ scope });
  await allow();
  await arrive(heading('Back at the app'));
  await forgetUs();
  const request = await launch({ scope });
  await leave();
  const tokens = await exchange(request);
  expect('the same person as before', sub, decodeJwt(tokens.id_token).sub);
}

/** The app wants a new sign-in: the provider asks for the password though it knows the person. */
async function onceMore(sub) {
  const began = Math.floor(Date.now() / 1000);
  const request = await launch({ prompt: 'login' });
  await leave();
  await signInThere();
  expect('prompt at the provider', 'login', asked.at(-1).prompt);
  await choosePatient();
  const seen = await judge(await exchange(request), request);
  expect('the same person as before', sub, seen.sub);
  expect('auth_time is of the new sign-in', true, seen.authTime >= began);
}

/** The person takes the app's wish out of the address: the provider, which knows them, then asks for nothing. */
async function withoutTheWish(wish) {
  await forgetUs();
  const toThere = page.waitForRequest((request) => request.url().startsWith(`http://localhost:${port}/auth?`));
  await launch(wish);
  await leave();
  await arrive(heading('Sign-in'));
  const changed = new URL((await toThere).url());
  for (const name of ['prompt', 'max_age']) changed.searchParams.delete(name);
  await page.goto(changed.href);
  await arrive(heading('You are not signed in'));
}

/** Who cancels at the provider has said no to the app, which is told so. */
async function withANo() {
  await launch({ prompt: 'login' });
  await leave();
  await arrive(heading('Sign-in'));
  await page.getByRole('link', { name: 'Cancel' }).click();
  await arrive(heading('Back at the app'));
  const told = new URL(page.url()).searchParams;
  expect('what the app learns', ['access_denied', stack.issuer], [told.get('error'), told.get('iss')]);
}

const forgetUs = () => context.clearCookies({ domain: new URL(stack.issuer).hostname });

await toTheConnectedApps();
const { sub } = await forAnApp();
await straightThrough(sub);
await onceMore(sub);
await withoutTheWish({ prompt: 'login' });
await withoutTheWish({ max_age: '0' });
await withANo();
await browser.close();
server.close();
server.closeAllConnections();
