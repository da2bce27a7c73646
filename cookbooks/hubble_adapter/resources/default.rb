# frozen_string_literal: true

unified_mode true
provides :hubble_adapter
resource_name :hubble_adapter

description 'The adapter that carries Hubble flows to RabbitMQ: releases, configuration, secrets and service'

property :version, String,
         regex: /\A[A-Za-z0-9][A-Za-z0-9.+~_-]*\z/,
         description: 'Version of the release, which names its folder. An earlier one that is still there comes back without a download'

property :source, String,
         description: 'Path or URL of the release, hubble-adapter-VERSION.tar.gz as `make dist` makes it'

property :sha256, String,
         regex: /\A[0-9a-f]{64}\z/,
         description: 'SHA-256 of the release, from SHA256SUMS beside it'

property :keep_releases, Integer,
         default: 3,
         callbacks: { 'must be at least 0' => ->(value) { value >= 0 } },
         description: 'How many earlier releases stay, to go back to'

property :dependencies, String,
         equal_to: %w(debian index none),
         default: 'debian',
         description: 'Where the Python modules come from: Debian packages, a package index (into a venv of the release), or elsewhere'

property :index_url, String,
         sensitive: true,
         description: 'Package index for dependencies "index"; pip\'s own default if not given'

property :packages, Array,
         default: [],
         description: 'Further Debian packages'

property :config, Hash,
         default: {},
         description: 'The settings of the adapter\'s configuration file, as in hubble-adapter.example.yaml'

property :secrets, Hash,
         default: {},
         sensitive: true,
         coerce: proc { |value| value.to_h { |name, content| [name.to_s, content] } },
         callbacks: {
           'must have names of letters, digits, dots, dashes and underscores, other than config.yaml' =>
             ->(value) { value.keys.all? { |name| name.match?(/\A[A-Za-z0-9_][A-Za-z0-9._-]*\z/) && name != 'config.yaml' } },
           'must have contents that are not empty; nil takes a file away' =>
             ->(value) { value.values.all? { |content| content.nil? || (content.is_a?(String) && !content.empty?) } },
         },
         description: 'Files below /etc/hubble-adapter, by name, which only root and the service can read'

property :credentials, [true, false],
         default: false,
         description: 'Let only root read the secrets, and systemd hand copies to the service. A new secret then needs a restart'

property :environment, Hash,
         default: {},
         coerce: proc { |value| value.to_h { |name, content| [name.to_s, content.to_s] } },
         callbacks: { 'must have names of letters, digits and underscores, and values of one line' =>
           ->(value) { value.all? { |name, content| name.match?(/\A[A-Za-z_][A-Za-z0-9_]*\z/) && !content.match?(/[\r\n]/) } } },
         description: 'Environment variables of the service, above its configuration. Nothing secret: everybody can read them'

property :service_directives, Hash,
         default: {},
         coerce: proc { |value| value.to_h { |name, content| [name.to_s, content.is_a?(Array) ? content.map(&:to_s) : content.to_s] } },
         callbacks: { 'must have directives of systemd as names, and values of one line' =>
           ->(value) { value.all? { |name, content| name.match?(/\A[A-Z][A-Za-z0-9]*\z/) && Array(content).none?(/[\r\n]/) } } },
         description: 'Directives of systemd\'s [Service] section on top of the release\'s own unit, such as MemoryMax'

action_class do
  include HubbleAdapter::AdapterActions
end

action :create, description: 'Install the release, check the configuration with it, and only then make both current; reload or restart as needed' do
  check_properties(settings: true)
  before = HubbleAdapter::Machine.now(new_resource.secrets.keys)
  account
  folders
  modules
  install_release
  secret_files(only_missing: true)
  check_configuration(before)
  write
  apply(before)
  clear_stale
end

action :install, description: 'Put user, modules and release in place; what runs stays as it is' do
  check_properties(settings: false)
  account
  folders
  modules
  install_release
end

action :restart, description: 'Restart the service' do
  service(HubbleAdapter::Places::SERVICE) { action :restart }
end

action :reload, description: 'Let the service read its configuration and its secrets anew' do
  service(HubbleAdapter::Places::SERVICE) { action :reload }
end

action :remove, description: 'Take the service away with its releases, configuration, secrets, state and user; Debian packages stay' do
  remove_all
end
