import { describe, expect, it } from "vitest";

import { readFilter } from "../../../src/filter/filter";
import { filterOf, NOW_MS, problemsOf } from "./matching";

describe("a problem is told in words:", () => {
  it.each([
    ["--verdikt DROPPED", "--verdikt is no flag: did you mean --verdict?"],
    ["--drop-reason POLICY_DENIED", "did you mean --drop-reason-desc?"],
    ["--source-ip 10.0.0.1", "--source-ip is no flag"],
    ["--verdict DROPED", "DROPED is no verdict: did you mean DROPPED?"],
    ["--verdict x", "there are FORWARDED, DROPPED"],
    ["--drop-reason-desc POLICY_DENIDE", "did you mean POLICY_DENIED?"],
    ["--drop-reason-desc ''", "is no drop reason"],
    ["--ip 10.0.0.256", "is no IP address"],
    ["--ip 10.0.0.0/33", "is no prefix"],
    ["--ip fe80::1%eth0/64", "is no prefix"],
    ["--ip 10.0.0.1%eth0", "is no IP address"],
    ["--port 65536", "is no port: 0 to 65535"],
    ["--port http", "is no port"],
    ["--protocol htp", "did you mean http?"],
    ["--http-status 600", "is no HTTP status"],
    ["--http-path '('", "a ( is not closed"],
    ["--http-path '(?=x)'", "look-ahead"],
    ["--http-path '\\1'", "\\1 means nothing"],
    ["--dns-query 'a**'", "a repetition is repeated"],
    ["--fqdn 'a b'", "names are made of letters"],
    ["--node-name a/b/c", "more than one /"],
    ["--pod a/b/c", "more than one /"],
    ["--pod ''", "is empty"],
    ["--label 'app in cart'", "values stand in parentheses"],
    ["--label '=x'", "a key has the form"],
    ["--identity wrld", "did you mean world?"],
    ["--tcp-flags SYN,SIN", "is no list of TCP flags"],
    ["--type drp", "did you mean drop?"],
    ["--type trace:to-hst", "did you mean to-host?"],
    ["--traffic-direction out", "is no direction; there are INGRESS, EGRESS"],
    ["--ip-version 5", "v4, v6, or none"],
    ["--since yesterday", "--since: no time"],
    ["--since 5", "--since: no time"],
    ["--reply=maybe", "is neither true nor false"],
    ["--verdict", "--verdict is not followed by its value, VERDICT"],
    ["--verdict --not --protocol dns", "--verdict is not followed by its value"],
    ["--not", "--not stands before nothing"],
    ["--not --not --verdict DROPPED", "--not stands before --not"],
    ["--not --since 5m", "--not can't stand before --since"],
    ["'cart", "A quote is not closed"],
    ["-x", "-x is no flag; a word that begins with - stands in quotes"],
    ["--node-label a=b", "--node-label can't be used here: labels of nodes are not carried"],
    ["--cel-expression '_flow.verdict == 1'", "CEL expressions are understood only where they name a policy"],
    ["--pod a --from-pod b", "--pod and --from-pod can't be combined"],
    ["--port 1 --to-port 2", "--port and --to-port can't be combined"],
    ["--namespace a --from-namespace b", "--namespace and --from-namespace can't be combined"],
    ["--namespace a --from-pod a/b", "--namespace and --from-pod can't be combined"],
    ["--encrypted --unencrypted", "can't be combined"],
    ["--namespace shop --pod pay/x", "pay/x names another namespace than namespace shop"],
    ["--from-pod shop/x --from-service y", "not in the same namespace"],
    ["--http-status 500 --type drop", "HTTP is seen in events of --type l7 only"],
    ['--allowlist \'{"verdict":["X"]}\'', "has a value in verdict that is no verdict"],
    ['--allowlist \'{"nodeLabels":["a"]}\'', "has nodeLabels, which can't be used here"],
    ["--allowlist '{'", "is not JSON"],
    ["--denylist '[]'", "is not made of JSON objects"],
    ["x".repeat(5_000), "A filter has at most 4000 characters"],
    ["x ".repeat(200), "A filter has at most 100 terms"],
  ])("%s", (text, words) => {
    expect(problemsOf(text)).toContain(words);
  });

  it("each at its place, and all of them at once", () => {
    const { problems } = readFilter("cart --verdikt X --port 99999 --ip 10.0.0.1", NOW_MS);
    expect(problems.map(({ start, end, unfinished }) => [start, end, unfinished])).toEqual([
      [5, 14, false],
      [17, 29, false],
    ]);
  });

  it("quoting no more than a bit of what was written", () => {
    expect(problemsOf(`--verdict ${"x".repeat(3_000)}`).length).toBeLessThan(400);
  });
});

