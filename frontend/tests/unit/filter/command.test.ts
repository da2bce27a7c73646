import { execFileSync } from "node:child_process";

import { describe, expect, it } from "vitest";

import { observeCommand } from "../../../src/filter/command";
import { readFilter } from "../../../src/filter/filter";
import { shellWords } from "../../../src/filter/shellwords";
import { filterOf, NOW_MS } from "./matching";

function commandOf(text: string): string {
  return observeCommand(filterOf(text)).text;
}

describe("a filter as a command line", () => {
  it.each([
    ["", "hubble observe --follow"],
    ["--verdict dropped", "hubble observe --follow --verdict DROPPED"],
    ["-n shop -t drop -4", "hubble observe --follow --namespace shop --type drop --ipv4"],
    ["--since 5m", "hubble observe --since 5m"],
    ["--not --protocol dns", "hubble observe --follow --not --protocol dns"],
    ["--nor --protocol dns --nor --protocol tcp", "hubble observe --follow --not --protocol dns --not --protocol tcp"],
    ["--label 'app in (a, b)'", "hubble observe --follow --label 'app in (a, b)'"],
    ['--http-path "it\'s"', "hubble observe --follow --http-path 'it'\\''s'"],
    ["--reply", "hubble observe --follow --allowlist '{\"reply\":[true]}'"],
    ["--reply --verdict DROPPED", 'hubble observe --follow --allowlist \'{"reply":[true],"verdict":["DROPPED"]}\''],
    [
      "--namespace shop --to-ip 10.0.0.0/8",
      'hubble observe --follow --allowlist \'{"destination_ip":["10.0.0.0/8"],"source_pod":["shop/"]}\'' +
        ' --allowlist \'{"destination_ip":["10.0.0.0/8"],"destination_pod":["shop/"]}\'',
    ],
    [
      "--not --verdict AUDIT --nor --protocol dns",
      'hubble observe --follow --not --verdict AUDIT --denylist \'{"protocol":["dns"]}\'',
    ],
    [
      "--not --dns-query x",
      "hubble observe --follow --not".replace(" --not", "") + ' --denylist \'{"dns_query":["x"]}\'',
    ],
  ])("%s is %s", (text, command) => {
    expect(commandOf(text)).toBe(command);
  });

  it("has a policy as an expression that Hubble evaluates", () => {
    expect(commandOf("--policy shop/lock")).toContain(
      '--cel-expression \'_flow.egress_allowed_by.exists(p, p.namespace == "shop" && p.name == "lock") || ',
    );
  });

  it("says that words have no flag", () => {
    const { text, notes } = observeCommand(filterOf("cart --verdict DROPPED --not pay"));
    expect(text).toBe("hubble observe --follow --verdict DROPPED");
    expect(notes.join()).toContain("cart pay");
  });

  it.each([
    "--verdict DROPPED --from-namespace shop --not --protocol dns",
    "--pod shop/cart --pod pay/x --port 443 --port 80",
    "--reply --policy shop/lock --not --reply=false",
    "--policy lock --policy 'a/b' --verdict AUDIT",
    "--namespace shop --fqdn '*.example.org' --not --ip 10.0.0.0/8 --not --namespace kube-system",
    "--nor --verdict AUDIT --nor --protocol dns --nor --policy a/b --not --pod x",
    '--dns-query \'^a\\.b$\' --http-path "it\'s \\"quoted\\" \\$HOME `x`"'.replace(
      " --http-path",
      " --nor --http-path",
    ),
    "-A --not --from-all-namespaces -4 --encrypted --snat-ip 10.0.0.1 --uuid 'u u'",
    "--type trace:to-stack --type l7 --http-status 5+ --http-header 'a: b' --http-url x",
    "--identity world --workload Deployment/cart --service a/b --cluster c --node-name 'a*' --tcp-flags syn,ack",
    '--allowlist \'{"verdict":["AUDIT"]}{"reply":[false]}\' --verdict DROPPED --denylist \'{"source_port":["1"]}\'',
    "--since 2026-01-02T00:00:00Z --until 1m --traffic-direction egress --label 'a,b!=c'",
  ])("%s comes back as the same filter", (text) => {
    const filter = filterOf(text);
    const { problems, filter: again } = readFilter(observeCommand(filter).text, NOW_MS);
    expect(problems).toEqual([]);
    const sorted = (filters: readonly object[] | undefined): string[] =>
      (filters ?? []).map((one) => JSON.stringify(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();
    expect(sorted(again?.whitelist)).toEqual(sorted(filter.whitelist));
    expect(sorted(again?.blacklist)).toEqual(sorted(filter.blacklist));
    expect([again?.sinceMs, again?.untilMs]).toEqual([filter.sinceMs, filter.untilMs]);
  });

  it("is taken by a real shell word by word, whatever is in it", () => {
    const hostile = "$(touch x) `id` ; rm -rf * \n\\ \" ' ! ~ # | & > <";
    const command = observeCommand(
      filterOf(`--uuid ${JSON.stringify(hostile).replace(/[$`]/g, "\\$&").replace("\\n", "\n")}`),
    ).text;
    const printed = execFileSync("/bin/sh", ["-c", `hubble() { printf '%s\\0' "$@"; }; ${command}`], {
      encoding: "utf8",
    });
    expect(printed.split("\0")).toEqual(["observe", "--follow", "--uuid", hostile, ""]);
  });
});

describe("words of a command line", () => {
  it.each([
    "a b",
    "a  'b c' \"d e\"",
    "'a'\\''b'",
    'a\\ b "c\\"d" \'e\\f\'',
    'x"y"z',
    "a\\\nb",
    "''",
    '"$" "a\\$b\\c"',
  ])("%j are what a real shell makes of them", (text) => {
    const printed = execFileSync("/bin/sh", ["-c", `printf '%s\\0' ${text}`], { encoding: "utf8" });
    expect(shellWords(text, true).map((word) => word.text)).toEqual(printed.split("\0").slice(0, -1));
  });
});
