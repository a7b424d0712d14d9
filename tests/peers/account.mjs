// The account home in headless Chromium: somebody makes an account, registers apps, gets a token and gives it back; an
// administrator decides. At 320 px and at desktop width, with script and without, and by keyboard alone. Each page is
// looked at by axe in light and dark, measured, weighed and photographed.
// What the pages say and refuse is checked by `tests/account`; here they are walked through once, to be seen.
//
// Usage: account.mjs DEV_JSON SCREENSHOTS_DIR

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { Inspection, NARROW, WIDE, sizeOf } from './inspection.mjs';
import { Keyboard } from './keyboard.mjs';
import { readStack } from './peers.mjs';
import { Astray, CHROMIUM, Findings, Tab } from './tab.mjs';

const ORGANISATION = 'Example Health';
const PASSWORD = 'four unrelated words here';
const CALLBACK = 'http://127.0.0.1:8999/callback';

/** Whatever a person can see at the account home. What has a name of its own gets its heading from the journey. */
const PAGES = {
  'account-sign-in': { heading: `Sign in to ${ORGANISATION}`, title: 'Sign in', says: ['register apps'] },
  'account-create': { heading: 'Create an account' },
  'account-create-wrong': {
    heading: 'Create an account',
    title: 'Error: Create an account',
    status: 409,
    answersPost: true,
    says: ['Somebody has this name. Choose another.'],
  },
  'account-home': { title: 'Account', says: ['Server details'] },
  'account-password': { heading: 'Change password' },
  'account-password-wrong': {
    heading: 'Change password',
    title: 'Error: Change password',
    status: 401,
    answersPost: true,
  },
  'account-password-changed': { heading: 'Change password', says: ['Your password is changed.'] },
  'client-new-first': { heading: 'Register SMART Clients', says: ['You have no clients yet.'] },
  'client-new': { heading: 'Register SMART Clients' },
  'client-wrong': {
    heading: 'Register SMART Clients',
    title: 'Error: Register SMART Clients',
    status: 400,
    answersPost: true,
    says: ['Line 2: '],
  },
  'client-keys-checked': { heading: 'Register SMART Clients', answersPost: true, says: ['Good. Keys: '] },
  'client-registered': { heading: 'Browser app', says: ['Registered “Browser app”.'] },
  'client-secret-wrong': {
    heading: 'Register SMART Clients',
    title: 'Error: Register SMART Clients',
    status: 400,
    answersPost: true,
    says: ['Client secret: use 32 to 128 of the characters'],
  },
  'client-with-secret': { heading: 'Server app', says: ['Client secret – shown once'] },
  'client-waiting': { heading: 'Nightly export', says: ['It waits for an administrator'] },
  'client-unchanged': { heading: 'Browser app', says: ['Nothing was different'] },
  'client-updated': { heading: 'Browser app 2', says: ['Updated “Browser app 2”.'] },
  'client-stale': {
    heading: 'Browser app 2',
    title: 'Error: Browser app 2',
    status: 409,
    answersPost: true,
    says: ['Changed since you opened this page', 'This client was changed by you at '],
  },
  'client-samples': { heading: 'Server app: code samples', title: 'Code samples for Server app' },
  'client-test-launch': {
    heading: 'Server app: test launch',
    title: 'Test launch of Server app',
    says: ['It came back with a token.', 'We gave the token back at once.', 'What the id_token says'],
  },
  'client-problems': {
    heading: 'Server app: recent problems',
    title: 'Recent problems of Server app',
    says: ['No request of this client was refused lately.'],
  },
  'client-secrets': { heading: 'Server app: secrets', title: 'Secrets of Server app', says: ['It is the only one.'] },
  'client-secret-added': { heading: 'Server app: secrets', title: 'Secrets of Server app', says: ['Added a secret.'] },
  'client-secret-typed': { heading: 'Server app: secrets', title: 'Secrets of Server app', says: ['Added a secret.'] },
  'client-secret-ended': { heading: 'Server app: secrets', title: 'Secrets of Server app' },
  'client-delete': { heading: 'Delete “Server app”?', title: 'Delete Server app?' },
  'client-deleted': { heading: 'Register SMART Clients', says: ['The client is deleted.'] },
  'client-not-there': { heading: 'There is no such page', status: 404 },
  'clients-own': { heading: 'Your clients' },
  'tokens': { heading: 'Get Access Tokens' },
  'tokens-wrong': {
    heading: 'Get Access Tokens',
    title: 'Error: Get Access Tokens',
    status: 400,
    answersPost: true,
  },
  'token-patient': { heading: 'Choose a patient' },
  'token-consent': {
    heading: "Allow Test token tool to see Emre Testcase's record?",
    title: 'Allow Test token tool?',
  },
  'token': { heading: 'Your test token', says: ['Not granted'] },
  'token-again': { heading: 'Your test token', says: ['A token is shown once.'] },
  'token-revoked': { heading: 'Get Access Tokens', says: ['The token is revoked.'] },
  'patients': { heading: 'Test Patient Accounts', says: ['alma-demo-password'] },
  'backend': { heading: 'Use Backend Services Authentication' },
  'assertion': { heading: 'Check an assertion' },
  'assertion-refused': {
    heading: 'Check an assertion',
    answersPost: true,
    says: ['The service would refuse this assertion.'],
  },
  'assertion-private': { heading: 'Check an assertion', status: 400, answersPost: true, says: ['do not use this key'] },
  'clients-all': { heading: 'All clients' },
  'clients-none': { heading: 'All clients', says: ['No client matches'] },
  'approvals': { heading: 'Approvals', says: ['Nightly export'] },
  'approval': { heading: 'Nightly export', title: 'Approve Nightly export?' },
  'approval-wrong': {
    heading: 'Nightly export',
    title: 'Error: Approve Nightly export?',
    status: 400,
    answersPost: true,
  },
  'approval-declined': { heading: 'Approvals', says: ['Declined.'] },
};

