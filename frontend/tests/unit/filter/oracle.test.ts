/**
 * The page's filters against those of the mock Hubble server, which were written on their own, over all flows of the captures: two readings of
 * the same rules have to come to the same flows.
 */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { isFlow } from "../../../src/wire/flow";
import { filterOf, passesFilter } from "./matching";

const CAPTURES = ["shop", "odd"].map((name) =>
  fileURLToPath(new URL(`../../../../demo/captures/${name}.jsonl`, import.meta.url)),
);

const FILTERS = [
  "",
  ...[
    "--verdict DROPPED",
    "--verdict FORWARDED --verdict AUDIT",
    "--verdict VERDICT_UNKNOWN",
    "--not --verdict FORWARDED",
  ],
  ...["--drop-reason-desc POLICY_DENIED", "--drop-reason-desc DROP_REASON_UNKNOWN", "--drop-reason-desc AUTH_REQUIRED"],
  ...[
    "-n shop",
    "--from-namespace pay",
    "--to-namespace kube-system",
    "-A",
    "--from-all-namespaces",
    "--to-all-namespaces",
  ],
  ...[
    "--pod shop/cart",
    "--pod cart",
    "--pod /c",
    "--from-pod shop/",
    "--to-pod /",
    "-n shop --pod c",
    "--pod pay/ledger --port 5432",
  ],
  ...["--service shop/frontend", "--to-service shop/", "--namespace pay --service p", "--from-service /"],
  ...["--workload cart", "--workload Deployment/cart", "--to-workload StatefulSet/", "--from-workload cart"],
  ...[
    "--ip 10.0.1.11",
    "--ip 10.0.0.0/8",
    "--to-ip 203.0.113.0/24",
    "--ip fd00::/8",
    "--from-ip ::/0",
    "--ip 0.0.0.0/0",
  ],
  ...["--snat-ip 0.0.0.0/0", "--port 443", "--to-port 53", "--from-port 0", "--port 0"],
  ...["tcp", "udp", "sctp", "icmp", "icmpv4", "icmpv6", "vrrp", "igmp", "dns", "http", "kafka"].map(
    (one) => `--protocol ${one}`,
  ),
  ...[
    "--type drop",
    "--type trace",
    "--type trace:to-endpoint",
    "--type trace:to-stack",
    "--type l7",
    "--type capture",
    "--type 0",
  ],
  ...["--type policy-verdict --type trace-sock", "--type drop:133", "--type trace-sock:1"],
  ...[
    "-l app=cart",
    "-l k8s:app=cart",
    "-l 'app in (cart,frontend)'",
    "-l 'app notin (cart)'",
    "-l '!app'",
    "-l app!=cart",
  ],
  ...["-l reserved:world", "--from-label reserved:host", "--to-label 'k8s:app=cart,reserved:world'", "-l ''"],
  ...["--identity world", "--from-identity host", "--to-identity 20102", "--identity 0", "--identity remote-node"],
  ...[
    "--fqdn '*'",
    "--fqdn '*.example'",
    "--to-fqdn api.bank.example",
    "--from-fqdn '*bank*'",
    "--fqdn 'API.bank.example.'",
  ],
  ...["--http-status 5+", "--http-status 200 --http-status 40+", "--http-method get", "--http-method DELETE"],
  ...[
    "--http-path '^/'",
    "--http-path 'c[a-h]+rges?$'",
    "--http-path '\\?'",
    "--http-path '(?i)CART'",
    "--http-url '^http://[a-z.]+:\\d+/'",
  ],
  ...["--http-url payment --http-url cart", "--http-header 'x:y'", "--type l7 --http-status 2+"],
  ...["--dns-query .", "--dns-query '^payment\\.'", "--dns-query 'local\\.$'", "--dns-query 'svc|example'"],
  ...[
    "--node-name node-1",
    "--node-name 'node-*'",
    "--node-name default/node-2",
    "--node-name 'default/'",
    "--node-name '*/node-3'",
    "--node-name 'd*/*1'",
  ],
  ...[
    "--cluster default",
    "--to-cluster default",
    "--from-cluster other",
    "--traffic-direction ingress",
    "--traffic-direction egress",
  ],
  ...[
    "--tcp-flags syn",
    "--tcp-flags syn,ack",
    "--tcp-flags rst --tcp-flags fin",
    "--ip-version v4",
    "-6",
    "--ip-version none",
  ],
  ...["--encrypted", "--unencrypted", "--reply", "--reply=false", "--reply --reply=false"],
  ...["--uuid 21cefc79-04e8-4860-a937-9bdccb329023", "--not --uuid 21cefc79-04e8-4860-a937-9bdccb329023"],
  ...["--verdict DROPPED --from-namespace shop --not --protocol udp", "--not --protocol tcp --not --namespace shop"],
  ...[
    "--nor --protocol tcp --nor --namespace shop",
    "--namespace shop --to-ip 10.0.0.0/8",
    "--pod shop/cart --fqdn '*'",
  ],
  ...[
    '--allowlist \'{"verdict":["DROPPED"]}{"reply":[true]}\'',
    "--verdict AUDIT --allowlist '{}'",
    '--denylist \'{"source_pod":["shop/"]}\'',
  ],
];

describe("the mock Hubble server", () => {
  const flows = CAPTURES.flatMap((path) =>
    readFileSync(path, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { flow?: unknown }).flow)
      .filter((flow) => isFlow(flow)),
  );

  it("lets through the same flows", () => {
    const asked = FILTERS.map((text) => {
      const { whitelist, blacklist } = filterOf(text);
      return { whitelist, blacklist };
    });
    const said = execFileSync("/usr/bin/python3", [fileURLToPath(new URL("oracle.py", import.meta.url)), ...CAPTURES], {
      input: JSON.stringify(asked),
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    const [readable = [], ...answers] = JSON.parse(said) as readonly (readonly string[])[];
    const known = new Set(readable);
    const common = flows.filter(({ uuid }) => uuid !== undefined && known.has(uuid));
    expect(common.length).toBeGreaterThan(300);
    let some = 0;
    for (const [index, text] of FILTERS.entries()) {
      const filter = filterOf(text);
      const own = common.filter((flow) => passesFilter(filter, flow)).map(({ uuid }) => uuid);
      if (own.length > 0 && own.length < common.length) some += 1;
      expect([text, own]).toEqual([text, answers[index]?.filter((uuid) => common.some((flow) => flow.uuid === uuid))]);
    }
    // Filters that let through all or nothing would agree easily.
    expect(some).toBeGreaterThan(FILTERS.length / 2);
  });
});
