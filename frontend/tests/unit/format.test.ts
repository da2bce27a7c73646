import { describe, expect, it } from "vitest";

import { ALL_COLUMNS, cellTexts, COLUMNS, COLUMNS_BY_ID, LOCAL_READING, policyText } from "../../src/flow/columns";
import { sideText, sourceOf } from "../../src/flow/endpoint";
import { fieldGroups } from "../../src/flow/fields";
import { shownJson, wholeJson } from "../../src/flow/json";
import { latencyText, summaryOf } from "../../src/flow/summary";
import { isTimeZone, millisOf, relativeTime, ZoneClock } from "../../src/flow/time";
import { forCell, seen, seenLines } from "../../src/flow/visible";
import type { Flow } from "../../src/wire/flow";

const UTC = new ZoneClock("utc");

describe("a summary", () => {
  it.each<[string, Flow]>([
    ["SYN ACK", { l4: { TCP: { flags: { ACK: true, SYN: true, RST: false } } } }],
    ["", { l4: { TCP: { destination_port: 80 } } }],
    [
      "ACK · to endpoint · reply",
      { l4: { TCP: { flags: { ACK: true } } }, trace_observation_point: "TO_ENDPOINT", is_reply: true },
    ],
    ["echo request", { l4: { ICMPv4: { type: 8 } } }],
    ["echo reply", { l4: { ICMPv4: {} } }],
    ["destination unreachable (code 3)", { l4: { ICMPv4: { type: 3, code: 3 } } }],
    ["type 250", { l4: { ICMPv6: { type: 250 } } }],
    ["neighbour solicitation", { l4: { ICMPv6: { type: 135 } } }],
    ["group 224.0.0.1", { l4: { IGMP: { group_address: "224.0.0.1" } } }],
    ["router 51 priority 100", { l4: { VRRP: { vrid: 51, priority: 100 } } }],
    ["post direction fwd", { sock_xlate_point: "SOCK_XLATE_POINT_POST_DIRECTION_FWD" }],
    ["42", { trace_observation_point: 42 }],
    [
      "GET http://reviews:9080/ → 503 4.06 s",
      {
        l7: {
          type: "RESPONSE",
          latency_ns: "4056373476",
          http: { code: 503, method: "GET", url: "http://reviews:9080/" },
        },
      },
    ],
    ["POST /pay", { l7: { type: "REQUEST", http: { code: 0, method: "POST", url: "/pay" } } }],
    ["DNS A,AAAA example.org.", { l7: { type: "REQUEST", dns: { query: "example.org.", qtypes: ["A", "AAAA"] } } }],
    [
      "DNS A example.org. → NXDOMAIN",
      { l7: { type: "RESPONSE", dns: { query: "example.org.", qtypes: ["A"], rcode: 3 } } },
    ],
    [
      "DNS A a. → 1.1.1.1, 2.2.2.2, 3.3.3.3 +1",
      {
        l7: {
          type: "RESPONSE",
          dns: { query: "a.", qtypes: ["A"], ips: ["1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4"] },
        },
      },
    ],
    ["DNS a. → NOERROR", { l7: { type: "RESPONSE", dns: { query: "a." } } }],
    ["DNS a. → RCODE 4000", { l7: { type: "RESPONSE", dns: { query: "a.", rcode: 4000 } } }],
    ["Kafka produce orders → error 3", { l7: { kafka: { api_key: "produce", topic: "orders", error_code: 3 } } }],
    ["sample", { l7: { type: "SAMPLE" } }],
    ["", {}],
  ])("is %j", (text, flow) => {
    expect(summaryOf(flow)).toBe(text);
  });
});

describe("a latency", () => {
  it.each([
    ["999", "1 µs"],
    ["412000", "412 µs"],
    ["18300000", "18.3 ms"],
    ["4056373476", "4.06 s"],
    ["nonsense", ""],
  ])("of %s ns is %j", (ns, text) => {
    expect(latencyText(ns)).toBe(text);
  });
});