describe("what is not yet written", () => {
  it.each([
    "--verd",
    "--verdict",
    "--verdict ",
    "--verdict DRO",
    "--not",
    "--not ",
    "--http-path '(",
    "--port 1 --por",
  ])("%j is unfinished", (text) => {
    const { problems } = readFilter(text, NOW_MS);
    expect(problems).not.toEqual([]);
    expect(problems.every(({ unfinished }) => unfinished)).toBe(true);
  });

  it.each(["--verd ", "--verdict DRO ", "--por 1 --verdict"])("%j has something wrong", (text) => {
    expect(readFilter(text, NOW_MS).problems.some(({ unfinished }) => !unfinished)).toBe(true);
  });
});

describe("a command line of hubble observe", () => {
  it.each([
    "hubble observe --verdict DROPPED -f",
    "$ hubble observe flows --follow --verdict DROPPED",
    "/usr/local/bin/hubble observe --server tls://relay:443 --verdict DROPPED -o jsonpb",
    "sudo hubble observe --last 100 --verdict=DROPPED --tls --tls-server-name x",
    "kubectl -n kube-system exec ds/cilium -c cilium-agent -- hubble observe --verdict DROPPED",
    "hubble observe \\\n  --verdict \\\n  DROPPED",
    "hubble observe --verdict DROPPED | jq . > out.json",
    "hubble observe --verdict DROPPED --print-node-name -f -o=json --color never",
  ])("%j is read", (text) => {
    const { filter, isCommand } = readFilter(text, NOW_MS);
    expect(isCommand).toBe(true);
    expect(filter?.whitelist).toEqual([{ verdict: ["DROPPED"] }]);
    expect(filter?.words).toEqual([]);
  });

  it("says which flags it leaves out", () => {
    const { notes } = readFilter("hubble observe -f --server relay:80 --basic-auth-password secret | grep x", NOW_MS);
    expect(notes.join("\n")).toContain("-f");
    expect(notes.join("\n")).toContain("--server");
    expect(notes.join("\n")).not.toContain("secret");
    expect(notes.join("\n")).toContain("What follows the command is left out");
  });

  it("escapes as a shell does, and what is typed as it stands", () => {
    expect(filterOf("hubble observe --http-path /a\\.b\\ c").whitelist).toEqual([{ http_path: ["/a.b c"] }]);
    expect(filterOf("--http-path /a\\.b\\ c").whitelist).toEqual([{ http_path: ["/a\\.b c"] }]);
  });

  it("is not what only mentions one", () => {
    expect(filterOf("what hubble observe says").words).toEqual(["what", "hubble", "observe", "says"]);
  });
});

describe("free words", () => {
  it("are in lower case, each once", () => {
    expect(filterOf("Cart PAY cart 'two words' \"-x\"").words).toEqual(["cart", "pay", "two words", "-x"]);
    expect(filterOf("a --not b --nor c")).toMatchObject({ words: ["a"], noWords: ["b", "c"] });
  });

  it("may stand among flags", () => {
    expect(filterOf("cart --verdict DROPPED pay")).toMatchObject({
      words: ["cart", "pay"],
      whitelist: [{ verdict: ["DROPPED"] }],
    });
  });
});

describe("filters of the API", () => {
  it("are one for each side where a flag is for either", () => {
    expect(filterOf("--pod a/b --verdict DROPPED --verdict AUDIT").whitelist).toEqual([
      { source_pod: ["a/b"], verdict: ["DROPPED", "AUDIT"] },
      { destination_pod: ["a/b"], verdict: ["DROPPED", "AUDIT"] },
    ]);
  });

  it("hold namespaces as parts of pods and services", () => {
    expect(filterOf("-n a -n b --pod x --pod c/y".replace(" --pod c/y", "")).whitelist).toEqual([
      { source_pod: ["a/x", "b/x"] },
      { destination_pod: ["a/x", "b/x"] },
    ]);
    expect(filterOf("--to-namespace a --to-service s").whitelist).toEqual([{ destination_service: ["a/s"] }]);
    expect(filterOf("-A").whitelist).toEqual([{ source_pod: ["/"] }, { destination_pod: ["/"] }]);
  });

  it("are one blacklist for all --not, and one for each --nor", () => {
    expect(filterOf("--not --protocol dns --not --verdict AUDIT").blacklist).toEqual([
      { protocol: ["dns"], verdict: ["AUDIT"] },
    ]);
    expect(filterOf("--nor --protocol dns --nor --verdict AUDIT").blacklist).toEqual([
      { protocol: ["dns"] },
      { verdict: ["AUDIT"] },
    ]);
    expect(readFilter("--not --protocol dns --not --verdict AUDIT", NOW_MS).notes.join()).toContain("--nor");
    expect(readFilter("--not --protocol dns --not --protocol tcp", NOW_MS).notes).toEqual([]);
  });

  it("tell where an address is written otherwise than Hubble writes it", () => {
    expect(readFilter("--ip 2001:DB8:0::1", NOW_MS).notes.join()).toContain("2001:db8::1");
    expect(readFilter("--ip 2001:db8::1 --ip ::1 --ip ::", NOW_MS).notes).toEqual([]);
  });
});
