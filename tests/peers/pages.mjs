// Every page of the service in headless Chromium: all journeys at 320 px and at desktop width, with script and without;
// two by keyboard alone; what Back, reload and a second answer lead to. Each page is looked at by axe in light and dark,
// measured, weighed and photographed.
//
// Usage: pages.mjs DEV_JSON SCREENSHOTS_DIR

import { createHash, randomBytes } from 'node:crypto';
import { chromium } from 'playwright-core';
import { Inspection, NARROW, WIDE, sizeOf } from './inspection.mjs';
import { Keyboard } from './keyboard.mjs';
import { readStack } from './peers.mjs';
import { Astray, CHROMIUM, Findings, Tab } from './tab.mjs';

const ORGANISATION = 'Example Health';
const SCOPE = 'launch/patient openid fhirUser patient/*.rs';
const MOST_SIGN_INS = 60;

/**
 * Whatever a person can see. Some pages are the answer to a form itself (`answersPost`), with no redirect between: there
 * reload and Back bring up the browser's own question whether to send the form again.
 */
const PAGES = {
  'sign-in': { heading: `Sign in to ${ORGANISATION}`, title: 'Sign in', says: ['wants to connect'] },
  'sign-in-launched': { heading: `Sign in to ${ORGANISATION}`, title: 'Sign in', says: ['Sample SMART app'] },
  'sign-in-wrong': {
    heading: `Sign in to ${ORGANISATION}`,
    title: 'Error: Sign in',
    status: 401,
    answersPost: true,
    says: ['The username or password is not right. Try again.'],
  },
  'sign-in-too-many': {
    heading: `Sign in to ${ORGANISATION}`,
    title: 'Error: Sign in',
    status: 429,
    answersPost: true,
    says: ['Too many tries'],
  },
  'sign-in-another': { heading: `Sign in to ${ORGANISATION}`, title: 'Error: Sign in' },
  'sign-in-manage': { heading: `Sign in to ${ORGANISATION}`, title: 'Sign in', says: ['which apps are connected'] },
  'patient': { heading: 'Choose a patient', says: ['Signed in as'] },
  'patient-none-found': { heading: 'Choose a patient', says: ['No patient matches'] },
  'patient-search': { heading: 'Choose a patient', says: ['2 patients'] },
  'patient-paged': { heading: 'Choose a patient', says: ['6 patients', 'Previous'] },
  'patient-nothing-chosen': {
    heading: 'Choose a patient',
    title: 'Error: Choose a patient',
    says: ['Choose a patient to continue.'],
  },
  'whose-record': { heading: 'Whose record?' },
  'encounter': { heading: 'Choose a visit' },
  'encounter-nothing-chosen': {
    heading: 'Choose a visit',
    title: 'Error: Choose a visit',
    says: ['Choose a visit to continue.'],
  },
  'consent-own': {
    heading: 'Allow Demo browser app to see your health record?',
    title: 'Allow Demo browser app?',
  },
  'consent-child': {
    heading: "Allow Demo browser app to see Bruno Sample's record?",
    title: 'Allow Demo browser app?',
  },
  'consent-clinician': {
    heading: "Allow Demo browser app to see Bruno Sample's record?",
    title: 'Allow Demo browser app?',
  },
  'consent-visit': {
    heading: 'Allow Demo browser app to see your health record?',
    title: 'Allow Demo browser app?',
  },
  'consent-granular': {
    heading: 'Allow Demo browser app to see your health record?',
    title: 'Allow Demo browser app?',
    says: ['and 5 more', 'Only some of it'],
  },
  'consent-everybody': {
    heading: 'Allow Demo browser app to see records of every patient you may see?',
    title: 'Allow Demo browser app?',
  },
  'consent-nothing-ticked': {
    heading: 'Allow Demo browser app to see your health record?',
    title: 'Error: Allow Demo browser app?',
    says: ['Tick at least one kind of record, or choose Deny.'],
  },
  'consent-changing': {
    heading: 'Allow Demo browser app to see and change your health record?',
    title: 'Allow Demo browser app?',
  },
  'consent-unfolded': {
    heading: 'Allow Demo browser app to see and change your health record?',
    title: 'Allow Demo browser app?',
  },
  'consent-launched': { heading: "Allow Sample SMART app to see Bruno Sample's record?", title: 'Allow Sample SMART app?' },
  'consent-launched-own': { heading: 'Allow Sample SMART app to see your health record?', title: 'Allow Sample SMART app?' },
  'answered': { heading: 'You have already answered', status: 409, answersPost: true },
  'new-window': { heading: 'Continue in a new window' },
  'connected-apps': { heading: 'Connected apps', says: ['Disconnect Demo browser app'] },
  'disconnect': { heading: 'Disconnect Demo browser app?' },
  'disconnected': { heading: 'Connected apps', says: ['Disconnected Demo browser app', 'No app is connected.'] },
  'connected-none': { heading: 'Connected apps', says: ['No app is connected.'] },
  'sign-out': { heading: 'Sign out?', title: 'Sign out' },
  'signed-out': { heading: 'You are signed out', answersPost: true },
  'error-client': { heading: 'This app cannot sign you in', status: 400 },
  'error-redirect': { heading: 'This app cannot sign you in', status: 400 },
  'error-out-of-date': { heading: 'This page is out of date', status: 403, answersPost: true },
  'error-not-yours': { heading: 'You cannot choose this', status: 403, answersPost: true },
  'error-expired': { heading: 'This sign-in has expired', status: 410 },
  'error-not-found': { heading: 'There is no such page', status: 404 },
  'help': { heading: 'Help' },
  'ehr': { heading: 'EHR simulator', foreign: true },
  'app-connected': { heading: 'Sample SMART app', foreign: true },
};

