// One tab of a headless Chromium, and what must hold on whatever page it comes to.

import { measure } from './inspection.mjs';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-proxy-server',
];

export const CHROMIUM = { executablePath: '/usr/bin/chromium', args: FLAGS };

/** UX-4, in bytes, uncompressed. */
const HEAVIEST = { document: 14 * 1024, stylesheet: 12 * 1024, script: 6 * 1024 };

/** Ends a journey; the ones after it are still made. */
export class Astray extends Error {}

/** What is wrong, and how much was looked at. */
export class Findings {
  faults = [];
  knownFaults = new Set();
  checks = 0;

  /** Counts a check; what is wrong is told in the end, and the journey goes on. */
  check(what, wanted, got) {
    this.checks += 1;
    const [right, is] = [JSON.stringify(wanted), JSON.stringify(got)];
    if (right !== is) this.fault(`${what}: expected ${right}, got ${is}`);
  }

  /** A fault that is known and waits for its repair. Once it is gone, `check` should stand here. */
  known(what, wanted, got) {
    this.checks += 1;
    if (wanted === got) this.fault(`${what}: is as wanted by now; make a check of it`);
    else this.knownFaults.add(`${what}: wanted ${wanted}, got ${got}`);
  }

  /** One sentence, once. */
  fault(sentence) {
    if (!this.faults.includes(sentence)) this.faults.push(sentence);
  }
}

/** A page whose tab, context, address and last answer are watched. */
export class Tab {
  status = 0;
  /** Whether what is shown answered a POST: a reload would bring up the browser's own question. */
  answersPost = false;

  constructor(page, suite, script) {
    this.page = page;
    this.suite = suite;
    this.script = script;
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => suite.findings.fault(`an error in a script of ${page.url()}: ${error}`));
    page.on('console', (message) => this.#heard(message));
    page.on('request', (request) => this.#asked(request));
    page.on('response', (response) => this.#answered(response));
  }

  /** A refused resource is told in the console; so are documents with an error status, which are asked for here. */
  #heard(message) {
    if (message.type() !== 'error' || message.text().startsWith('Failed to load resource')) return;
    this.suite.findings.fault(`the console of ${shortened(this.page.url())} says: ${message.text()}`);
  }

  /** UX-3: a page of the service loads nothing from elsewhere, and nobody leaves this machine. */
  #asked(request) {
    const { origin, protocol } = new URL(request.url());
    if (protocol === 'data:' || protocol === 'blob:') return;
    const { issuer, sample_app, ehr } = this.suite.stack;
    const known = [issuer, sample_app, ehr].map((address) => new URL(address).origin);
    const frame = request.isNavigationRequest() ? '' : request.frame().url();
    const allowed = frame.startsWith(issuer) ? [known[0]] : known;
    if (!allowed.includes(origin)) this.suite.findings.fault(`${shortened(frame)} asks for ${request.url()}`);
  }

  #answered(response) {
    const request = response.request();
    const kind = request.resourceType();
    if (response.url().startsWith(this.suite.stack.issuer) && HEAVIEST[kind]) {
      const length = Number(response.headers()['content-length'] ?? Infinity);
      this.suite.weigh(kind, length, HEAVIEST[kind], shortened(response.url()));
    }
    const isLast = response.status() < 300 || response.status() >= 400;
    if (kind !== 'document' || !isLast || request.frame() !== this.page.mainFrame()) return;
    this.status = response.status();
    this.answersPost = request.method() === 'POST';
  }

  /** Opens an address, as a link in another place does. */
  async open(url) {
    await this.page.goto(url, { waitUntil: 'domcontentloaded' });
  }

  /** Whatever leads to a page, and the page that it leads to. */
  async to(act) {
    await Promise.all([this.page.waitForEvent('domcontentloaded'), act()]);
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  link(name) {
    return this.page.getByRole('link', { name, exact: true });
  }

  press(name) {
    return this.to(() => this.button(name).click());
  }

  follow(name) {
    return this.to(() => this.link(name).click());
  }

  async fill(label, text) {
    await this.page.getByLabel(label, { exact: true }).fill(text);
  }

  /** Asserts that the tab shows this page of the table, and looks at it as far as that was not done yet. */
  async at(name) {
    const wanted = this.suite.pages[name];
    if (!wanted) throw new Astray(`the table has no page ${name}`);
    const heading = this.page.locator('h1').first();
    await heading.waitFor();
    const is = { heading: await heading.innerText(), title: await this.page.title(), status: this.status };
    const of = { heading: wanted.heading, title: `${wanted.title ?? wanted.heading} – ${this.suite.organisation}` };
    if (wanted.foreign) of.title = is.title;
    const right = { ...of, status: wanted.status ?? 200 };
    this.suite.findings.checks += 1;
    if (JSON.stringify(is) !== JSON.stringify(right)) {
      throw new Astray(`expected ${name} ${JSON.stringify(right)}, got ${JSON.stringify(is)} at ${shortened(this.page.url())}`);
    }
    if (wanted.foreign) {
      await this.look(name);
      return;
    }
    this.suite.findings.check(`${name} answers a POST itself`, Boolean(wanted.answersPost), this.answersPost);
    for (const text of wanted.says ?? []) {
      const says = await this.page.getByText(text).first().isVisible();
      this.suite.findings.check(`${name} says “${text}”`, true, says);
    }
    await this.look(name);
  }

  /** Measures every page at its own width; axe and the camera come once, and with script. */
  async look(name, frame) {
    await measure(this.page, frame ?? this.page.mainFrame(), name, this.suite.findings);
    if (this.script) await this.suite.inspection.once(this.page, name, frame);
  }

  /** Asserts that the app got a code at this address, with state and issuer. */
  async atApp(address, wanted = ['code', 'iss', 'state']) {
    const url = new URL(this.page.url());
    if (url.origin + url.pathname !== address) {
      const heading = await this.page.locator('h1').first().innerText().catch(() => 'nothing');
      throw new Astray(`expected the app at ${address}, got ${shortened(this.page.url())} (${heading})`);
    }
    const { searchParams } = url;
    this.suite.findings.check(`what the app gets at ${address}`, wanted, [...searchParams.keys()].sort());
    this.suite.findings.check('iss', this.suite.stack.issuer, searchParams.get('iss'));
    return searchParams;
  }

  async signIn(user, name = user.name) {
    await this.fill('Username', name);
    await this.fill('Password', user.password);
    this.suite.countSignIn();
    await this.press('Sign in');
  }
}

/** An address without its long query. */
const shortened = (url) => (url.length > 90 ? `${url.slice(0, 90)}…` : url);
