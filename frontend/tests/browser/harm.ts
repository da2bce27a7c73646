/**
 * Looks for what hostile text would have left on the page if it had become more than text.
 */

import type { Page } from "playwright-core";

/** Every kind of element that the page makes itself. */
const OURS = new Set(
  (
    "html head meta title link script body div span header main section aside form label input button select option p h1 h2 h3 h4 " +
    "ul ol li dl dt dd b i pre kbd dialog noscript code svg g path rect line circle text canvas details summary table thead tbody tr th td " +
    "textarea fieldset legend output nav footer strong em small time datalist menu"
  ).split(" "),
);

export async function harmOn(page: Page): Promise<readonly string[]> {
  return page.evaluate(
    (ours) => {
      const known = new Set(ours);
      const found: string[] = [];
      for (const element of document.querySelectorAll("*")) {
        const name = element.localName;
        if (!known.has(name)) found.push(`foreign element ${name}`);
        for (const { name: attribute, value } of element.attributes) {
          if (attribute.startsWith("on")) found.push(`handler ${attribute} on ${name}`);
          if (/^\s*javascript:/i.test(value) && ["href", "src", "action"].includes(attribute)) {
            found.push(`address in ${attribute} of ${name}`);
          }
        }
      }
      const scripts = document.querySelectorAll("script");
      if (scripts.length !== 1) found.push(`${scripts.length} scripts`);
      if (({} as { polluted?: unknown }).polluted !== undefined) found.push("Object.prototype was changed");
      return found;
    },
    [...OURS],
  );
}