class Suite {
  findings = new Findings();
  pages = PAGES;
  organisation = ORGANISATION;
  signIns = 0;
  heaviest = {};

  constructor(stack, browser, screenshots) {
    this.stack = stack;
    this.browser = browser;
    this.inspection = new Inspection(screenshots, this.findings);
  }

  countSignIn() {
    this.signIns += 1;
  }

  weigh(kind, length, most, url) {
    this.heaviest[kind] = Math.max(this.heaviest[kind] ?? 0, length);
    if (!(length <= most)) this.findings.fault(`the ${kind} ${url} has ${length} bytes, more than ${most}`);
  }

  user(name) {
    return this.stack.users.find((user) => user.name === name);
  }

  client(id) {
    return this.stack.clients.find((client) => client.client_id === id);
  }

  /** An authorization request as an app makes it; a change to `undefined` leaves a parameter out. */
  request(changes = {}) {
    const client = this.client(changes.client_id ?? 'demo-public');
    const challenge = createHash('sha256').update(randomBytes(32)).digest('base64url');
    const parameters = {
      response_type: 'code',
      client_id: 'demo-public',
      redirect_uri: client?.redirect_uris[0] ?? 'https://app.example/callback',
      scope: SCOPE,
      state: randomBytes(16).toString('base64url'),
      aud: this.stack.fhir_base_url,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...changes,
    };
    const url = new URL(this.stack.discovery.authorization_endpoint);
    const kept = Object.entries(parameters).filter(([, value]) => value !== undefined);
    for (const [name, value] of kept) url.searchParams.set(name, value);
    return url.href;
  }

  get callback() {
    return this.client('demo-public').redirect_uris[0];
  }
}

// ---- Journeys ------------------------------------------------------------------------------------------------------

/** Changes what a field of the form will send, as somebody does who tampers with a page. */
const spoil = (tab, selector, value) =>
  tab.page.locator(selector).first().evaluate((field, text) => field.setAttribute('value', text), value);

async function choose(tab, name, value) {
  await tab.page.locator(`input[name="${name}"][value="${value}"]`).check();
  await tab.press('Continue');
}

/** a: a patient has one record only, so that nothing is to be chosen. */
async function aPatient({ suite, tab, shared }) {
  const user = suite.user('chidi');
  await tab.open(suite.request());
  await tab.at('sign-in');
  await tab.signIn(user);
  await tab.at('consent-own');
  await tab.press('Allow');
  await tab.atApp(suite.callback);
  shared.chidi = tab;
}

/** b: a visit is to be chosen; without one chosen the page says so. Chidi is signed in. */
async function aVisit({ suite, shared: { chidi: tab } }) {
  await tab.open(suite.request({ scope: `launch/encounter ${SCOPE}` }));
  await tab.at('encounter');
  await tab.press('Continue');
  await tab.at('encounter-nothing-chosen');
  await choose(tab, 'encounter', 'chidi-diabetes');
  await tab.at('consent-visit');
  await tab.press('Allow');
  await tab.atApp(suite.callback);
  await tab.open(suite.request({ scope: `launch/encounter ${SCOPE}` }));
  await tab.follow('Go on without a visit');
  await tab.at('consent-own');
}

