// A tab that is used by its keys alone: no pointer, no element.focus(). Whatever has the focus must show it.

import { Astray } from './tab.mjs';

const MOST_PRESSES = 60;

/** How everything that can have the focus looks without it. Runs in the page. */
function rememberUnfocused() {
  const look = (element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return outlineStyle === 'none' ? boxShadow : `${outlineStyle} ${outlineWidth} ${boxShadow}`;
  };
  const all = document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]');
  globalThis.unfocused = new Map([...all].map((element) => [element, look(element)]));
  globalThis.lookOf = look;
}

/** The element that has the focus: its name, and what is wrong with how it shows that. Runs in the page. */
function focused() {
  const element = document.activeElement;
  if (!element || element === document.body) return { name: 'nothing', wrong: [] };
  const name = `${element.localName} ${element.labels?.[0]?.innerText ?? element.innerText ?? ''}`.trim();
  const { top, left, right, bottom } = element.getBoundingClientRect();
  const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const wrong = [];
  if (globalThis.unfocused.get(element) === globalThis.lookOf(element)) wrong.push('it looks as without the focus');
  if (Number.parseFloat(getComputedStyle(element).outlineWidth) < 2) wrong.push('its outline is under 2 px');
  if (bottom <= 0 || top >= innerHeight) wrong.push('it is out of sight');
  else if (hit && !element.contains(hit) && !hit.contains(element)) wrong.push(`it is under ${hit.localName}`);
  return { name, wrong };
}

export class Keyboard {
  constructor(tab) {
    this.tab = tab;
    this.page = tab.page;
  }

  /** After each page: remembers how things look before anything has the focus. */
  async begin() {
    await this.page.evaluate(rememberUnfocused);
  }

  async press(key) {
    await this.page.keyboard.press(key);
    const { name, wrong } = await this.page.evaluate(focused);
    this.tab.suite.findings.check(`the focus on ${name} of ${await this.page.title()}`, [], wrong);
  }

  /** Presses Tab, or Shift+Tab, until the focus is on this element. */
  async reach(locator, key = 'Tab') {
    for (let presses = 0; presses < MOST_PRESSES; presses += 1) {
      if (await locator.evaluate((element) => element === document.activeElement)) return;
      await this.press(key);
    }
    throw new Astray(`expected to reach ${locator} by ${key} on ${this.page.url()}`);
  }

  async type(label, text) {
    await this.reach(this.page.getByLabel(label, { exact: true }));
    await this.page.keyboard.type(text);
  }

  /** Presses Enter or Space on this element and begins anew on the page that it leads to. */
  async go(locator, key = 'Enter') {
    await this.reach(locator);
    await this.tab.to(() => this.page.keyboard.press(key));
    await this.begin();
  }

  /** Chooses the radio of this value: Space takes the first, the arrow keys go on from there. */
  async choose(value) {
    const radios = this.page.getByRole('radio');
    await this.reach(radios.first());
    await this.press('Space');
    const wanted = this.page.locator(`input[type="radio"][value="${value}"]`);
    for (let downs = await radios.count(); downs > 0 && !(await wanted.isChecked()); downs -= 1) {
      await this.press('ArrowDown');
    }
    this.tab.suite.findings.check(`the radio ${value} is chosen`, true, await wanted.isChecked());
  }
}
