/**
 * Lists the licences of everything that is in the built page: LICENSES.txt beside it. A package without a licence of the usual permissive kind stops
 * the build.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, URL } from "node:url";

import type { Plugin } from "vite";

const FRONTEND = fileURLToPath(new URL(".", import.meta.url));
const PERMISSIVE = new Set(["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "0BSD"]);

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** @throws Error where a package's licence is none of the usual ones, or has no text */
export function licences(): string {
  const parts: string[] = [];
  for (const [folder, { name, version, license = "none" }] of packages()) {
    if (!PERMISSIVE.has(license)) throw new Error(`${name} ${version} has the licence ${license}: may it be shipped?`);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} ${version} comes without the text of its licence`);
    parts.push(`${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`);
  }
  return parts.join(`\n${"-".repeat(72)}\n\n`);
}

/** Every package that the page is made of, by folder, in the order of their names. */
function packages(): readonly (readonly [folder: string, manifest: Manifest])[] {
  const found = new Map<string, Manifest>();
  const visit = (names: readonly string[]): void => {
    for (const name of names) {
      const folder = join(FRONTEND, "node_modules", name);
      if (found.has(folder)) continue;
      const manifest = manifestOf(folder);
      found.set(folder, manifest);
      visit(Object.keys(manifest.dependencies ?? {}));
    }
  };
  visit(Object.keys(manifestOf(FRONTEND).dependencies ?? {}));
  return [...found].sort(([, one], [, other]) => one.name.localeCompare(other.name));
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

export function licencesPlugin(): Plugin {
  return {
    name: "licences",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "LICENSES.txt", source: licences() });
    },
  };
}