/** An app that may also write, every part of the page unfolded; then a no. */
async function aRefusal({ suite, shared: { chidi: tab } }) {
  await tab.open(suite.request({ scope: 'launch/patient openid fhirUser offline_access patient/*.cruds' }));
  await tab.at('consent-changing');
  await tab.page.evaluate(() => {
    for (const part of document.querySelectorAll('details')) part.open = true;
  });
  await tab.at('consent-unfolded');
  await tab.press('Deny');
  const answer = await tab.atApp(suite.callback, ['error', 'error_description', 'error_uri', 'iss', 'state']);
  suite.findings.check('what a no is called', 'access_denied', answer.get('error'));
}

const KINDS = [
  'Patient', 'Observation', 'Condition', 'AllergyIntolerance', 'CarePlan', 'CareTeam', 'Coverage', 'Device',
  'DiagnosticReport', 'DocumentReference', 'Encounter', 'Goal', 'Immunization', 'MedicationRequest', 'Procedure',
];

/** Many kinds of record, those with categories unfolded, and one category instead of all. */
async function manyKinds({ suite, shared: { chidi: tab } }) {
  const scope = ['launch/patient', 'openid', ...KINDS.map((kind) => `patient/${kind}.rs`)].join(' ');
  await tab.open(suite.request({ scope }));
  await tab.page.evaluate(() => {
    for (const part of document.querySelectorAll('details')) part.open = true;
  });
  await tab.at('consent-granular');
  const laboratory = tab.page.getByRole('checkbox', { name: 'Lab results' });
  await laboratory.check();
  suite.findings.check('a category can be ticked', true, await laboratory.isChecked());
}

/** Whoever takes away every tick is told to tick one. */
async function nothingTicked({ suite, shared: { chidi: tab } }) {
  await tab.open(suite.request());
  await tab.at('consent-own');
  const boxes = tab.page.locator('input[type="checkbox"]:checked');
  while (await boxes.count()) await boxes.first().click();
  await tab.press('Allow');
  await tab.at('consent-nothing-ticked');
}

/** a: a parent chooses whose record. */
async function aParent({ suite, tab, shared }) {
  await tab.open(suite.request());
  await tab.at('sign-in');
  await tab.signIn(suite.user('alma'));
  await tab.at('whose-record');
  const first = await tab.page.getByRole('radio').first().getAttribute('value');
  suite.findings.check('who comes first in a parent’s list', 'alma', first);
  await choose(tab, 'patient', 'bruno');
  await tab.at('consent-child');
  await tab.press('Allow');
  await tab.atApp(suite.callback);
  shared.alma = tab;
}

/** a: a clinician looks for a patient. The demo record is too small for a search box, unless something is searched. */
async function aClinician({ suite, tab, shared }) {
  const url = suite.request();
  await tab.open(url);
  await tab.at('sign-in');
  await tab.signIn(suite.user('clara'));
  await tab.at('patient');
  await tab.press('Continue');
  await tab.at('patient-nothing-chosen');
  await tab.open(`${url}&q=nobody+of+this+name`);
  await tab.at('patient-none-found');
  await tab.fill('Search patients', 'samp');
  await tab.press('Search');
  await tab.at('patient-search');
  await tab.open(`${url}&offset=3`);
  await tab.at('patient-paged');
  await tab.follow('Previous');
  await choose(tab, 'patient', 'bruno');
  await tab.at('consent-clinician');
  await tab.press('Allow');
  await tab.atApp(suite.callback);
  await tab.open(suite.request({ scope: 'openid fhirUser user/*.rs' }));
  await tab.at('consent-everybody');
  shared.clara = tab;
}

/** Fills in the EHR's own form. */
async function launch(tab, { user = 'clara', embedded = false } = {}) {
  await tab.open(tab.suite.stack.ehr);
  await tab.at('ehr');
  await tab.page.getByLabel('User who is signed in at the EHR').selectOption(user);
  await tab.page.getByLabel('Patient', { exact: true }).selectOption('bruno');
  await tab.page.getByLabel(embedded ? "In a frame on the EHR's page" : 'In this tab').check();
  await tab.press('Launch');
}

