# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_page
resource_name :rabbitmq_webstomp_page

description 'The page: its files, by version and checksum, and the nginx site that serves them and proxies Web-STOMP'

SHA256 = /\A[0-9a-f]{64}\z/.freeze
PATH = %r{\A/[A-Za-z0-9._/-]+\z}.freeze

property :site, String, name_property: true, regex: /\A[a-z][a-z0-9_]*\z/, description: 'Name of the site in nginx'

property :source, String, required: true, description: 'Path or URL of the page\'s .tar.gz'
property :sha256, String, required: true, regex: SHA256, description: 'Its SHA-256'
property :version, String, required: true, regex: /\A[A-Za-z0-9][A-Za-z0-9.+~_-]*\z/, description: 'Its version, for its folder\'s name'
property :path, String, default: '/var/www/hubblecast', regex: PATH, description: 'Folder of the releases'
property :keep_releases, Integer, default: 3, callbacks: { 'must be at least 0' => ->(value) { value >= 0 } }, description: 'How many earlier releases stay'

property :server_names, Array,
         default: lazy { [node['fqdn'] || node['hostname']] },
         default_description: 'the machine\'s full name',
         coerce: proc { |value| Array(value).map(&:to_s) },
         callbacks: { 'must be host names or addresses' => ->(value) { !value.empty? && value.all?(/\A[A-Za-z0-9*][A-Za-z0-9.:-]*\z/) } },
         description: 'Names under which the page is reached; all others are refused'

property :tls_certificate, [String, nil], regex: PATH, description: 'Path of the certificate with its chain'
property :tls_key, [String, nil], regex: PATH, description: 'Path of its key'
property :insecure, [true, false], default: false, description: 'Serve without TLS: log-ins then cross the network in the clear'

property :listen, Array,
         default: lazy { insecure ? ['80', '[::]:80'] : ['443', '[::]:443'] },
         default_description: '443, or 80 with insecure',
         coerce: proc { |value| Array(value).map(&:to_s) },
         description: 'Addresses of the page'

property :redirect_listen, Array,
         default: ['80', '[::]:80'],
         coerce: proc { |value| Array(value).map(&:to_s) },
         description: 'Addresses that only send browsers to https'

property :default_server, [true, false], default: true, description: 'Refuse unknown names, and take Debian\'s default site away'
property :web_stomp, String, default: '127.0.0.1:15674', regex: /\A([0-9.]+|\[[0-9a-f:]+\]):\d+\z/, description: 'Where the broker\'s Web-STOMP listens'
property :visitors, [String, nil], regex: PATH, description: 'Socket of the audit, at which nginx tells where clients come from'
property :connections_per_address, Integer, default: 256, description: 'WebSockets from one address at a time'
property :logins_per_minute, Integer, default: 120, description: 'WebSockets opened from one address, lasting'
property :logins_burst, Integer, default: 60, description: 'WebSockets opened from one address, at once'
property :hsts_seconds, Integer, default: 31_536_000, description: 'How long browsers insist on https; 0 to not ask for it'
property :headers, Hash, default: {}, description: 'Further headers, or others in place of the defaults; nil takes one away'

action_class do
  include RabbitmqWebstomp::PageActions
end

action :create, description: 'Install the release, make it current, and serve it' do
  check_page
  package('nginx') { options '--no-install-recommends' }
  install_release
  site_file
  service('nginx') { action [:enable, :start] }
end

action :remove, description: 'Take the site and all releases away; nginx stays' do
  new_site = new_resource
  reload = reload_resource
  # The link first: nginx refuses one that leads nowhere.
  link enabled_path do
    action :delete
    notifies :run, reload, :delayed
  end
  file site_path do
    action :delete
    notifies :run, reload, :delayed
  end
  directory new_site.path do
    recursive true
    action :delete
  end
end
