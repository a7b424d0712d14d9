// What is looked at on a page: axe, both colour schemes, both widths, text spacing, and a picture of each.

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';

export const NARROW = 320;
export const WIDE = 1280;
const HEIGHTS = { [NARROW]: 640, [WIDE]: 800 };
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export const sizeOf = (width) => ({ width, height: HEIGHTS[width] });

/** Source: WCAG 2.2, 1.4.12. */
const TEXT_SPACING = `* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
  p { margin-bottom: 2em !important }`;

/** What sticks out of the page or is cut off by its own box, in words. Runs in the page. */
function cutOff() {
  const visible = (element) => element.checkVisibility() && !element.closest('.away');
  const texts = [...document.body.querySelectorAll('*')].filter((element) => visible(element));
  const width = document.documentElement.clientWidth;
  const sticksOut = (element) => element.getBoundingClientRect().right > width + 0.5;
  const isClipped = (element) => {
    const clips = ['hidden', 'clip', 'auto', 'scroll'].includes(getComputedStyle(element).overflowX);
    return clips && element.scrollWidth > element.clientWidth;
  };
  const named = (element) => `<${element.localName}> “${element.textContent.trim().slice(0, 40)}”`;
  const wrong = texts.filter((element) => sticksOut(element) || isClipped(element)).map(named);
  const scroll = document.scrollingElement.scrollWidth;
  return scroll > width ? [`the page is ${scroll} px wide`, ...wrong] : wrong;
}

/** UX-10: at the width that the page has, nothing sticks out, also not with wide text. */
export async function measure(page, frame, name, findings) {
  const { width } = page.viewportSize();
  findings.check(`what is cut off on ${name} at ${width} px`, [], await frame.evaluate(cutOff));
  // A constructed style sheet is none of a Content Security Policy's business.
  await frame.evaluate((css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [sheet];
  }, TEXT_SPACING);
  findings.check(`what is cut off on ${name} at ${width} px with wide text`, [], await frame.evaluate(cutOff));
  await frame.evaluate(() => {
    document.adoptedStyleSheets = [];
  });
}

/** Rules that axe finds broken, with the elements that break them. */
async function broken(frame) {
  // By the debugger's door, which a Content Security Policy does not watch: the page stays as strict as it is.
  await frame.evaluate(axe.source);
  const { violations } = await frame.evaluate(
    (values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }),
    RULES,
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
}

/** Looks at each page once, however often journeys come by. */
export class Inspection {
  seen = new Set();

  constructor(directory, findings) {
    this.directory = directory;
    this.findings = findings;
    mkdirSync(directory, { recursive: true });
    for (const file of readdirSync(directory)) {
      if (/-(320|1280)-(light|dark)\.png$/.test(file)) rmSync(join(directory, file));
    }
  }

  async once(page, name, frame = page.mainFrame()) {
    if (this.seen.has(name)) return;
    this.seen.add(name);
    const before = page.viewportSize();
    const widths = before.width === WIDE ? [NARROW, WIDE] : [WIDE, NARROW];
    for (const width of widths) {
      await page.setViewportSize(sizeOf(width));
      if (width !== before.width) await measure(page, frame, name, this.findings);
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        const where = `${name}-${width}-${colorScheme}`;
        await page.screenshot({ path: join(this.directory, `${where}.png`), fullPage: true });
        this.findings.check(`what axe finds on ${where}`, [], await broken(frame));
      }
    }
    await page.emulateMedia({ colorScheme: null });
    await page.setViewportSize(before);
  }
}
