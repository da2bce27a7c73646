/**
 * A filter as a command line of `hubble observe` that lets through the same flows.
 */

import { hubbleRefuses } from "./conflicts";
import { filtersOf } from "./compose";
import type { Filter } from "./filter";
import type { FlowFilter } from "./flowfilter";
import type { FlagTerm } from "./parse";
import { policyExpression } from "./policyexpression";
import { shellQuoted } from "./shellwords";

export interface Command {
  readonly text: string;
  /** What the command can't say, in words. */
  readonly notes: readonly string[];
}

export function observeCommand(filter: Filter): Command {
  const flags = filter.terms.filter((term) => term.is === "flag");
  const filtering = flags.filter(({ flag }) => flag.effect.on !== "time" && flag.effect.on !== "raw");
  const bounds = flags.filter(({ flag }) => flag.effect.on === "time");
  const raw = flags.filter(({ flag }) => flag.effect.on === "raw");
  const nots = filtering.filter(({ sense }) => sense === "not");
  const nors = filtering.filter(({ sense }) => sense === "nor");
  // Values of one flag are alternatives, so that leaving out any of them and leaving out each is the same.
  const isOneKind = nots.length === 0 && new Set(nors.map(({ flag }) => flag.name)).size === 1;
  const words = [
    "hubble observe",
    ...(bounds.length === 0 ? ["--follow"] : bounds.map(flagText)),
    ...groupTexts(
      filtering.filter(({ sense }) => sense === "is"),
      "",
      "--allowlist",
    ),
    ...groupTexts(isOneKind ? nors : nots, "--not ", "--denylist"),
    ...(isOneKind ? [] : nors.flatMap((term) => filtersOf([term]).map((one) => rawText("--denylist", one)))),
    ...raw.map(flagText),
  ];
  const sought = [...filter.words, ...filter.noWords];
  return {
    text: words.join(" "),
    notes: sought.length === 0 ? [] : [`hubble observe has no flag for free words; left out: ${sought.join(" ")}`],
  };
}

/** As flags where `hubble observe` takes them, else as filters of the API. */
function groupTexts(terms: readonly FlagTerm[], prefix: string, list: string): readonly string[] {
  if (terms.length === 0) return [];
  const names = [...new Set(terms.map(({ flag }) => flag.name))];
  const isRefused = names.some((one) => names.some((other) => hubbleRefuses(one, other)));
  const hasOurs = terms.some(({ flag }) => flag.ours === true && flag.name !== "policy");
  if (isRefused || hasOurs) return filtersOf(terms).map((filter) => rawText(list, filter));
  return terms.map((term) => prefix + flagText(term));
}

function flagText({ flag, text, value }: FlagTerm): string {
  const { effect } = flag;
  if (effect.on === "field" && effect.field === "policy") {
    return `--cel-expression ${shellQuoted(policyExpression(value as string))}`;
  }
  if (flag.implied !== undefined) return `--${flag.name}`;
  return `--${flag.name} ${shellQuoted(writtenValue(flag.name, text, value))}`;
}

/** In the letters that `hubble observe` insists on. */
function writtenValue(flag: string, text: string, value: unknown): string {
  return (flag === "verdict" || flag === "drop-reason-desc") && typeof value === "string" ? value : text;
}

function rawText(list: string, filter: FlowFilter): string {
  const { policy, ...fields } = filter;
  const json =
    policy === undefined ? fields : { ...fields, experimental: { cel_expression: policy.map(policyExpression) } };
  return `${list} ${shellQuoted(JSON.stringify(json))}`;
}
