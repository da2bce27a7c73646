/**
 * Tests of one side of a flow: names, identity, addresses, ports, labels.
 */

import type { Endpoint, Flow } from "../wire/flow";
import type { FieldValues, WorkloadFilter } from "./flowfilter";
import { contains, parseIp, parsePrefix, type Prefix } from "./ip";
import { parseSelector } from "./labels";
import { canonicalName, fqdnTest } from "./pattern";

export type FlowTest = (flow: Flow) => boolean;

export type Side = "source" | "destination";

/** Makes the test of a field from its values; one of them has to match. */
type Maker<F extends keyof FieldValues> = (values: readonly FieldValues[F][]) => FlowTest;

interface SideTests {
  readonly pod: Maker<"source_pod">;
  readonly service: Maker<"source_service">;
  readonly workload: Maker<"source_workload">;
  readonly identity: Maker<"source_identity">;
  readonly cluster: Maker<"source_cluster_name">;
  readonly port: Maker<"source_port">;
  readonly ip: Maker<"source_ip">;
  readonly fqdn: Maker<"source_fqdn">;
  readonly label: Maker<"source_label">;
}

/** Where the parts of a side stand. A field named in the source text is found several times as fast as one by a variable's value. */
interface Parts {
  readonly endpointOf: (flow: Flow) => Endpoint | undefined;
  readonly serviceOf: (flow: Flow) => Flow["source_service"];
  readonly addressOf: (flow: Flow) => string | undefined;
  readonly namesOf: (flow: Flow) => readonly string[] | undefined;
}

const PARTS: Readonly<Record<Side, Parts>> = {
  source: {
    endpointOf: (flow) => flow.source,
    serviceOf: (flow) => flow.source_service,
    addressOf: (flow) => flow.IP?.source,
    namesOf: (flow) => flow.source_names,
  },
  destination: {
    endpointOf: (flow) => flow.destination,
    serviceOf: (flow) => flow.destination_service,
    addressOf: (flow) => flow.IP?.destination,
    namesOf: (flow) => flow.destination_names,
  },
};

export function sideTests(side: Side): SideTests {
  const { endpointOf, serviceOf, addressOf, namesOf } = PARTS[side];
  return {
    pod: (values) => {
      const test = nameTest(values);
      return remembering(endpointOf, ({ namespace = "", pod_name = "" }) => test(namespace, pod_name));
    },
    service: (values) => {
      const test = nameTest(values);
      return (flow) => {
        const service = serviceOf(flow);
        return service !== undefined && test(service.namespace ?? "", service.name ?? "");
      };
    },
    workload: (values) =>
      remembering(
        endpointOf,
        ({ workloads }) => workloads?.some((one) => values.some((value) => isWorkload(value, one))) ?? false,
      ),
    identity: (values) => {
      const wanted = new Set(values);
      return (flow) => {
        const endpoint = endpointOf(flow);
        return endpoint !== undefined && wanted.has(endpoint.identity ?? 0);
      };
    },
    cluster: (values) => {
      const wanted = new Set(values);
      return (flow) => wanted.has(endpointOf(flow)?.cluster_name ?? "");
    },
    port: (values) => {
      const wanted = new Set(values.map(Number));
      return (flow) => {
        const port = portOf(flow, side);
        return port !== null && wanted.has(port);
      };
    },
    ip: (values) => addressTest(values, addressOf),
    fqdn: (values) => {
      const exact = new Set(values.filter((value) => !value.includes("*")).map(canonicalName));
      const patterns = values.filter((value) => value.includes("*")).map(fqdnTest);
      return (flow) => namesOf(flow)?.some((name) => exact.has(name) || patterns.some((test) => test(name))) ?? false;
    },
    label: (values) => {
      const selectors = values.map(parseSelector);
      return remembering(endpointOf, ({ labels = [] }) => selectors.some((test) => test(labels)));
    },
  };
}

/** Endpoints whose answer is remembered. */
const REMEMBERED_MAX = 16_384;

/** A test of an endpoint alone. Rows share their endpoints, so that each is looked at once. One that is missing is one without content. */
function remembering(
  endpointOf: (flow: Flow) => Endpoint | undefined,
  test: (endpoint: Endpoint) => boolean,
): FlowTest {
  const answers = new Map<Endpoint, boolean>();
  const missing = test({});
  return (flow) => {
    const endpoint = endpointOf(flow);
    if (endpoint === undefined) return missing;
    let answer = answers.get(endpoint);
    if (answer === undefined) {
      answer = test(endpoint);
      if (answers.size >= REMEMBERED_MAX) answers.clear();
      answers.set(endpoint, answer);
    }
    return answer;
  };
}

/** What is missing of an endpoint's port stands for 0; null is for flows that have no ports. */
export function portOf(flow: Flow, side: Side): number | null {
  const l4 = flow.l4;
  if (l4 === undefined) return null;
  const layer = l4.TCP ?? l4.UDP ?? l4.SCTP;
  if (layer === undefined) return null;
  return (side === "source" ? layer.source_port : layer.destination_port) ?? 0;
}

/** Addresses are compared as texts, as Hubble does; prefixes by bits. */
export function addressTest(values: readonly string[], addressOf: (flow: Flow) => string | undefined): FlowTest {
  const exact = new Set(values.filter((value) => !value.includes("/")));
  const prefixes = values.filter((value) => value.includes("/")).map(parsePrefix);
  const known = prefixes.filter((prefix): prefix is Prefix => prefix !== null);
  return (flow) => {
    const address = addressOf(flow);
    if (address === undefined || address === "") return false;
    if (exact.has(address)) return true;
    if (known.length === 0) return false;
    const groups = parseIp(address);
    return groups !== null && known.some((prefix) => contains(prefix, groups));
  };
}

/** `NAME` of the namespace default, or `NAMESPACE/NAME`; each may be empty for any, and NAME is a prefix. */
export function namespaceAndPrefix(value: string): readonly [namespace: string, prefix: string] {
  const [first = "", second] = value.split("/");
  return second === undefined ? ["default", first] : [first, second];
}

type NameTest = (namespace: string, name: string) => boolean;

function nameTest(values: readonly string[]): NameTest {
  const wanted = values.map(namespaceAndPrefix);
  return (namespace, name) => {
    if (namespace === "" && name === "") return false;
    for (const [wantedNamespace, prefix] of wanted) {
      if ((wantedNamespace === "" || wantedNamespace === namespace) && name.startsWith(prefix)) return true;
    }
    return false;
  };
}

function isWorkload(wanted: WorkloadFilter, one: { readonly name?: string; readonly kind?: string }): boolean {
  return (
    (wanted.name === "" || wanted.name === (one.name ?? "")) && (wanted.kind === "" || wanted.kind === (one.kind ?? ""))
  );
}