describe("a side", () => {
  it.each<[string, Flow]>([
    [
      "shop/cart-1",
      { source: { namespace: "shop", pod_name: "cart-1", workloads: [{ name: "cart" }] }, IP: { source: "10.0.0.1" } },
    ],
    ["shop/cart", { source: { namespace: "shop", workloads: [{ name: "cart", kind: "Deployment" }] } }],
    ["lonely-pod", { source: { pod_name: "lonely-pod" } }],
    [
      "world example.org 203.0.113.7",
      {
        source: { labels: ["k8s:a=b", "reserved:world"] },
        source_names: ["example.org"],
        IP: { source: "203.0.113.7" },
      },
    ],
    ["world a +2", { source: { identity: 2 }, source_names: ["a", "b", "c"] }],
    ["remote-node 10.0.0.2", { source: { identity: 6 }, IP: { source: "10.0.0.2" } }],
    ["shop/ 10.0.0.3", { source: { namespace: "shop" }, IP: { source: "10.0.0.3" } }],
    ["10.0.0.4", { IP: { source: "10.0.0.4" } }],
    ["identity 4711", { source: { identity: 4711 } }],
    ["", {}],
  ])("is called %j", (text, flow) => {
    expect(sideText(sourceOf(flow))).toBe(text);
  });
});