class Suite {
  findings = new Findings();
  organisation = ORGANISATION;
  pages = PAGES;
  heaviest = {};

  constructor(stack, directory) {
    this.stack = stack;
    this.inspection = new Inspection(directory, this.findings);
  }

  user(name) {
    return this.stack.users.find((user) => user.name === name);
  }

  countSignIn() {}

  weigh(kind, bytes, most, where) {
    this.heaviest[kind] = Math.max(this.heaviest[kind] ?? 0, bytes);
    this.findings.check(`${kind} ${where} of ${bytes} bytes is not too heavy`, true, bytes <= most);
  }

  at(path) {
    return `${this.stack.issuer}${path}`;
  }
}

const stack = await readStack(process.argv[2]);
const suite = new Suite(stack, join(process.argv[3], 'account'));
const browser = await chromium.launch(CHROMIUM);

/** The public half of a key, as somebody pastes it. */
const jwks = () => {
  const { d: _, ...known } = stack.clients.find(({ private_jwk }) => private_jwk?.kty === 'EC').private_jwk;
  return JSON.stringify({ keys: [known] });
};

/** Goes to a part of the account home by its navigation. */
const go = (tab, part) => tab.to(() => tab.page.getByLabel('Account', { exact: true }).getByRole('link', { name: part }).click());

async function focusIsOn(tab, role) {
  const focused = await tab.page.evaluate(() => document.activeElement?.getAttribute('role'));
  suite.findings.check(`what has the focus on ${await tab.page.title()}`, role, focused);
}

// ---- A developer ---------------------------------------------------------------------------------------------------

async function makesAnAccount({ tab, shared }) {
  const name = `dev-${randomBytes(4).toString('hex')}`;
  await tab.open(suite.at('/account'));
  await tab.at('account-sign-in');
  await tab.follow('Create an account');
  await tab.at('account-create');
  await tab.fill('Username', 'clara');
  await tab.fill('Password', PASSWORD);
  await tab.press('Create account');
  await tab.at('account-create-wrong');
  await focusIsOn(tab, 'alert');
  await tab.fill('Username', name);
  await tab.fill('Password', PASSWORD);
  await tab.press('Create account');
  PAGES['account-home'].heading = `Welcome, ${name}`;
  await tab.at('account-home');
  Object.assign(shared, { tab, name });
}

