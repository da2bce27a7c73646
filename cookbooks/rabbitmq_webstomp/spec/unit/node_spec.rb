# frozen_string_literal: true

require 'spec_helper'

describe 'rabbitmq_webstomp_node', :converge do
  def node(**properties)
    properties = { cookie: Converge::COOKIE }.merge(properties)
    converge do
      rabbitmq_webstomp_node 'broker' do
        properties.each { |name, value| public_send(name, value) }
      end
    end
  end

  def fresh(**properties)
    double = Struct.new(*defaults.merge(properties).keys, keyword_init: true).new(**defaults.merge(properties))
    RabbitmqWebstomp::NodeFiles.new(double)
  end

  def defaults
    { cookie: Converge::COOKIE, erlang_name: 'rabbit@localhost', peers: [], cluster_name: 'hubble', settings: {}, advanced: nil, environment: {},
      plugins: %w(rabbitmq_event_exchange rabbitmq_prometheus rabbitmq_web_stomp), open_files: 65_536, amqp_listeners: ['127.0.0.1:5672'], amqps_listeners: ['5671'],
      web_stomp_listener: '127.0.0.1:15674', prometheus_listener: '127.0.0.1:15692', distribution_address: '127.0.0.1', tls_certificate: nil,
      tls_key: nil, tls_ca: nil, tls_client_certificates: 'none', inter_node_tls: false, guard: true, erlang_tls_path: '/usr/lib/erlang/lib/ssl/ebin' }
  end

  # A node that runs with these properties.
  def running(**properties)
    files = fresh(**properties)
    File.write(path('rabbitmq.conf'), files.configuration)
    File.write(path('rabbitmq-env.conf'), files.environment)
    File.write(path('enabled_plugins'), files.plugins)
    File.write(path('.erlang.cookie'), Converge::COOKIE)
    FileUtils.mkdir_p(path('mnesia', 'rabbit@localhost', 'coordination'))
    tools.pid = 4711
    allow(RabbitmqWebstomp::Machine).to receive(:running_fingerprint).and_return(files.fingerprint)
  end

  describe 'on a bare machine' do
    before { tools.version = nil }

    it 'keeps the broker down until it has its configuration' do
      allow(RabbitmqWebstomp::Linter).to receive(:lint!)
      allow(RabbitmqWebstomp::Machine).to receive(:installed_version).and_return(nil)
      allow(RabbitmqWebstomp::Configuration).to receive(:version_fault)
      allow(RabbitmqWebstomp::Machine).to receive(:masked_for_install?).and_return(true)
      tools.version = '3.10.8'
      run = node
      expect(run).to run_execute('keep the broker down until it is configured').with(command: %w(systemctl mask --runtime rabbitmq-server.service))
      expect(run).to install_package('rabbitmq-server')
      expect(run).to create_file(path('rabbitmq.conf')).with(owner: 'root', group: 'rabbitmq', mode: '0640', sensitive: true)
      expect(run).to create_file(path('.erlang.cookie')).with(owner: 'rabbitmq', mode: '0400', sensitive: true, content: Converge::COOKIE)
      expect(run).to create_file(path('enabled_plugins')).with(content: "[rabbitmq_event_exchange,rabbitmq_prometheus,rabbitmq_web_stomp].\n")
      expect(run).to create_cookbook_file(path('guard', 'hubblecast_guard.erl'))
      expect(run).to run_execute('compile the guard of Web-STOMP').with(command: ['erlc', '-o', path('guard'), path('guard', 'hubblecast_guard.erl')])
      expect(run).to run_execute('let the broker start')
      expect(run).to enable_service('rabbitmq-server')
      expect(run).to start_service('rabbitmq-server')
    end
  end

  it 'writes a configuration that listens on this machine alone' do
    expect(fresh.configuration).to eq <<~CONF
      # Managed by Chef (cookbook rabbitmq_webstomp): changes made here are lost with its next run.
      auth_mechanisms.1 = PLAIN
      cluster_name = hubble
      disk_free_limit.absolute = 1GB
      listeners.tcp.1 = 127.0.0.1:5672
      log.exchange = true
      log.exchange.level = warning
      log.file.level = info
      loopback_users.guest = true
      prometheus.tcp.ip = 127.0.0.1
      prometheus.tcp.port = 15692
      stomp.listeners.tcp = none
      vm_memory_high_watermark.relative = 0.4
      web_stomp.tcp.listener = 127.0.0.1:15674
      web_stomp.use_http_auth = true
      web_stomp.ws_opts.idle_timeout = 180000
      web_stomp.ws_opts.max_frame_size = 65536
    CONF
    expect(fresh.environment).to include("NODENAME='rabbit@localhost'", 'inet_dist_use_interface {127,0,0,1}')
  end

  it 'writes peers in the order given, and TLS between them' do
    files = fresh(erlang_name: 'rabbit@b', peers: %w(a b c), distribution_address: nil, inter_node_tls: true,
                  tls_certificate: '/t/b.crt', tls_key: '/t/b.key', tls_ca: '/t/ca.crt')
    expect(files.configuration).to include(
      "cluster_formation.classic_config.nodes.1 = rabbit@a\ncluster_formation.classic_config.nodes.2 = rabbit@b\n",
      'cluster_partition_handling = pause_minority', "listeners.ssl.1 = 5671\n", 'ssl_options.certfile = /t/b.crt'
    )
    expect(files.environment).to include('-proto_dist inet_tls -ssl_dist_optfile')
    expect(files.inter_node_tls).to include('{verify, verify_peer}', '{fail_if_no_peer_cert, true}')
  end

  describe 'that runs' do
    it 'changes nothing when nothing has changed' do
      running
      run = node
      expect(tools.changes).to be_empty
      expect(run).not_to run_execute('restart the broker')
    end

    it 'applies what the broker takes at once, with no restart' do
      running
      run = node(settings: { 'log' => { 'file' => { 'level' => 'debug' } }, 'heartbeat' => 30 })
      expect(run).not_to run_execute('restart the broker')
      expect(tools.changes.map { |command| command.last(2) })
        .to include(%w(set_log_level debug), ['eval', 'application:set_env(rabbit, heartbeat, 30).'])
    end

    it 'restarts for a setting that needs it, in its turn' do
      running
      run = node(settings: { 'tcp_listen_options.backlog' => 256 })
      expect(run).to run_execute('restart the broker')
      expect(tools.commands.join(' ')).to include('global:trans', 'await_online_quorum_plus_one')
    end

    it 'does not restart for peers, whom a node that has data no longer looks for' do
      running(erlang_name: 'rabbit@localhost', peers: %w(localhost b c), distribution_address: nil)
      tools.cluster = %w(rabbit@localhost rabbit@b rabbit@c)
      run = node(erlang_name: 'rabbit@localhost', peers: %w(localhost c b), distribution_address: nil)
      expect(run).not_to run_execute('restart the broker')
      expect(run).to create_file(path('rabbitmq.conf'))
    end

    it 'makes up for a restart that was left out' do
      running
      allow(RabbitmqWebstomp::Machine).to receive(:running_fingerprint).and_return('another')
      expect(node).to run_execute('restart the broker')
    end

    it 'restarts and writes nothing while another node is away' do
      running
      tools.claims = ["{down,['rabbit@b']}"]
      allow_any_instance_of(RabbitmqWebstomp::Rolling).to receive(:sleep)
      before = File.read(path('rabbitmq.conf'))
      expect { node(settings: { 'tcp_listen_options.backlog' => 256 }, restart_timeout_seconds: 1) }
        .to raise_error(RabbitmqWebstomp::NotNow, /rabbit@b is down.*nothing was changed/)
      expect(File.read(path('rabbitmq.conf'))).to eq before
    end

    it 'leaves everything as it is when the broker would not boot with it' do
      running
      tools.faults = ['"chatty" is not a valid enum value']
      expect { node(settings: { 'log.file.level' => 'chatty' }) }
        .to raise_error(RabbitmqWebstomp::BadConfiguration, /would not boot with this configuration.*"chatty" is not a valid enum value/m)
      expect(tools.changes.reject { |command| command.first == 'escript' }).to be_empty
    end

    it 'turns plugins on and off in the running broker' do
      running
      node(plugins: %w(rabbitmq_web_stomp))
      expect(tools.commands).to include(array_including('set', 'rabbitmq_web_stomp'))
    end

    it 'deletes guest' do
      running
      tools.add('users', name: 'guest', password_hash: '', tags: [], limits: {})
      node
      expect(tools.state['users']).to be_empty
    end

    it 'refuses another cookie, whatever else has changed' do
      running
      expect { node(cookie: 'd' * 64) }.to raise_error(/cookie is not the one of this node, which has data: nothing was changed/)
      expect(tools.changes).to be_empty
    end

    it 'finds two clusters where there should be one' do
      running(peers: %w(localhost b c), distribution_address: nil)
      tools.peers = { 'rabbit@b' => %w(rabbit@b rabbit@c) }
      expect { node(erlang_name: 'rabbit@localhost', peers: %w(localhost b c), distribution_address: nil) }
        .to raise_error(/rabbit@b runs, but in another cluster than rabbit@localhost/)
    end
  end

  it 'does not let a blank node form a cluster without the first of its peers' do
    allow_any_instance_of(Chef::Provider).to receive(:sleep)
    expect { node(erlang_name: 'rabbit@b', peers: %w(a b c), discovery_timeout_seconds: 1) }.to raise_error(/rabbit@a is not up.*converge it first/m)
  end

  it 'does not boot a blank node that the others still know: it would not be let in' do
    tools.peers = { 'rabbit@a' => %w(rabbit@a rabbit@b) }
    expect { node(erlang_name: 'rabbit@b', peers: %w(a b c)) }.to raise_error(/rabbit@a knows this node as a member, but it has no data.*:forget/m)
  end

  describe 'bad input' do
    {
      { cookie: 'monster' } => /cookie is a well-known one/,
      { cookie: 'A' * 20 } => /cookie must have 32 to 255 characters/,
      { cookie: 'a b' * 12 } => /cookie may hold only printable ASCII/,
      { settings: { 'heartbeat' => "30\nlisteners.tcp.9 = 5679" } } => /heartbeat: its value .* may not hold control characters/,
      { settings: { 'default_pass' => 'a#b' } } => /default_pass: its value may not hold `#`/,
      { settings: { 'web_stomp.allow_origins' => ['https://x'] } } => /web_stomp.allow_origins.1 needs RabbitMQ 4.2.6, 3.10.8 is installed/,
      { tls_certificate: '/t/a.crt' } => /tls_certificate, tls_key and tls_ca belong together/,
      { inter_node_tls: true } => /inter_node_tls needs/,
      { peers: %w(a b), erlang_name: 'rabbit@c' } => /peers must hold this node itself \(rabbit@c\)/,
      { environment: { 'X' => "a'; rm" } } => /X may not hold a single quote/,
      { plugins: ['../x'] } => %r{"../x" is no plugin's name},
      { erlang_name: 'rabbit' } => /erlang_name/,
      { web_stomp_listener: 'everywhere' } => /web_stomp_listener/,
    }.each do |properties, message|
      it "refuses #{properties}" do
        expect { node(**properties) }.to raise_error(message)
        expect(tools.changes).to be_empty
      end
    end

    it 'says all that is wrong at once' do
      expect { node(plugins: ['?'], settings: { 'a b' => 1 }, inter_node_tls: true) }.to raise_error(/"a b" is no key.*no plugin's name.*inter_node_tls needs/m)
    end
  end

  describe 'other actions' do
    it 'drains a node in its turn, and revives it' do
      running
      node(action: :drain)
      expect(tools.commands).to include(array_including('drain'))
      expect(tools.commands.join(' ')).to include('global:trans')
    end

    it 'removes the package and its configuration, and data only when told' do
      run = node(action: :remove)
      expect(run).to purge_package('rabbitmq-server')
      expect(run).to delete_directory('/etc/rabbitmq')
      expect(run).not_to delete_directory('/var/lib/rabbitmq')
      expect(node(action: :remove, with_data: true)).to delete_directory('/var/lib/rabbitmq')
    end
  end
end
