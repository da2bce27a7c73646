/**
 * Hubble's own filter: `flow.FlowFilter` as JSON, as far as the kept fields of a flow go.
 *
 * A flow passes where (there is no whitelist, or one of its filters matches) and no filter of the blacklist does. Within one filter the fields
 * must all match, and of a field's values one must. A field that is missing or empty matches everything.
 */

export interface EventTypeFilter {
  /** 0 is any. */
  readonly type: number;
  readonly match_sub_type?: boolean;
  readonly sub_type?: number;
}

export interface WorkloadFilter {
  /** "" is any. */
  readonly name: string;
  readonly kind: string;
}

export interface HeaderFilter {
  readonly key: string;
  readonly value: string;
}

export type TcpFlagsFilter = Readonly<Partial<Record<string, boolean>>>;

/** The type of a value of each field. */
export interface FieldValues {
  uuid: string;
  event_type: EventTypeFilter;
  verdict: string;
  drop_reason_desc: string;
  traffic_direction: string;
  reply: boolean;
  encrypted: boolean;
  protocol: string;
  ip_version: string;
  source_identity: number;
  destination_identity: number;
  source_pod: string;
  destination_pod: string;
  source_workload: WorkloadFilter;
  destination_workload: WorkloadFilter;
  source_service: string;
  destination_service: string;
  source_cluster_name: string;
  destination_cluster_name: string;
  source_port: string;
  destination_port: string;
  source_ip: string;
  destination_ip: string;
  source_ip_xlated: string;
  tcp_flags: TcpFlagsFilter;
  node_name: string;
  source_fqdn: string;
  destination_fqdn: string;
  source_label: string;
  destination_label: string;
  http_status_code: string;
  http_method: string;
  http_header: HeaderFilter;
  http_path: string;
  http_url: string;
  dns_query: string;
  /** Not one of Hubble's: `[NAMESPACE/]NAME` of a policy that allowed or denied the flow. For Hubble it is written as a CEL expression. */
  policy: string;
}

export type Field = keyof FieldValues;

export type FlowFilter = { readonly [F in Field]?: readonly FieldValues[F][] };

export type MutableFlowFilter = { [F in Field]?: FieldValues[F][] };

/** What decides whether a flow passes, but for free words. */
export interface FlowFilters {
  readonly whitelist: readonly FlowFilter[];
  readonly blacklist: readonly FlowFilter[];
}