async function registersABrowserApp({ shared: { tab } }) {
  await go(tab, 'Register SMART Clients');
  await tab.at('client-new-first');
  await tab.fill('App name', 'Browser app');
  await tab.fill('Redirect URIs', `${CALLBACK}\nhttp://elsewhere.example.org/`);
  await tab.page.getByLabel('Read everything', { exact: true }).check();
  await tab.page.getByLabel('Longest access').selectOption({ label: '30 days' });
  await tab.press('Register client');
  await tab.at('client-wrong');
  await focusIsOn(tab, 'alert');
  suite.findings.check('the name that was typed', 'Browser app', await tab.page.getByLabel('App name').inputValue());
  await tab.fill('Redirect URIs', CALLBACK);
  await tab.press('Register client');
  await tab.at('client-registered');
  await focusIsOn(tab, 'status');
  const longest = await tab.page.getByLabel('Longest access').inputValue();
  suite.findings.check('the longest access that was chosen', '30', longest);
  if (tab.script) await copies(tab, 'Copy client ID', await tab.page.locator('#client-id').innerText());
}

/** "Copy" puts the very text into the clipboard and says so. */
async function copies(tab, name, text) {
  await tab.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await tab.button(name).click();
  await tab.page.getByRole('status').filter({ hasText: 'Copied' }).waitFor({ state: 'attached' });
  suite.findings.check(`what “${name}” copied`, text, await tab.page.evaluate(() => navigator.clipboard.readText()));
}

async function changesIt({ shared: { tab } }) {
  await tab.press('Update');
  await tab.at('client-unchanged');
  const second = new Tab(await tab.page.context().newPage(), suite, tab.script);
  await second.open(tab.page.url());
  await tab.fill('App name', 'Browser app 2');
  await tab.press('Update');
  await tab.at('client-updated');
  await second.fill('App name', 'Browser app 3');
  await second.press('Update');
  await second.at('client-stale');
  await second.page.close();
}

async function registersAServerApp({ shared: { tab } }) {
  await tab.follow('New');
  await tab.at('client-new');
  await tab.fill('App name', 'Server app');
  await tab.page.getByLabel('Has a server that keeps a secret (confidential)').check();
  await tab.fill('Redirect URIs', CALLBACK);
  await tab.fill('Exact scopes', 'launch/patient openid fhirUser patient/*.rs');
  await tab.page.getByLabel('I will type one').check();
  await tab.fill('Your own secret', 'too short');
  await tab.press('Register client');
  await tab.at('client-secret-wrong');
  suite.findings.check('the secret that was typed', '', await tab.page.getByLabel('Your own secret').inputValue());
  await tab.page.getByLabel('Make one for me, and show it once').check();
  await tab.press('Register client');
  await tab.at('client-with-secret');
  await tab.to(() => tab.page.reload());
  suite.findings.check('the secret after a reload', 0, await tab.page.getByText('shown once').count());
  await tab.follow('Code samples');
  await tab.at('client-samples');
  await tab.press('Start a test launch');
  await tab.at('token-patient');
  await tab.page.locator('input[value="emre"]').check();
  await tab.press('Continue');
  await tab.at('token-consent');
  await tab.press('Allow');
  await tab.at('client-test-launch');
  await tab.follow('Recent problems');
  await tab.at('client-problems');
  await tab.follow('Secrets');
  await tab.at('client-secrets');
  await tab.press('Add secret');
  await tab.at('client-secret-added');
  await tab.to(() => tab.page.getByRole('button', { name: /^End secret/ }).first().click());
  await tab.at('client-secret-ended');
  await tab.page.getByLabel('I will type one').check();
  await tab.fill('Your own secret', `typed-${randomBytes(24).toString('hex')}`);
  await tab.press('Add secret');
  await tab.at('client-secret-typed');
  await tab.follow('Settings');
  await tab.follow('Delete client');
  await tab.at('client-delete');
  await tab.follow('Keep it');
  await tab.follow('Delete client');
  const gone = tab.page.url().replace('/delete', '');
  await tab.press('Delete client');
  await tab.at('client-deleted');
  await tab.open(gone);
  await tab.at('client-not-there');
}