/** The app asks the service for what the EHR launched: by its script, or, where none runs, as its script would. */
async function asTheApp(tab, frame, arrived) {
  const { suite } = tab;
  if (tab.script) return arrived();
  await frame.waitForURL((url) => url.searchParams.has('launch'));
  const handle = new URL(frame.url()).searchParams.get('launch');
  const scope = 'launch openid fhirUser patient/*.rs';
  await frame.goto(suite.request({ client_id: 'sample-app', launch: handle, scope }));
  return undefined;
}

const atService = (tab, frame) => () => frame.waitForURL(`${tab.suite.stack.issuer}/**`);

/** Back at the app: with script it says that it is connected, without it shows where it got its code. */
async function atSampleApp(tab) {
  const { suite } = tab;
  if (!tab.script) return tab.atApp(suite.stack.sample_app);
  await tab.page.getByRole('heading', { name: 'Connected' }).waitFor();
  suite.findings.check('who the app shows', 'Bruno Sample', await tab.page.locator('#patient-name').innerText());
  await tab.look('app-connected');
  return undefined;
}

/** c: in the tab. Clara is signed in: one page. */
async function ehrSignedIn({ suite, shared: { clara: tab } }) {
  await launch(tab);
  await asTheApp(tab, tab.page, atService(tab, tab.page));
  await tab.at('consent-launched');
  await tab.press('Allow');
  await atSampleApp(tab);
  await launch(tab, { user: 'dario' });
  await asTheApp(tab, tab.page, atService(tab, tab.page));
  await tab.at('sign-in-another');
  suite.findings.check('who is signed in stays so', false, await tab.button('Allow').isVisible());
}

/** c: in the tab, in a browser where nobody is signed in. */
async function ehrNotSignedIn({ suite, tab }) {
  await launch(tab);
  await asTheApp(tab, tab.page, atService(tab, tab.page));
  await tab.at('sign-in-launched');
  await tab.signIn(suite.user('clara'));
  await tab.at('consent-launched');
  await tab.press('Allow');
  await atSampleApp(tab);
}

/** c: in a frame, where the browser sends no cookie; from there a window of its own, in which Clara is signed in. */
async function ehrEmbedded({ suite, shared: { clara: tab } }) {
  await launch(tab, { embedded: true });
  const frame = await (await tab.page.waitForSelector('iframe')).contentFrame();
  await asTheApp(tab, frame, atService(tab, frame));
  const heading = frame.getByRole('heading', { level: 1 });
  await heading.waitFor();
  suite.findings.check('heading in the frame', PAGES['new-window'].heading, await heading.innerText());
  await tab.look('new-window', frame);
  const [page] = await Promise.all([
    tab.page.context().waitForEvent('page'),
    frame.getByRole('link', { name: 'Open a new window' }).click(),
  ]);
  const opened = new Tab(page, suite, tab.script);
  opened.status = 200;
  await opened.at('consent-launched');
  await page.close();
}

/** d: a wrong password, for a name that nobody has, and in the first browser the sixth of them. */
async function wrongPassword({ suite, tab, shared }) {
  const name = `nobody-${randomBytes(4).toString('hex')}`;
  const wrong = { name, password: 'not this one' };
  await tab.open(suite.request());
  await tab.signIn(wrong);
  await tab.at('sign-in-wrong');
  suite.findings.check('the name that was typed', name, await tab.page.getByLabel('Username').inputValue());
  const password = await tab.page.getByLabel('Password', { exact: true }).inputValue();
  suite.findings.check('the password that was typed', '', password);
  const focused = await tab.page.evaluate(() => document.activeElement?.getAttribute('role'));
  suite.findings.check('what has the focus', 'alert', focused);
  if (suite.lockedOut?.quarter !== quarter()) {
    suite.lockedOut = { name, quarter: quarter() };
    for (let tries = 1; tries < 5; tries += 1) await tab.signIn(wrong);
    await tab.at('sign-in-wrong');
  }
  await tab.signIn({ ...wrong, name: suite.lockedOut.name });
  await tab.at('sign-in-too-many');
  await tab.follow('Cancel and go back to Demo browser app');
  await tab.atApp(suite.callback, ['error', 'error_description', 'error_uri', 'iss', 'state']);
  shared.stranger = tab;
}

/** Tries are counted by the quarter of an hour. */
const quarter = () => Math.floor(Date.now() / 900_000);

