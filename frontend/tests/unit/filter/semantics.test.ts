/**
 * What each flag matches: the rules of Hubble's server and of `hubble observe`, one by one.
 */

import { describe, expect, it } from "vitest";

import type { Flow } from "../../../src/wire/flow";
import { passes } from "./matching";

const flow: Flow = {
  uuid: "u-1",
  time: "2026-01-02T03:04:05.678901234Z",
  node_name: "prod/node-1",
  Type: "L3_L4",
  verdict: "DROPPED",
  drop_reason_desc: "POLICY_DENIED",
  traffic_direction: "EGRESS",
  event_type: { type: 1, sub_type: 133 },
  IP: {
    source: "10.0.1.11",
    destination: "203.0.113.7",
    ipVersion: "IPv4",
    encrypted: true,
    source_xlated: "192.0.2.1",
  },
  l4: { TCP: { source_port: 40000, destination_port: 443, flags: { SYN: true, ACK: true } } },
  source: {
    identity: 20101,
    namespace: "shop",
    pod_name: "cart-7d9f-x",
    cluster_name: "prod",
    labels: ["k8s:app=cart", "k8s:team=blue"],
    workloads: [{ name: "cart", kind: "Deployment" }],
  },
  destination: { identity: 2, labels: ["reserved:world"] },
  destination_names: ["api.example.org"],
  destination_service: { namespace: "pay", name: "gateway" },
  egress_denied_by: [{ name: "lockdown", namespace: "shop", kind: "NetworkPolicy" }],
};

const web: Flow = {
  verdict: "FORWARDED",
  is_reply: true,
  event_type: { type: 129 },
  node_name: "node-2",
  l4: { TCP: { source_port: 8080, destination_port: 51000 } },
  l7: {
    type: "RESPONSE",
    http: {
      code: 503,
      method: "POST",
      url: "http://cart.shop/items/42?x=1",
      headers: [{ key: "X-Team", value: "Blue" }],
    },
  },
  source: { namespace: "default", pod_name: "front-1" },
  destination: { namespace: "shop" },
};

const lookup: Flow = {
  verdict: "FORWARDED",
  is_reply: false,
  event_type: { type: 4, sub_type: 3 },
  IP: { source: "2001:db8::1", destination: "2001:db8:0:1::53", ipVersion: "IPv6" },
  l4: { UDP: { source_port: 53533, destination_port: 53 } },
  l7: { type: "REQUEST", dns: { query: "cart.shop.svc.cluster.local." } },
};

const ping: Flow = { verdict: "AUDIT", l4: { ICMPv6: { type: 128 } }, IP: { ipVersion: "IPv6" } };

/** Of what is not IP, such as ARP, almost nothing is known. */
const bare: Flow = {};