async function registersABackendService({ shared: { tab } }) {
  await tab.open(suite.at('/account/backend'));
  await tab.at('backend');
  await tab.follow('Check an assertion');
  await tab.at('assertion');
  await tab.fill('Assertion', 'eyJhbGciOiJFUzM4NCJ9.e30.c2ln');
  await tab.press('Check');
  await tab.at('assertion-refused');
  await tab.fill('Assertion', '{"kty":"EC","d":"invented"}');
  await tab.press('Check');
  await tab.at('assertion-private');
  await tab.follow('Back to Backend Services');
  await tab.follow('Register a backend service');
  await tab.fill('App name', 'Nightly export');
  if (tab.script) await makesKeys(tab);
  else await tab.fill('JWKS', jwks());
  await tab.page.getByLabel('Paste a JWKS').check();
  await tab.press('Check keys');
  await tab.at('client-keys-checked');
  await tab.page.getByLabel('Read everything as a backend service').check();
  await tab.press('Register client');
  await tab.at('client-waiting');
}

/** The private half is offered to be saved, and nothing but the public half is in the form. */
async function makesKeys(tab) {
  await tab.button('Make a key pair for me').click();
  const save = tab.page.getByRole('link', { name: 'Save private.jwk' });
  const [download] = await Promise.all([tab.page.waitForEvent('download'), save.click()]);
  const kept = JSON.parse(await new Response(await download.createReadStream()).text());
  const sent = JSON.parse(await tab.page.getByLabel('JWKS', { exact: true }).inputValue());
  suite.findings.check('the private half is kept', true, Boolean(kept.d && kept.kid === sent.keys[0].kid));
  suite.findings.check('the private half is sent', undefined, sent.keys[0].d);
}

async function getsAToken({ shared: { tab } }) {
  await tab.open(suite.at('/account'));
  await go(tab, 'Get Access Tokens');
  await tab.at('tokens');
  await tab.fill('Exact scopes', 'system/*.rs');
  await tab.press('Request Token');
  await tab.at('tokens-wrong');
  await tab.fill('Exact scopes', 'launch/patient patient/*.rs system/*.rs');
  await tab.press('Request Token');
  await tab.at('token-patient');
  await tab.page.locator('input[value="emre"]').check();
  await tab.press('Continue');
  await tab.at('token-consent');
  await tab.press('Allow');
  await tab.at('token');
  const token = await tab.page.getByLabel('Access token', { exact: true }).inputValue();
  const answer = await fetch(`${stack.fhir_base_url}/Patient/emre`, { headers: { Authorization: `Bearer ${token}` } });
  suite.findings.check('the FHIR API answers the token', 200, answer.status);
  if (tab.script) await copies(tab, 'Copy token', token);
  const url = tab.page.url();
  await tab.press('Revoke this token');
  await tab.at('token-revoked');
  await tab.open(url);
  await tab.at('token-again');
}

async function looksAround({ shared: { tab, name } }) {
  await go(tab, 'Test Patient Accounts');
  await tab.at('patients');
  await tab.open(suite.at('/account/clients?all=yes'));
  await tab.at('clients-own');
  await go(tab, 'Password');
  await tab.at('account-password');
  await tab.fill('Current password', 'not this one at all');
  await tab.fill('New password', `${PASSWORD} ${name}`);
  await tab.press('Change password');
  await tab.at('account-password-wrong');
  await tab.fill('Current password', PASSWORD);
  await tab.fill('New password', `${PASSWORD} ${name}`);
  await tab.press('Change password');
  await tab.at('account-password-changed');
  await tab.press('Sign out');
  await tab.open(suite.at('/account'));
  await tab.at('account-sign-in');
}

// ---- An administrator ----------------------------------------------------------------------------------------------

async function decides({ tab }) {
  await tab.open(suite.at('/account/approvals'));
  await tab.at('account-sign-in');
  await tab.signIn(suite.user('dario'));
  await tab.at('approvals');
  await tab.to(() => tab.page.locator('main').getByRole('link', { name: 'Nightly export' }).first().click());
  await tab.at('approval');
  await tab.press('Decline');
  await tab.at('approval-wrong');
  await tab.fill('Reason, if you decline', 'Nobody has explained what it is for.');
  await tab.press('Decline');
  await tab.at('approval-declined');
  await go(tab, 'All clients');
  await tab.at('clients-all');
  await tab.fill('Part of the name', 'no such client');
  await tab.press('Search');
  await tab.at('clients-none');
}

// ---- By keyboard alone ---------------------------------------------------------------------------------------------