/** e: what Alma allowed is listed, and ended. */
async function disconnecting({ suite, shared: { alma: tab } }) {
  const { issuer } = suite.stack;
  await tab.open(`${issuer}/manage`);
  await tab.at('connected-apps');
  await tab.follow('Disconnect Demo browser app');
  await tab.at('disconnect');
  await tab.follow('Keep it connected');
  await tab.at('connected-apps');
  await tab.follow('Disconnect Demo browser app');
  await tab.press('Disconnect');
  await tab.at('disconnected');
}

/** e: signing in without an app, and out again. */
async function inAndOut({ suite, tab }) {
  const { issuer } = suite.stack;
  await tab.open(`${issuer}/manage`);
  await tab.at('sign-in-manage');
  await tab.signIn(suite.user('alma'));
  await tab.at('connected-none');
  await tab.open(`${issuer}/sign-out`);
  await tab.at('sign-out');
  await tab.press('Sign out');
  await tab.at('signed-out');
  await tab.follow('Sign in');
  await tab.at('sign-in-manage');
}

/** f: what does not work, in words. */
async function errors({ suite, shared: { chidi, stranger: tab } }) {
  const { issuer } = suite.stack;
  await tab.open(suite.request({ client_id: 'nobody-knows-this-app' }));
  await tab.at('error-client');
  await tab.open(suite.request({ redirect_uri: `${suite.callback}/elsewhere` }));
  await tab.at('error-redirect');
  await tab.open(`${issuer}/authorize/no-such-page`);
  await tab.at('error-not-found');
  await tab.follow('Help');
  await tab.at('help');
  await tab.open(`${issuer}/authorize?flow=${suite.unknownFlow}`);
  await tab.at('error-expired');
  await chidi.open(suite.request({ scope: `launch/encounter ${SCOPE}` }));
  await spoil(chidi, 'input[name="encounter"]', 'emre-throat');
  await choose(chidi, 'encounter', 'emre-throat');
  await chidi.at('error-not-yours');
  await chidi.open(suite.request());
  await spoil(chidi, 'input[name="csrf"]', 'broken');
  await chidi.press('Allow');
  await chidi.at('error-out-of-date');
}

/** Back, reload and a second tab around the question: always a page that can be understood. Chidi is signed in. */
async function aroundConsent({ suite, shared: { chidi: tab } }) {
  await tab.open(suite.request());
  await tab.at('consent-own');
  await tab.to(() => tab.page.reload());
  await tab.at('consent-own');
  const { url, form } = await filledIn(tab);
  await tab.press('Allow');
  await tab.atApp(suite.callback);
  await tab.to(() => tab.page.goBack());
  await tab.at('consent-own');
  await tab.press('Deny');
  await tab.atApp(suite.callback, ['error', 'error_description', 'error_uri', 'iss', 'state']);
  await theSameAgain(tab, url, form);
}

/** What pressing Allow on this page would send. */
const filledIn = (tab) =>
  tab.page.evaluate(() => {
    const form = document.querySelector('button[value="allow"]').form;
    const fields = [...new FormData(form)];
    return { url: form.action, form: new URLSearchParams([...fields, ['decision', 'allow']]).toString() };
  });

/** Sends a form beside the tab, with its cookies. */
async function sendBeside(tab, url, form) {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Origin': tab.suite.stack.issuer };
  const answer = await tab.page.context().request.post(url, { data: form, headers, maxRedirects: 0 });
  return { status: answer.status(), location: answer.headers().location ?? '' };
}

/** Allow pressed twice before the first answer is there: one code, told twice. */
async function theSameAgain(tab, url, form) {
  const answers = [await sendBeside(tab, url, form), await sendBeside(tab, url, form)];
  tab.suite.findings.check('Allow sent again: status', [303, 303], answers.map(({ status }) => status));
  tab.suite.findings.check('Allow sent again: code', answers[0].location, answers[1].location);
}

/** The same question in two tabs, and two different answers to one form. */
async function twoTabs({ suite, shared: { chidi: tab } }) {
  await tab.open(suite.request());
  const second = new Tab(await tab.page.context().newPage(), suite, tab.script);
  await second.open(tab.page.url());
  await second.at('consent-own');
  await tab.press('Allow');
  await tab.atApp(suite.callback);
  await second.press('Allow');
  await second.atApp(suite.callback);

  await second.open(suite.request());
  await second.at('consent-own');
  const { url, form } = await filledIn(second);
  await second.page.locator('input[type="checkbox"]:checked').first().click();
  const pieces = second.page.locator('details.some input[type="checkbox"]');
  await pieces.first().evaluate((box) => {
    box.closest('details').open = true;
  });
  await pieces.first().check();
  await sendBeside(second, url, form);
  await second.press('Allow');
  await second.at('answered');
  await second.page.close();
}