describe("a flow that was dropped", () => {
  it.each([
    "--verdict DROPPED",
    "--verdict dropped",
    "--verdict=DROPPED",
    "--verdict FORWARDED --verdict DROPPED",
    "--drop-reason-desc POLICY_DENIED",
    "--namespace shop",
    "-n shop",
    "-nshop",
    "-n=shop",
    "--from-namespace shop",
    "--from-namespace pay --from-namespace shop",
    "-A",
    "--from-all-namespaces",
    "--pod shop/cart",
    "--pod shop/",
    "--pod /cart-7d9f",
    "--pod /",
    "--from-pod shop/cart-7d9f-x",
    "--namespace shop --pod cart",
    "--from-namespace shop --from-pod cart",
    "--service pay/gate",
    "--to-service pay/",
    "--namespace pay --service gateway",
    "--workload cart",
    "--workload Deployment/cart",
    "--workload Deployment/",
    "--from-workload /cart",
    "--ip 10.0.1.11",
    "--ip 203.0.113.7",
    "--ip 10.0.0.0/8",
    "--ip 10.99.99.99/8",
    "--to-ip 203.0.113.0/24",
    "--from-ip 0.0.0.0/0",
    "--from-ip 10.0.1.11/32",
    "--snat-ip 192.0.2.0/31",
    "--port 443",
    "--port 0443",
    "--to-port 443",
    "--from-port 40000",
    "--protocol tcp",
    "--protocol TCP",
    "--protocol dns --protocol tcp",
    "--type drop",
    "-t drop",
    "--type 1",
    "--type drop:133",
    "--label app=cart",
    "--label k8s:app=cart",
    "--label 'app in (pay, cart)'",
    "--label app=cart,team!=red",
    "--label '!zone'",
    "--to-label reserved:world",
    "--identity 20101",
    "--identity world",
    "--to-identity 0x2",
    "--fqdn api.example.org",
    "--fqdn API.example.org.",
    "--to-fqdn '*.example.org'",
    "--node-name node-1",
    "--node-name 'node-*'",
    "--node-name prod/node-1",
    "--node-name prod/",
    "--node-name 'p*/*'",
    "--cluster prod",
    "--traffic-direction egress",
    "--traffic-direction EGRESS",
    "--tcp-flags SYN",
    "--tcp-flags syn,ack",
    "--tcp-flags rst --tcp-flags ack",
    "--ip-version v4",
    "--ipv4",
    "-4",
    "--uuid u-1",
    "--encrypted",
    "--reply=false",
    "--policy shop/lockdown",
    "--since 10m",
    "--since 2026-01-02T03:04Z",
    "--since 2026-01-02",
    "--until 1m",
    "--until 2026-01-02T04:04:05.678+01:00",
    "--since 2026-01-02T03:04:05Z --until 2026-01-02T03:04:06Z",
    "--not --verdict FORWARDED",
    "",
    "--not --protocol tcp --not --namespace pay",
    "--verdict DROPPED --from-namespace shop --not --protocol dns",
    "--namespace shop --to-ip 203.0.113.7 --to-port 443",
    '--allowlist \'{"verdict":["DROPPED"],"sourcePod":["shop/"]}\'',
    '--verdict FORWARDED --allowlist \'{"verdict":["DROPPED"]}\'',
    "cart 443",
    "--not pay",
  ])("passes %s", (text) => {
    expect(passes(text, flow)).toBe(true);
  });

  it.each([
    "--verdict FORWARDED",
    "--drop-reason-desc AUTH_REQUIRED",
    "--namespace sho",
    "--to-namespace shop",
    "--to-all-namespaces",
    // Without a namespace it is that of the name default.
    "--pod cart",
    "--pod shop/7d9f",
    "--to-pod shop/cart",
    // A service is not a pod.
    "--pod pay/gateway",
    "--namespace pay",
    "--workload car",
    "--workload deployment/cart",
    "--to-workload cart",
    // Without a / it is compared as a text.
    "--ip 10.0.1.1",
    "--from-ip 203.0.113.7",
    "--from-ip 10.0.1.12/32",
    "--ip ::/0",
    "--ip ::ffff:10.0.1.11/128",
    "--snat-ip 10.0.1.11",
    "--port 80",
    "--to-port 40000",
    "--protocol udp",
    "--protocol http",
    "--type trace",
    "--type drop:134",
    "--label app=pay",
    "--label k8s:zone",
    "--from-label reserved:world",
    "--label any:zone",
    "--identity 1",
    "--from-identity world",
    "--fqdn example.org",
    "--fqdn '*example'",
    "--from-fqdn api.example.org",
    "--node-name node",
    "--node-name default/node-1",
    "--cluster pro",
    "--to-cluster prod",
    "--traffic-direction ingress",
    "--tcp-flags SYN,FIN",
    "--ip-version v6",
    "--ip-version none",
    "-6",
    "--uuid u-",
    "--unencrypted",
    "--reply",
    "--policy lockdown",
    "--policy pay/lockdown",
    "--http-status 5+",
    "--http-path .",
    "--dns-query .",
    "--since 1m",
    "--until 10m",
    "--since 2026-01-03",
    "--not --verdict DROPPED",
    "--verdict DROPPED --not --verdict DROPPED",
    "--verdict DROPPED --namespace pay",
    "--not --protocol tcp",
    "--not --protocol tcp --not --namespace shop",
    "--nor --namespace pay --nor --protocol tcp",
    "--denylist '{}'",
    '--allowlist \'{"verdict":["DROPPED"],"source_pod":["pay/"]}\'',
    "cart udp",
    "--not CART",
  ])("does not pass %s", (text) => {
    expect(passes(text, flow)).toBe(false);
  });
});

