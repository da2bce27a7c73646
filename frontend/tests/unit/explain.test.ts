import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { explainFlow } from "../../src/explain/explanation";
import { explainLoss } from "../../src/explain/losses";
import { suggestPolicy, type Suggestion } from "../../src/explain/policy";
import { REASONS, reasonOf } from "../../src/explain/reasons";
import { Noted, yamlText } from "../../src/explain/yaml";
import type { Endpoint, Flow } from "../../src/wire/flow";

/** Texts that break out of YAML, a comment, a command, a path or the mind of whoever reads them. */
const HOSTILE = [
  '"',
  "'",
  "\\",
  "a: b",
  "- x",
  "# no comment",
  "x\nkind: ClusterRoleBinding",
  "x\r\n- y",
  "\u0085next",
  "\u2028line",
  "\u0000",
  "\u001b[31m",
  "\ufeff",
  "\u202egpj",
  "{{ .Values.x }}",
  "*alias",
  "&anchor",
  "!!js/function x",
  "%TAG",
  "---",
  "...",
  "|",
  ">",
  "? key",
  "true",
  "No",
  "null",
  "~",
  "0x10",
  "1e3",
  "1_000",
  "12:30:45",
  "2026-01-02",
  ".inf",
  "=",
  "<<",
  " leading",
  "trailing ",
  "\ttab",
  "",
  "$(reboot)",
  "`reboot`",
  "'; reboot #",
  "<script>alert(1)</script>",
  "é世界😀",
  "\ud800",
  "__proto__",
  "constructor",
  "x".repeat(20_000),
];

const cart: Endpoint = {
  identity: 20_102,
  namespace: "shop",
  pod_name: "cart-7c4b8d6f5-9rjtm",
  cluster_name: "default",
  workloads: [{ name: "cart", kind: "Deployment" }],
  labels: ["k8s:app=cart", "k8s:pod-template-hash=7c4b8d6f5", "k8s:io.kubernetes.pod.namespace=shop"],
};
const frontend: Endpoint = {
  ...cart,
  workloads: [{ name: "frontend", kind: "Deployment" }],
  labels: ["k8s:app=frontend", "k8s:tier=web"],
};
const denied: Flow = {
  verdict: "DROPPED",
  drop_reason_desc: "POLICY_DENIED",
  traffic_direction: "INGRESS",
  source: frontend,
  destination: cart,
  IP: { source: "10.0.1.11", destination: "10.0.2.21" },
  l4: { TCP: { source_port: 40_000, destination_port: 7070 } },
};

function suggested(flow: Flow): Suggestion {
  const suggestion = suggestPolicy(flow);
  if (typeof suggestion === "string") throw new Error(suggestion);
  return suggestion;
}

/** The policy as a YAML parser of its own understands it, as version 1.2 and as 1.1 alike. */
function policy(flow: Flow): Record<string, unknown> {
  const { yaml } = suggested(flow);
  const value = parse(yaml, { version: "1.2", strict: true }) as Record<string, unknown>;
  expect(parse(yaml, { version: "1.1", strict: true })).toEqual(value);
  return value;
}

function rule(flow: Flow): unknown {
  const { spec } = policy(flow) as { spec: Record<string, unknown> };
  return spec["ingress"] ?? spec["egress"];
}

describe("YAML", () => {
  it.each(HOSTILE)("holds %.40j as a text, as a key and in a comment", (text) => {
    const data = { [`k${text}`]: text, list: [text, { [text === "__proto__" ? "p" : text]: [text] }], end: "here" };
    const noted = { ...data, noted: new Noted(text, { a: text }), elements: [new Noted(text, { b: [1, true] })] };
    const written = yamlText(noted);
    expect(written).toMatch(/^[\n -~]*$/);
    for (const version of ["1.1", "1.2"] as const) {
      expect(parse(written, { version, merge: false, strict: true })).toEqual({
        ...data,
        noted: { a: text },
        elements: [{ b: [1, true] }],
      });
    }
  });

  it("reads well where nothing is hostile", () => {
    expect(yamlText({ a: { b: ["x", { c: "8080", d: 1 }], e: [], f: {} }, g: [["x"]] })).toBe(
      ["a:", "  b:", "    - x", '    - c: "8080"', "      d: 1", "  e: []", "  f: {}", "g:", "  - - x", ""].join("\n"),
    );
  });
});