/** A double click on Allow, and after a launch that is spent Back and once more. Clara is signed in. */
async function aroundLaunch({ suite, shared: { clara: tab } }) {
  await launch(tab);
  await asTheApp(tab, tab.page, atService(tab, tab.page));
  await tab.at('consent-launched');
  const question = tab.page.url();
  const second = new Tab(await tab.page.context().newPage(), suite, tab.script);
  await second.open(question);
  await second.at('consent-launched');
  await tab.to(() => tab.button('Allow').dblclick());
  await atSampleApp(tab);
  // The launch is spent: the app is told so, and says it.
  await second.press('Allow');
  await toldByTheApp(second);
  await second.open(question);
  await toldByTheApp(second);
  await second.page.close();
}

/** The service sent the browser to the app with an error, and the app shows a page of its own. */
async function toldByTheApp(tab) {
  const { suite } = tab;
  if (!tab.script) {
    const answer = await tab.atApp(suite.stack.sample_app, ['error', 'error_description', 'error_uri', 'iss', 'state']);
    return suite.findings.check('what a spent launch is called', 'invalid_request', answer.get('error'));
  }
  return tab.page.getByRole('heading', { name: 'The app could not connect' }).waitFor();
}

/** Signed out, or somebody else, in another tab: the page asks to sign in, or says that it is out of date. */
async function anotherSession({ suite, tab }) {
  await tab.open(suite.request());
  await tab.signIn(suite.user('chidi'));
  await tab.at('consent-own');
  const second = new Tab(await tab.page.context().newPage(), suite, tab.script);
  await second.open(`${suite.stack.issuer}/sign-out`);
  await second.press('Sign out');
  await tab.press('Allow');
  await tab.at('sign-in');
  await tab.to(() => tab.page.goBack());
  await tab.at('sign-in');
}

/**
 * A wrong password, the right one, then Back: here the browser asks by itself whether to send the form again, since the
 * page with the error is the answer to a form and is not kept.
 */
async function backToTheWrongPassword({ suite, tab }) {
  await tab.open(suite.request());
  await tab.signIn({ name: `nobody-${randomBytes(4).toString('hex')}`, password: 'not this one' });
  await tab.at('sign-in-wrong');
  await tab.signIn(suite.user('chidi'));
  await tab.at('consent-own');
  const shown = await tab.page.goBack().then(() => 'a page', (error) => error.message.match(/ERR_\w+/)?.[0]);
  suite.findings.known('Back to a page that answered a form', 'a page', shown);
}

// ---- By keyboard alone ---------------------------------------------------------------------------------------------

/** A clinician signs in, searches, chooses and allows. */
async function clinicianByKeys({ suite, tab, shared }) {
  const url = suite.request();
  const keys = new Keyboard(tab);
  const user = suite.user('clara');
  await tab.open(url);
  await keys.begin();
  await keys.type('Username', user.name);
  await keys.type('Password', user.password);
  const show = tab.button('Show password');
  await keys.reach(show);
  await keys.press('Space');
  suite.findings.check('Show password is pressed', 'true', await show.getAttribute('aria-pressed'));
  await keys.reach(tab.page.getByLabel('Password', { exact: true }), 'Shift+Tab');
  suite.countSignIn();
  // Enter in a field signs in.
  await tab.to(() => tab.page.keyboard.press('Enter'));
  await tab.at('patient');
  await keys.begin();
  await keys.choose('bruno');
  await tab.open(`${url}&q=nobody`);
  await keys.begin();
  const search = tab.page.getByLabel('Search patients');
  await keys.reach(search);
  await tab.page.keyboard.press('Control+A');
  await tab.page.keyboard.type('samp');
  await keys.go(tab.button('Search'), 'Space');
  await tab.at('patient-search');
  await keys.choose('bruno');
  await keys.go(tab.button('Continue'));
  await tab.at('consent-clinician');
  await consentByKeys(suite, tab, keys);
  shared.keys = tab;
}