describe("HTTP", () => {
  it.each([
    "--protocol http",
    "--http-status 503",
    "--http-status 5+",
    "--http-status 50+",
    "--http-status 200 --http-status 5+",
    "--http-method post",
    "--http-path '^/items/\\d+$'",
    "--http-path /items/\\d+",
    "--http-path cart --http-path 42",
    "--http-url x=1",
    "--http-url '^http://[a-z.]+/'",
    "--http-header X-Team:Blue",
    "--type l7 --http-status 503",
    "--reply",
    "--node-name default/node-2",
    "--node-name node-2",
    "--to-pod shop/",
    "--from-pod front",
    "--namespace default",
  ])("passes %s", (text) => {
    expect(passes(text, web)).toBe(true);
  });

  it.each([
    "--http-method GET",
    // The path ends before the query, and the server's name is no part of it.
    "--http-path x=1",
    "--http-path cart",
    "--http-url POST",
    "--http-header x-team:Blue",
    "--http-header X-Team:blue",
    "--reply=false",
    "--not --reply",
    "--node-name prod/node-2",
    // The namespace is known, the pod is not.
    "--to-pod shop/cart",
    "--drop-reason-desc POLICY_DENIED",
  ])("does not pass %s", (text) => {
    expect(passes(text, web)).toBe(false);
  });

  it("has a status in its answer only", () => {
    expect(passes("--http-status 2+", { l7: { type: "REQUEST", http: { method: "GET", url: "/" } } })).toBe(false);
  });
});

describe("DNS", () => {
  it.each([
    "--protocol dns",
    "--protocol udp",
    "--dns-query '^cart\\.shop'",
    "--dns-query local\\.$",
    "--ip 2001:db8::1",
    "--ip 2001:db8::/64",
    "--to-ip 2001:db8:0:1::/64",
    "--type trace:to-stack",
    "--type trace",
    "--reply=false",
    "--not --reply",
    "--unencrypted",
  ])("passes %s", (text) => {
    expect(passes(text, lookup)).toBe(true);
  });

  it.each(["--dns-query '^shop'", "--ip 2001:db8:0:0::1", "--type trace:to-host", "--reply", "--http-url ."])(
    "does not pass %s",
    (text) => {
      expect(passes(text, lookup)).toBe(false);
    },
  );
});

describe("what a flow lacks", () => {
  it.each([
    "--verdict VERDICT_UNKNOWN",
    "--ip-version none",
    "--unencrypted",
    "--not --verdict DROPPED",
    "--not --namespace shop",
    "--not --type drop",
    "--label ''",
    "--label '!app'",
  ])("is its default: passes %s", (text) => {
    expect(passes(text, bare)).toBe(true);
  });

  it.each([
    "--verdict FORWARDED",
    "--reply",
    // Whether it is a reply is not known, and it was not dropped.
    "--reply=false",
    "--identity 0",
    "--type drop",
    "--type 0",
    "--port 0",
    "--node-name '*'",
    "--pod /",
    "-A",
    "--drop-reason-desc DROP_REASON_UNKNOWN",
    "--since 100000h",
  ])("matches nothing: does not pass %s", (text) => {
    expect(passes(text, bare)).toBe(false);
  });

  it("of an endpoint that is there is its default", () => {
    expect(passes("--identity 0", { source: {} })).toBe(true);
    expect(passes("--port 0", { l4: { UDP: {} } })).toBe(true);
    expect(passes("--drop-reason-desc DROP_REASON_UNKNOWN", { verdict: "DROPPED" })).toBe(true);
    expect(passes("--tcp-flags syn", { l4: { TCP: {} } })).toBe(false);
  });
});

describe("ICMP", () => {
  it.each([
    ["--protocol icmp", true],
    ["--protocol icmpv6", true],
    ["--protocol icmpv4", false],
    ["--port 0", false],
    ["--ipv6", true],
  ])("%s: %s", (text, expected) => {
    expect(passes(text, ping)).toBe(expected);
  });
});

describe("flags for either side", () => {
  it("mean the same side for all of them", () => {
    // The pod cart has the port 40000, and not 443.
    expect(passes("--pod shop/cart --port 40000", flow)).toBe(true);
    expect(passes("--pod shop/cart --port 443", flow)).toBe(false);
    expect(passes("--pod shop/cart --to-port 443", flow)).toBe(true);
    expect(passes("--identity world --port 443", flow)).toBe(true);
  });

  it("with a namespace mean a pod in it", () => {
    expect(passes("--from-namespace shop --pod cart", flow)).toBe(true);
    expect(passes("--namespace pay --pod cart", flow)).toBe(false);
    expect(passes("--namespace pay --namespace shop --pod cart", flow)).toBe(true);
  });
});