describe("a suggested policy", () => {
  it("allows exactly the flow, at the receiving end", () => {
    expect(policy(denied)).toEqual({
      apiVersion: "cilium.io/v2",
      kind: "CiliumNetworkPolicy",
      metadata: { name: "cart-from-frontend-7070", namespace: "shop" },
      spec: {
        endpointSelector: { matchLabels: { "k8s:app": "cart" } },
        ingress: [
          {
            fromEndpoints: [
              { matchLabels: { "k8s:app": "frontend", "k8s:tier": "web", "k8s:io.kubernetes.pod.namespace": "shop" } },
            ],
            toPorts: [{ ports: [{ port: "7070", protocol: "TCP" }] }],
          },
        ],
      },
    });
    expect(suggested(denied).mustFillIn).toBe(false);
  });

  it("is for the sending end where that refused it", () => {
    const value = policy({ ...denied, traffic_direction: "EGRESS" });
    expect(value).toMatchObject({
      metadata: { name: "frontend-to-cart-7070" },
      spec: {
        endpointSelector: { matchLabels: { "k8s:app": "frontend", "k8s:tier": "web" } },
        egress: [{ toEndpoints: [{ matchLabels: { "k8s:app": "cart", "k8s:io.kubernetes.pod.namespace": "shop" } }] }],
      },
    });
  });

  it("is for the connection where the flow is an answer", () => {
    const answer: Flow = {
      ...denied,
      is_reply: true,
      source: cart,
      destination: frontend,
      l4: { TCP: { source_port: 7070, destination_port: 40_000 } },
    };
    expect(policy(answer)).toEqual(policy(denied));
  });

  it("names the other cluster where there is one", () => {
    expect(rule({ ...denied, source: { ...frontend, cluster_name: "west" } })).toMatchObject([
      { fromEndpoints: [{ matchLabels: { "k8s:io.cilium.k8s.policy.cluster": "west" } }] },
    ]);
  });

  it.each<[string, Flow, unknown]>([
    [
      "an entity by its label",
      { source: { labels: ["reserved:remote-node", "reserved:kube-apiserver"] } },
      { fromEntities: ["kube-apiserver"] },
    ],
    ["an entity by its number", { source: { identity: 6 } }, { fromEntities: ["remote-node"] }],
    [
      "the world by its address",
      { source: { identity: 2 }, IP: { source: "203.0.113.7" } },
      { fromCIDR: ["203.0.113.7/32"] },
    ],
    [
      "the world by its IPv6 address",
      { source: { identity: 2 }, IP: { source: "2001:db8::7" } },
      { fromCIDR: ["2001:db8::7/128"] },
    ],
    [
      "a range of addresses",
      { source: { identity: 0x0100_0007 }, IP: { source: "203.0.113.7" } },
      { fromCIDR: ["203.0.113.7/32"] },
    ],
    ["the world without an address", { source: { identity: 2 }, IP: {} }, { fromEntities: ["world"] }],
    [
      "the world with a broken address",
      { source: { identity: 2 }, IP: { source: "::g" } },
      { fromEntities: ["world"] },
    ],
  ])("names %s", (_, more, expected) => {
    expect(rule({ ...denied, source_names: ["x.example"], ...more })).toMatchObject([expected]);
  });

  it("goes by the DNS name to the outside, and lets the name be looked up", () => {
    const flow: Flow = {
      ...denied,
      traffic_direction: "EGRESS",
      destination: { identity: 2, labels: ["reserved:world"] },
      destination_names: ["not a name", "API.Bank.example."],
    };
    expect(rule(flow)).toEqual([
      { toFQDNs: [{ matchName: "api.bank.example" }], toPorts: [{ ports: [{ port: "7070", protocol: "TCP" }] }] },
      {
        toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s:k8s-app": "kube-dns" } }],
        toPorts: [{ ports: [{ port: "53", protocol: "ANY" }], rules: { dns: [{ matchName: "api.bank.example" }] } }],
      },
    ]);
    expect(suggested(flow).notes.join()).toContain("DNS proxy");
  });

  it("goes down to the request where there is one", () => {
    const http = { method: "GET", url: "http://cart.shop:7070/v1/items(new)/a.b?id=7#x" };
    expect(rule({ ...denied, l7: { type: "REQUEST", http } })).toMatchObject([
      { toPorts: [{ rules: { http: [{ method: "GET", path: "/v1/items\\(new\\)/a\\.b(\\?.*)?" }] } }] },
    ]);
    const dns = { query: "Example.ORG." };
    expect(rule({ ...denied, l7: { type: "REQUEST", dns } })).toMatchObject([
      { toPorts: [{ rules: { dns: [{ matchName: "example.org" }] } }] },
    ]);
  });

  it("matches with its path what it was made from, and nothing else", () => {
    const url = "/a+b/(c)[d]{e}|f^g$h.i*j";
    const [{ toPorts }] = rule({ ...denied, l7: { http: { method: "GET", url } } }) as [
      { toPorts: [{ rules: { http: [{ path: string }] } }] },
    ];
    const path = new RegExp(`^(?:${toPorts[0].rules.http[0].path})$`);
    expect([path.test(url), path.test("/a+b/(c)[d]{e}|f^g$hXi*j"), path.test("/")]).toEqual([true, false, false]);
  });

  it.each<[string, Flow, unknown]>([
    ["ICMP", { l4: { ICMPv4: { type: 8 } } }, { icmps: [{ fields: [{ type: 8, family: "IPv4" }] }] }],
    ["an echo reply, whose type is 0", { l4: { ICMPv6: {} } }, { icmps: [{ fields: [{ type: 0, family: "IPv6" }] }] }],
    ["UDP", { l4: { UDP: { destination_port: 53 } } }, { toPorts: [{ ports: [{ port: "53", protocol: "UDP" }] }] }],
  ])("knows %s", (_, more, expected) => {
    expect(rule({ ...denied, ...more })).toMatchObject([expected]);
  });

  it.each<[string, Flow]>([
    ["no port", { l4: { TCP: {} } }],
    ["an impossible port", { l4: { TCP: { destination_port: 70_000 } } }],
    ["no transport that has ports", { l4: { VRRP: {} } }],
    ["no transport at all", { l4: {} }],
  ])("says that it opens every port where the flow has %s", (_, more) => {
    const { notes } = suggested({ ...denied, ...more });
    expect(notes.join()).toContain("every port");
    expect(rule({ ...denied, ...more })).not.toHaveProperty("0.toPorts");
  });

  it("says what must be filled in where labels are missing, and selects nothing until then", () => {
    const flow: Flow = { ...denied, source: { ...frontend, labels: [] }, destination: { ...cart, labels: [] } };
    const { yaml, mustFillIn } = suggested(flow);
    expect(mustFillIn).toBe(true);
    expect(yaml).toContain("# kubectl -n shop get deployment cart -o jsonpath=");
    expect(policy(flow)).toMatchObject({
      spec: {
        endpointSelector: { matchLabels: { "k8s:app": "FILL-IN" } },
        ingress: [
          { fromEndpoints: [{ matchLabels: { "k8s:app": "FILL-IN", "k8s:io.kubernetes.pod.namespace": "shop" } }] },
        ],
      },
    });
  });

  it("for the node itself is one for the whole cluster", () => {
    const flow: Flow = { ...denied, destination: { identity: 1 }, node_name: "default/node-1" };
    expect(policy(flow)).toMatchObject({
      kind: "CiliumClusterwideNetworkPolicy",
      spec: { nodeSelector: { matchLabels: { "kubernetes.io/hostname": "node-1" } } },
    });
    expect(suggested({ ...flow, node_name: "a b" }).mustFillIn).toBe(true);
  });

  it.each<[string, Flow]>([
    ["no pod is at the end that refused it", { ...denied, destination: { identity: 2 } }],
    ["nothing is known", { verdict: "DROPPED", drop_reason_desc: "POLICY_DENIED" }],
  ])("is none where %s", (_, flow) => {
    expect(suggestPolicy(flow)).toEqual(expect.any(String));
  });

  it("takes the direction from the ends where it is not told, and says so", () => {
    const flow: Flow = { ...denied, traffic_direction: "TRAFFIC_DIRECTION_UNKNOWN", destination: { identity: 2 } };
    expect(policy(flow)).toMatchObject({ spec: { egress: [{}] } });
    expect(suggested(flow).notes.join()).toContain("direction");
  });

  it.each(HOSTILE)("stays the same policy with %.40j in every text", (text) => {
    for (const traffic_direction of ["INGRESS", "EGRESS"]) {
      const end: Endpoint = {
        namespace: text,
        pod_name: text,
        cluster_name: `${text}2`,
        labels: [text, `k8s:${text}=${text}`, `k8s:app=${text}`],
        workloads: [{ name: text, kind: text }],
      };
      for (const peer of [end, { identity: 2, labels: [`reserved:${text}`] }]) {
        const subject = { ...end, cluster_name: text };
        const flow: Flow = {
          ...denied,
          traffic_direction,
          node_name: text,
          source: traffic_direction === "EGRESS" ? subject : peer,
          destination: traffic_direction === "EGRESS" ? peer : subject,
          source_names: [text],
          destination_names: [text],
          IP: { source: text, destination: text },
          l7: { type: text, http: { method: text, url: text }, dns: { query: text } },
        };
        const { yaml } = suggested(flow);
        expect(yaml).toMatch(/^[\n -~]*$/);
        const value = policy(flow) as { metadata: { namespace: string; name: string }; spec: Record<string, unknown> };
        expect(Object.keys(value)).toEqual(["apiVersion", "kind", "metadata", "spec"]);
        expect(value.metadata.namespace).toBe(text);
        expect(value.metadata.name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
        expect(Object.keys(value.spec)).toEqual(["endpointSelector", traffic_direction.toLowerCase()]);
        for (const line of yaml.split("\n").filter((one) => one.includes("kubectl"))) {
          expect(line).toMatch(/^ *# kubectl -n [a-z0-9.-]+ get (pod|[a-z]+) [a-z0-9.-]+ /);
        }
      }
    }
  });
});

describe("an explanation", () => {
  it("is there for every reason of the wire contract's enum", () => {
    const proto = readFileSync(
      new URL("../../../adapter/proto/hubble_adapter/wire/flow.proto", import.meta.url),
      "utf8",
    );
    const body = /enum DropReason \{([^}]*)\}/.exec(proto)?.[1] ?? "";
    const names = [...body.matchAll(/^\s*([A-Z0-9_]+) = \d+/gm)].map((match) => match[1] ?? "");
    expect(names.length).toBeGreaterThan(70);
    expect(names.filter((name) => !REASONS.includes(name))).toEqual([]);
    for (const name of REASONS) expect(reasonOf(name).means.length).toBeGreaterThan(15);
  });

  it.each([["__proto__"], ["constructor"], [999], ["NEW_REASON"]])(
    "of the reason %j, which is not known, says so",
    (reason) => {
      expect(reasonOf(reason).means).toContain("does not know");
    },
  );

  it("of default deny tells what that is and suggests a policy", () => {
    const explanation = explainFlow(denied);
    expect(explanation?.title).toBe("Dropped: POLICY_DENIED");
    expect(explanation?.defaultDeny).toContain("default deny");
    expect(explanation?.suggestion).toMatchObject({ mustFillIn: false });
    expect(explanation?.noPolicies).not.toBe("");
  });

  it("of a deny rule names it and suggests nothing, for no allow rule would help", () => {
    const explanation = explainFlow({
      ...denied,
      drop_reason_desc: "POLICY_DENY",
      ingress_denied_by: [{ namespace: "shop", name: "lockdown" }],
    });
    expect(explanation?.policies).toEqual([
      { effect: "denied", direction: "ingress", policies: [{ namespace: "shop", name: "lockdown" }] },
    ]);
    expect(explanation?.suggestion).toContain("deny rule");
    expect(explanation?.defaultDeny).toBe("");
  });

  it("of a drop that policy has no part in suggests none", () => {
    expect(explainFlow({ ...denied, drop_reason_desc: "CT_MAP_INSERTION_FAILED" })?.suggestion).toBeNull();
    expect(explainFlow({ ...denied, drop_reason_desc: 300 })?.suggestion).toBeNull();
  });

  it("of a request that the proxy refused goes down to the request", () => {
    const flow: Flow = { verdict: "DROPPED", traffic_direction: "INGRESS", source: frontend, destination: cart };
    const explanation = explainFlow({
      ...flow,
      l4: { TCP: { destination_port: 80 } },
      l7: { http: { method: "GET", url: "/admin" } },
    });
    expect(explanation?.title).toBe("Refused by the proxy");
    expect(explanation?.suggestion).toMatchObject({ yaml: expect.stringContaining("/admin") as string });
  });

  it("is there for audit, error, redirection and what a policy allowed, and for nothing else", () => {
    const titles = ["AUDIT", "ERROR", "REDIRECTED"].map((verdict) => explainFlow({ ...denied, verdict })?.title);
    expect(titles).toEqual(["Let through in audit mode", "Error", "Handed to the proxy"]);
    expect(explainFlow({ verdict: "FORWARDED" })).toBeNull();
    expect(explainFlow({ verdict: "FORWARDED", ingress_allowed_by: [{ name: "web" }] })?.title).toBe("Allowed");
  });
});

describe("a loss", () => {
  const unknown = explainLoss({ kind: "BRAND_NEW" });

  it("is explained whatever its kind, and each kind that the documents name in words of its own", () => {
    const documents = readFileSync("../docs/operations.md", "utf8");
    const table = documents.slice(documents.indexOf("### Losses"), documents.indexOf("### Metrics"));
    const kinds = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, kind = ""]) => kind);
    expect(kinds).toContain("HUBBLE_RING_BUFFER");
    for (const kind of [...kinds, "unconfirmed"]) {
      const { means, look, reachedBroker } = explainLoss({ kind });
      expect([kind, means !== unknown.means, look !== "", reachedBroker]).toEqual([kind, true, true, false]);
    }
  });

  it("of the page's own may be in the history", () => {
    for (const kind of ["queue", "browser", "away", "narrowed"]) {
      expect([kind, explainLoss({ kind }).reachedBroker]).toEqual([kind, true]);
    }
  });

  it("of a kind that is named like a part of every object is one that is not known", () => {
    expect(explainLoss({ kind: "constructor" })).toEqual(unknown);
  });
});