/** Enter on a box presses no button; what is folded opens; then Allow. */
async function consentByKeys(suite, tab, keys) {
  const box = tab.page.locator('input[type="checkbox"]').first();
  await keys.reach(box);
  await tab.page.keyboard.press('Enter');
  await tab.at('consent-clinician');
  await keys.press('Space');
  suite.findings.check('the box after Space', false, await box.isChecked());
  await keys.press('Space');
  suite.findings.check('the box after Space again', true, await box.isChecked());
  const more = tab.page.locator('summary').first();
  await keys.reach(more);
  await keys.press('Enter');
  const open = await more.evaluate((summary) => summary.parentElement.open);
  suite.findings.check('what is folded opens by Enter', true, open);
  await keys.reach(tab.button('Deny'));
  await keys.reach(tab.button('Allow'), 'Shift+Tab');
  await tab.to(() => tab.page.keyboard.press('Enter'));
  await tab.atApp(suite.callback);
}

/** Signs in by Enter in the field of the password. */
async function signInByKeys(suite, tab, keys, name) {
  const user = suite.user(name);
  await keys.begin();
  await keys.type('Username', user.name);
  await keys.type('Password', user.password);
  suite.countSignIn();
  await tab.to(() => tab.page.keyboard.press('Enter'));
}

async function allowByKeys(tab, keys) {
  await keys.begin();
  await keys.reach(tab.button('Allow'));
  await tab.to(() => tab.page.keyboard.press('Enter'));
}

/** A patient signs in and allows. */
async function patientByKeys({ suite, tab }) {
  const keys = new Keyboard(tab);
  await tab.open(suite.request());
  await signInByKeys(suite, tab, keys, 'chidi');
  await tab.at('consent-own');
  await allowByKeys(tab, keys);
  await tab.atApp(suite.callback);
}

/** Chooses in a list of the EHR by typing what the option says. */
async function selectByKeys(tab, keys, label, value) {
  const list = tab.page.getByLabel(label, { exact: true });
  await keys.reach(list);
  await tab.page.keyboard.type((await list.locator(`option[value="${value}"]`).textContent()).trim());
  tab.suite.findings.check(`${label} by its letters`, value, await list.inputValue());
}

/** From the EHR's list to the app, by a user who then signs in. */
async function launchByKeys({ suite, tab }, user, patient, page) {
  const keys = new Keyboard(tab);
  await tab.open(suite.stack.ehr);
  await keys.begin();
  await selectByKeys(tab, keys, 'User who is signed in at the EHR', user);
  await selectByKeys(tab, keys, 'Patient', patient);
  await keys.reach(tab.button('Launch'));
  await tab.to(() => tab.page.keyboard.press('Enter'));
  await asTheApp(tab, tab.page, atService(tab, tab.page));
  await tab.at('sign-in-launched');
  await signInByKeys(suite, tab, keys, user);
  await tab.at(page);
  await allowByKeys(tab, keys);
  await tab.page.getByRole('heading', { name: 'Connected' }).waitFor();
}

const clinicianLaunchesByKeys = (world) => launchByKeys(world, 'clara', 'bruno', 'consent-launched');

const patientLaunchesByKeys = (world) => launchByKeys(world, 'chidi', 'chidi', 'consent-launched-own');

/** Disconnecting what was allowed so. */
async function disconnectByKeys({ suite, shared: { keys: tab } }) {
  const keys = new Keyboard(tab);
  await tab.open(`${suite.stack.issuer}/manage`);
  await keys.begin();
  await keys.go(tab.link('Disconnect Demo browser app'));
  await tab.at('disconnect');
  await keys.go(tab.link('Keep it connected'));
  await keys.go(tab.link('Disconnect Demo browser app'));
  await keys.reach(tab.link('Keep it connected'));
  await keys.reach(tab.button('Disconnect'), 'Shift+Tab');
  await tab.to(() => tab.page.keyboard.press('Space'));
  const notice = await tab.page.locator('.notice').innerText();
  suite.findings.check('the notice', 'Disconnected Demo browser app. It keeps what it has already copied.', notice);
}

/** That the suite would see what it looks for: a style and a picture that the pages' policy forbids. */
async function theSuiteSees({ suite, tab }) {
  const before = suite.findings.faults.length;
  await tab.open(`${suite.stack.issuer}/help`);
  await tab.page.evaluate(() => {
    document.body.setAttribute('style', 'min-width: 400px');
    document.body.append(Object.assign(new Image(), { src: 'http://elsewhere.invalid/a.png' }));
  });
  await tab.page.waitForTimeout(200);
  const seen = suite.findings.faults.splice(before);
  const about = (text) => seen.some((fault) => fault.includes(text));
  suite.findings.check('a style that the policy forbids is seen', true, about('style'));
  suite.findings.check('a picture from elsewhere is seen', true, about('http://elsewhere.invalid/a.png'));
}