describe("a time", () => {
  const summer = Date.UTC(2026, 6, 1, 22, 30, 5, 67);
  const winter = Date.UTC(2026, 0, 1, 22, 30, 5, 67);

  it.each([
    ["utc", "22:30:05.067", "2026-07-01 22:30:05.067 +00:00", "2026-01-01 22:30:05.067 +00:00"],
    ["Europe/Berlin", "00:30:05.067", "2026-07-02 00:30:05.067 +02:00", "2026-01-01 23:30:05.067 +01:00"],
    ["Asia/Kathmandu", "04:15:05.067", "2026-07-02 04:15:05.067 +05:45", "2026-01-02 04:15:05.067 +05:45"],
    ["America/St_Johns", "20:00:05.067", "2026-07-01 20:00:05.067 -02:30", "2026-01-01 19:00:05.067 -03:30"],
  ])("in %s", (zone, time, full, fullInWinter) => {
    const clock = new ZoneClock(zone);
    expect([clock.time(summer), clock.full(summer), clock.full(winter)]).toEqual([time, full, fullInWinter]);
  });

  it("in the browser's zone is what a Date says", () => {
    const date = new Date(summer);
    expect(new ZoneClock("local").time(summer).slice(0, 8)).toBe(
      [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":"),
    );
  });

  it("changes with the zone's summer time, to the minute", () => {
    const clock = new ZoneClock("Europe/Berlin");
    const change = Date.UTC(2026, 2, 29, 1);
    expect([clock.time(change - 1), clock.time(change)]).toEqual(["01:59:59.999", "03:00:00.000"]);
  });

  it("as far away as a Date goes is still told", () => {
    expect(new ZoneClock("Asia/Tokyo").full(8.64e15)).toContain("275760");
    expect(new ZoneClock("Asia/Tokyo").full(-8.64e15)).toContain("-271821");
  });

  it.each([
    [0, "0.0 s ago"],
    [2_340, "2.3 s ago"],
    [45_000, "45 s ago"],
    [300_000, "5 min ago"],
    [3 * 3_600_000, "3 h ago"],
    [5 * 86_400_000, "5 d ago"],
    [-5_000, "in 5.0 s"],
  ])("%d ms before now is %j", (ms, text) => {
    expect(relativeTime(1_000_000_000 - ms, 1_000_000_000)).toBe(text);
  });

  it("has zones, and some texts are none", () => {
    expect(["local", "utc", "Europe/Berlin"].map(isTimeZone)).toEqual([true, true, true]);
    expect(["Mars/Base", "", "x".repeat(1_000), null, 3].map(isTimeZone)).toEqual([false, false, false, false, false]);
  });

  it("may have nanoseconds, or be none at all", () => {
    expect(millisOf("2026-01-02T03:04:05.678901234Z")).toBe(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
    expect(millisOf("yesterday")).toBeNull();
    expect(millisOf("9".repeat(1_000))).toBeNull();
    expect(millisOf(undefined)).toBeNull();
  });
});

describe("text that is made visible", () => {
  it.each([
    ["plain-1.2_x/é世界", "plain-1.2_x/é世界"],
    ["pod\u202egpj.exe", "pod\\u202egpj.exe"],
    ["zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"],
    ["nul\u0000esc\u001b[31m", "nul\\u0000esc\\u001b[31m"],
    ["tag\u{e0041}", "tag\\u{e0041}"],
    ["lone\ud800", "lone\\ud800"],
    ["<b onclick=x>&amp;", "<b onclick=x>&amp;"],
    ["\u2066isolate\u2069", "\\u2066isolate\\u2069"],
  ])("%j becomes %j", (raw, shown) => {
    expect(seen(raw)).toBe(shown);
  });

  it("is cut for a cell before it is looked at", () => {
    expect(forCell("x".repeat(1 << 20)).length).toBeLessThan(500);
  });

  it("keeps its line breaks where it has lines", () => {
    expect(seenLines("a\n\u202eb")).toBe("a\n\\u202eb");
  });
});

describe("cells", () => {
  it("are there for a flow without any field", () => {
    expect(cellTexts({})).toEqual(["", "UNKNOWN", "", "", "", "", "", ""]);
  });

  it("show what the columns say", () => {
    const flow: Flow = {
      verdict: "DROPPED",
      drop_reason_desc: "POLICY_DENIED",
      l4: { UDP: { source_port: 5, destination_port: 53 } },
    };
    const cells: Record<string, string> = Object.fromEntries(
      cellTexts(flow).map((text, index) => [COLUMNS[index]?.id ?? "", text]),
    );
    expect(cells).toMatchObject({ verdict: "DROPPED", reason: "POLICY_DENIED", port: "53/UDP" });
  });

  it("show numbers for names of enums that are not known", () => {
    expect(cellTexts({ verdict: 99, drop_reason_desc: 300 }).slice(1, 3)).toEqual(["99", "300"]);
  });

  it("show ICMP without a port, and a port of 0 as none", () => {
    expect(cellTexts({ l4: { ICMPv4: { type: 8 } } })[5]).toBe("ICMPv4");
    expect(cellTexts({ l4: { TCP: {} } })[5]).toBe("TCP");
  });
});

describe("columns", () => {
  const l7: Flow = {
    node_name: "default/node-1",
    traffic_direction: "EGRESS",
    event_type: { type: 129 },
    is_reply: true,
    IP: { source: "10.0.0.1", destination: "10.0.0.2" },
    source: { identity: 7, namespace: "shop", workloads: [{ name: "cart" }], labels: ["k8s:app=cart", "k8s:a=b"] },
    destination: { identity: 2, labels: ["reserved:world"] },
    destination_names: ["a.example", "b.example"],
    destination_service: { namespace: "pay", name: "bank" },
    egress_allowed_by: [{ namespace: "shop", name: "web" }, { name: "all" }],
    l4: { TCP: { source_port: 40_000, destination_port: 443 } },
    l7: { type: "RESPONSE", latency_ns: "1500000", http: { code: 503 } },
  };

  it.each([
    ["direction", "egress"],
    ["node", "default/node-1"],
    ["event", "L7"],
    ["protocol", "TCP"],
    ["dns", "a.example, b.example"],
    ["http_status", "503"],
    ["latency", "1.50 ms"],
    ["reply", "yes"],
    ["policy", "shop/web, all"],
    ["source_namespace", "shop"],
    ["source_workload", "cart"],
    ["destination_workload", "world"],
    ["destination_ip", "10.0.0.2"],
    ["source_port", "40000"],
    ["destination_identity", "2"],
    ["source_labels", "k8s:app=cart, k8s:a=b"],
    ["service", "pay/bank"],
  ])("%s tells %j", (id, text) => {
    expect(COLUMNS_BY_ID.get(id)?.text(l7, LOCAL_READING)).toBe(text);
  });

  it("have ids of their own, and nothing to tell of a flow without fields", () => {
    expect(COLUMNS_BY_ID.size).toBe(ALL_COLUMNS.length);
    const texts = cellTexts({}, ALL_COLUMNS);
    expect(texts.filter((text) => text !== "")).toEqual(["UNKNOWN"]);
  });

  it("tell who denied before who allowed", () => {
    const flow: Flow = { egress_allowed_by: [{ name: "yes" }], ingress_denied_by: [{ namespace: "pay", name: "no" }] };
    expect(policyText(flow)).toBe("✕ pay/no");
  });
});

describe("details", () => {
  it("leave out groups and fields that the flow lacks", () => {
    expect(fieldGroups({}, UTC)).toEqual([
      { title: "Flow", fields: [{ label: "Verdict", value: "UNKNOWN", whole: "UNKNOWN" }] },
    ]);
  });

  it("hold every field that is kept, each with a value of its own", () => {
    let number = 1_000;
    const texts: string[] = [];
    const unique = (): string => {
      const text = `text${(number += 1)}x`;
      texts.push(text);
      return text;
    };
    const count = (): number => {
      texts.push(String((number += 1)));
      return number;
    };
    const policies = [{ name: unique(), namespace: unique(), kind: unique(), revision: unique() }];
    const endpoint = {
      ...{ identity: count(), namespace: unique(), pod_name: unique(), cluster_name: unique() },
      ...{ labels: [unique(), unique()], workloads: [{ name: unique(), kind: unique() }] },
    };
    const service = { name: unique(), namespace: unique() };
    const flow: Flow = {
      ...{ uuid: unique(), node_name: unique(), Type: unique(), verdict: unique(), drop_reason_desc: unique() },
      ...{ time: "2026-01-02T03:04:05.678901234Z", traffic_direction: "INGRESS", is_reply: false },
      ...{ event_type: { type: count(), sub_type: count() }, policy_match_type: count() },
      ...{ trace_observation_point: unique(), debug_capture_point: unique(), sock_xlate_point: unique() },
      IP: { source: unique(), destination: unique(), ipVersion: unique(), encrypted: true, source_xlated: unique() },
      l4: { TCP: { source_port: count(), destination_port: count(), flags: { SYN: true, CWR: true } } },
      l7: {
        ...{ type: unique(), latency_ns: "412000" },
        dns: {
          ...{ query: unique(), ips: [unique()], ttl: count(), cnames: [unique()], observation_source: unique() },
          ...{ rcode: count(), qtypes: [unique()], rrtypes: [unique()] },
        },
        http: {
          ...{ code: count(), method: unique(), url: unique(), protocol: unique() },
          headers: [{ key: unique(), value: unique() }],
        },
        kafka: {
          ...{ error_code: count(), api_version: count(), api_key: unique(), correlation_id: count(), topic: unique() },
        },
      },
      ...{ source: endpoint, destination: { identity: count(), labels: [unique()] } },
      ...{ source_names: [unique()], destination_names: [unique()], source_service: service },
      ...{ egress_allowed_by: policies, ingress_denied_by: policies },
    };
    const shown = fieldGroups(flow, UTC)
      .flatMap(({ fields }) => fields.map(({ whole }) => whole))
      .join("\n");
    const all = `${shown}\nINGRESS`.toLowerCase();
    expect(texts.filter((text) => !all.includes(text))).toEqual([]);
    for (const text of ["678901234z", "412 µs", "syn cwr", "ingress", "no", "yes"]) expect(all).toContain(text);
  });

  it.each<[string, Flow]>([
    ["ICMP", { l4: { ICMPv4: { type: 3, code: 13 } } }],
    ["VRRP", { l4: { VRRP: { type: 3, vrid: 13, priority: 99 } } }],
    ["IGMP", { l4: { IGMP: { type: 3, group_address: "13" } } }],
  ])("hold the fields of %s", (_, flow) => {
    const fields = fieldGroups(flow, UTC).find(({ title }) => title === "Transport")?.fields ?? [];
    expect(fields.map(({ whole }) => whole)).toEqual(expect.arrayContaining(["3", "13"]));
  });

  it("name policies and write addresses with their port", () => {
    const groups = fieldGroups(
      {
        IP: { source: "fd00::1", destination: "10.0.0.1" },
        l4: { TCP: { source_port: 1, destination_port: 2 } },
        egress_denied_by: [{ kind: "CiliumNetworkPolicy", namespace: "shop", name: "deny" }, { name: "all" }],
      },
      UTC,
    );
    const values = groups.flatMap(({ fields }) => fields.map(({ value }) => value));
    expect(values).toContain("[fd00::1]:1");
    expect(values).toContain("10.0.0.1:2");
    expect(values).toContain("CiliumNetworkPolicy shop/deny, all");
  });
});

describe("a flow as JSON", () => {
  it("is the whole flow", () => {
    const flow: Flow = { uuid: "a", source: { namespace: "shop" } };
    expect(JSON.parse(shownJson(flow).text)).toEqual(flow);
    expect(shownJson(flow).isCut).toBe(false);
  });

  it("is cut where it is long, but not for copying", () => {
    const flow: Flow = { uuid: "x".repeat(1 << 20) };
    const { text, isCut } = shownJson(flow);
    expect(isCut).toBe(true);
    expect(text.length).toBeLessThan(10_000);
    expect(text).toContain("(1048576 characters)");
    expect(JSON.parse(wholeJson(flow))).toEqual(flow);
  });

  it("writes out what can't be seen", () => {
    expect(shownJson({ uuid: "a\u202eb" }).text).toContain("a\\u202eb");
  });

  it("nested too deeply says so", () => {
    const deep: unknown = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`);
    expect(shownJson({ deep } as Flow).text).toContain("too deeply");
  });
});