async function byKeys({ tab }) {
  const keys = new Keyboard(tab);
  const user = suite.user('clara');
  await tab.open(suite.at('/account'));
  await keys.begin();
  await keys.type('Username', user.name);
  await keys.type('Password', user.password);
  await tab.to(() => tab.page.keyboard.press('Enter'));
  await keys.begin();
  const skip = tab.link('Skip to the main part');
  await keys.reach(skip);
  await keys.press('Enter');
  suite.findings.check('where the skip link leads', '#main', new URL(tab.page.url()).hash);
  const section = (name) => tab.page.getByLabel('Account', { exact: true }).getByRole('link', { name });
  await keys.go(section('Register SMART Clients'));
  await keys.type('App name', 'Keyboard app');
  await keys.reach(tab.page.getByLabel('Runs in the browser or on a phone (public)'));
  await keys.press('ArrowDown');
  suite.findings.check('the kind by an arrow key', true, await tab.page.locator('#kind-secret').isChecked());
  await keys.press('ArrowUp');
  await keys.type('Redirect URIs', CALLBACK);
  await keys.reach(tab.page.getByLabel('Read everything', { exact: true }));
  await keys.press('Space');
  await keys.go(tab.button('Register client'));
  suite.findings.check('the heading', 'Keyboard app', await tab.page.locator('h1').innerText());
  await keys.reach(tab.button('Copy client ID'));
  await keys.go(tab.link('Code samples'));
  await keys.go(tab.link('Settings'));
  await keys.go(tab.link('Delete client'));
  await keys.reach(tab.link('Keep it'));
  await keys.reach(tab.button('Delete client'), 'Shift+Tab');
  await tab.to(() => tab.page.keyboard.press('Enter'));
  await keys.begin();
  await focusIsOn(tab, 'status');
  await keys.go(section('Get Access Tokens'));
  await keys.go(tab.button('Request Token'));
  await keys.choose('emre');
  await keys.go(tab.button('Continue'));
  await keys.go(tab.button('Allow'));
  suite.findings.check('the heading', 'Your test token', await tab.page.locator('h1').innerText());
  await keys.go(tab.button('Revoke this token'));
  await keys.go(tab.button('Sign out'));
}

const JOURNEYS = [
  ['makes an account', makesAnAccount],
  ['registers a browser app', registersABrowserApp],
  ['changes it, and in two tabs', changesIt],
  ['registers a server app, its secrets, deletes it', registersAServerApp],
  ['registers a backend service', registersABackendService],
  ['gets a token and gives it back', getsAToken],
  ['looks around, changes the password', looksAround],
  ['an administrator decides', decides],
];

// ---- The suite -----------------------------------------------------------------------------------------------------

async function group(name, work) {
  const { findings } = suite;
  const [faults, checks] = [findings.faults.length, findings.checks];
  try {
    await work();
  } catch (error) {
    findings.fault(`${name}: ${error instanceof Astray ? error.message : error.stack}`);
  }
  const news = findings.faults.slice(faults);
  console.log(`${news.length ? 'FAILED' : 'ok    '} ${name} (${findings.checks - checks} checks)`);
  for (const fault of news) console.log(`       ${fault}`);
}

async function makeAll(journeys, width, script) {
  const contexts = [];
  const shared = {};
  for (const [name, journey] of journeys) {
    await group(`${name}; ${width} px, ${script ? 'script' : 'no script'}`, async () => {
      const context = await browser.newContext({ viewport: sizeOf(width), javaScriptEnabled: script });
      contexts.push(context);
      await journey({ shared, tab: new Tab(await context.newPage(), suite, script) });
    });
  }
  for (const context of contexts) await context.close();
}

const keys = [['by keyboard, from the account to a token', byKeys]];
await makeAll([...JOURNEYS, ...keys], WIDE, true);
await makeAll([...JOURNEYS, ...keys], NARROW, true);
await makeAll(JOURNEYS, WIDE, false);
await makeAll(JOURNEYS, NARROW, false);
await group('the whole suite', async () => {
  const missed = Object.keys(PAGES).filter((name) => !suite.inspection.seen.has(name));
  suite.findings.check('pages of the table that no journey came to', [], missed);
});
await browser.close();

const { findings, inspection, heaviest } = suite;
const weights = Object.entries(heaviest).map(([kind, bytes]) => `${kind} ${bytes}`);
console.log(`heaviest, in bytes: ${weights.join(', ')}`);
console.log(`${inspection.seen.size} pages, ${findings.checks} checks, ${findings.faults.length} faults`);
process.exit(findings.faults.length ? 1 : 0);