const BY_KEYS = [
  ['by keyboard, a clinician', clinicianByKeys],
  ['by keyboard, disconnect', disconnectByKeys],
  ['by keyboard, a patient', patientByKeys],
  ['by keyboard, a clinician from the EHR', clinicianLaunchesByKeys],
  ['by keyboard, a patient from the EHR', patientLaunchesByKeys],
];

const JOURNEYS = [
  ['standalone, a patient with one record', aPatient],
  ['standalone, a visit to choose', aVisit],
  ['standalone, an app that writes, and Deny', aRefusal],
  ['standalone, many kinds of record', manyKinds],
  ['standalone, nothing left ticked', nothingTicked],
  ['standalone, a parent', aParent],
  ['standalone, a clinician who searches', aClinician],
  ['from the EHR, signed in, then for another', ehrSignedIn],
  ['from the EHR, not signed in', ehrNotSignedIn],
  ['from the EHR, in a frame', ehrEmbedded],
  ['Back, reload and twice around the question', aroundConsent],
  ['two tabs and two answers', twoTabs],
  ['a launch in two tabs', aroundLaunch],
  ['signed out in another tab', anotherSession],
  ['wrong password, too many tries', wrongPassword],
  ['connected apps, disconnect', disconnecting],
  ['signing in and out without an app', inAndOut],
  ['errors and help', errors],
];

// ---- The suite -----------------------------------------------------------------------------------------------------

const stack = await readStack(process.argv[2]);
const browser = await chromium.launch(CHROMIUM);
const suite = new Suite(stack, browser, process.argv[3]);
suite.unknownFlow = `flow_${randomBytes(32).toString('base64url')}`;

/** Does one group of checks and says how it went. */
async function group(name, work) {
  const { findings } = suite;
  const [faults, checks, since] = [findings.faults.length, findings.checks, Date.now()];
  try {
    await work();
  } catch (error) {
    const ours = error instanceof Astray;
    findings.fault(`${name}: ${ours ? error.message : error.stack}`);
  }
  const news = findings.faults.slice(faults);
  const seconds = ((Date.now() - since) / 1000).toFixed(1);
  console.log(`${news.length ? 'FAILED' : 'ok    '} ${name} (${findings.checks - checks} checks, ${seconds} s)`);
  for (const fault of news) console.log(`       ${fault}`);
}

/** Makes journeys one after the other, each in a browser of its own; some go on in an earlier one's, kept in `shared`. */
async function makeAll(journeys, width, script) {
  const contexts = [];
  const shared = {};
  for (const [name, journey] of journeys) {
    await group(`${name}; ${width} px, ${script ? 'script' : 'no script'}`, async () => {
      const context = await browser.newContext({ viewport: sizeOf(width), javaScriptEnabled: script });
      contexts.push(context);
      await journey({ suite, shared, tab: new Tab(await context.newPage(), suite, script) });
    });
  }
  for (const context of contexts) await context.close();
}

const once = [...BY_KEYS, ['Back after a wrong password', backToTheWrongPassword], ['self-check', theSuiteSees]];
await makeAll([...JOURNEYS, ...once], WIDE, true);
await makeAll([...JOURNEYS, ...BY_KEYS], NARROW, true);
await makeAll(JOURNEYS, WIDE, false);
await makeAll(JOURNEYS, NARROW, false);

await group('the whole suite', async () => {
  const missed = Object.keys(PAGES).filter((name) => !PAGES[name].foreign && !suite.inspection.seen.has(name));
  suite.findings.check('pages of the table that no journey came to', [], missed);
  suite.findings.check(`sign-ins within ${MOST_SIGN_INS}`, true, suite.signIns <= MOST_SIGN_INS);
});
await browser.close();

const { findings, inspection, signIns, heaviest } = suite;
for (const known of findings.knownFaults) console.log(`known fault: ${known}`);
const weights = Object.entries(heaviest).map(([kind, bytes]) => `${kind} ${bytes}`);
console.log(`heaviest, in bytes: ${weights.join(', ')}`);
console.log(`${inspection.seen.size} pages, ${findings.checks} checks, ${signIns} sign-ins, ${findings.faults.length} faults`);
process.exit(findings.faults.length ? 1 : 0);
