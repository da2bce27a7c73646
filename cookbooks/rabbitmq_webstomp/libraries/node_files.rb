# frozen_string_literal: true

require 'json'
require 'openssl'

module RabbitmqWebstomp
  # The files that make a node, as text, from the properties of rabbitmq_webstomp_node. Pure.
  class NodeFiles
    # A flag of the Erlang machine that it does not know itself: the running broker carries there what it booted with.
    FLAG = '-rabbitmq_webstomp'
    TLS_FOLDER = '/usr/lib/erlang/lib'
    # A node that is new in the cluster, or new again, has no copy of a stream until the streams' coordinator has looked for
    # nodes, by its default each half minute. rabbitmq.conf has no key for it; what it began with a coordinator keeps.
    COORDINATOR = '-rabbit stream_tick_interval 5000'

    # @param node [#erlang_name, #peers, …] the properties
    def initialize(node)
      @node = node
    end

    # @return [Hash{String => String}] rabbitmq.conf as flat keys, the defaults below what the user set
    def settings
      Configuration.flatten(
        defaults.merge(tls).merge(discovery).merge(Configuration.flatten(@node.settings))
      )
    end

    def configuration
      Configuration.render(settings)
    end

    def advanced
      @node.advanced && "%% Managed by Chef (cookbook rabbitmq_webstomp).\n#{@node.advanced.strip}\n"
    end

    def plugins
      "[#{@node.plugins.sort.join(',')}].\n"
    end

    # rabbitmq-env.conf is a shell script: single quotes keep what is in them.
    def environment
      values = boot_environment
      values['SERVER_ADDITIONAL_ERL_ARGS'] = [values['SERVER_ADDITIONAL_ERL_ARGS'], "#{FLAG} configuration #{fingerprint}"].compact.join(' ')
      Configuration::HEADER + values.sort.map { |key, value| "#{key}='#{value}'\n" }.join
    end

    def inter_node_tls
      return unless @node.inter_node_tls

      side = "{cacertfile, \"#{@node.tls_ca}\"}, {certfile, \"#{@node.tls_certificate}\"}, {keyfile, \"#{@node.tls_key}\"}, {verify, verify_peer}"
      <<~ERLANG
        %% Managed by Chef (cookbook rabbitmq_webstomp).
        [{server, [#{side}, {fail_if_no_peer_cert, true}, {secure_renegotiate, true}]},
         {client, [#{side}, {secure_renegotiate, true}]}].
      ERLANG
    end

    def limits
      "# Managed by Chef (cookbook rabbitmq_webstomp).\n[Service]\nLimitNOFILE=#{@node.open_files}\n"
    end

    # epmd tells whoever asks where the Erlang nodes of this machine listen.
    def epmd
      address = @node.distribution_address
      "# Managed by Chef (cookbook rabbitmq_webstomp).\n[Socket]\n#{"ListenStream=\nListenStream=#{address}:4369\n" if address}"
    end

    # Everything that a running broker would have to boot anew for, in one word. It is keyed with the cookie, since every
    # user of the machine can read it and settings may hold secrets.
    def fingerprint
      boot = [Configuration.boot_settings(settings), advanced, boot_environment.sort, inter_node_tls, @node.open_files]
      OpenSSL::HMAC.hexdigest('SHA256', @node.cookie, JSON.generate(boot))[0, 32]
    end

    # What the user gave that no file can say. @return [Array<String>]
    def faults(version = nil)
      [
        *Configuration.faults(settings, version),
        *@node.environment.filter_map { |key, value| "environment: #{key} may not hold a single quote or a line break" if value.to_s.match?(/['\n]/) },
        *@node.plugins.filter_map { |name| "plugins: #{name.inspect} is no plugin's name" unless name.match?(/\A[a-z][a-z0-9_]*\z/) },
        ('tls_certificate, tls_key and tls_ca belong together: give all three or none' if partial_tls?),
        ('inter_node_tls needs tls_certificate, tls_key and tls_ca' if @node.inter_node_tls && !tls?),
        ("peers must hold this node itself (#{@node.erlang_name}), in the same order on every node" if strange_to_peers?),
      ].compact
    end

    # Nodes of the cluster as Erlang knows them. The first one boots without waiting for another.
    def members
      @node.peers.map { |peer| peer.include?('@') ? peer : "#{@node.erlang_name[/\A[^@]+/]}@#{peer}" }
    end

    private

    def defaults
      {
        'auth_mechanisms.1' => 'PLAIN',
        'cluster_name' => @node.cluster_name,
        'disk_free_limit.absolute' => '1GB',
        # For the audit: refusals are in the log alone. Whatever is not bound goes nowhere.
        'log.exchange' => 'true',
        'log.exchange.level' => 'warning',
        'log.file.level' => 'info',
        'loopback_users.guest' => 'true',
        'vm_memory_high_watermark.relative' => '0.4',
        **listeners('listeners.tcp', @node.amqp_listeners),
        **listeners('stomp.listeners.tcp', []),
        'web_stomp.tcp.listener' => @node.web_stomp_listener,
        # One WebSocket is one log-in, of the handshake: nginx can then count the tries (docs/viewers.md).
        'web_stomp.use_http_auth' => 'true',
        # Three times as long as a hidden tab of a browser may be silent; a minute, the default, is no longer than that.
        'web_stomp.ws_opts.idle_timeout' => 180_000,
        'web_stomp.ws_opts.max_frame_size' => 65_536,
        **prometheus,
      }
    end

    def listeners(key, addresses)
      return { key => 'none' } if addresses.empty?

      addresses.each_with_index.to_h { |address, index| ["#{key}.#{index + 1}", address] }
    end

    def prometheus
      address, _, port = @node.prometheus_listener.rpartition(':')
      { 'prometheus.tcp.ip' => address.delete('[]'), 'prometheus.tcp.port' => port }
    end

    def tls
      return {} unless tls?

      {
        **listeners('listeners.ssl', @node.amqps_listeners),
        'ssl_options.cacertfile' => @node.tls_ca,
        'ssl_options.certfile' => @node.tls_certificate,
        'ssl_options.keyfile' => @node.tls_key,
        'ssl_options.verify' => @node.tls_client_certificates == 'none' ? 'verify_none' : 'verify_peer',
        'ssl_options.fail_if_no_peer_cert' => @node.tls_client_certificates == 'required',
        'ssl_options.versions.1' => 'tlsv1.3',
        'ssl_options.versions.2' => 'tlsv1.2',
      }
    end

    def discovery
      return {} if @node.peers.length < 2

      {
        'cluster_formation.peer_discovery_backend' => 'classic_config',
        'cluster_formation.discovery_retry_limit' => first? ? 2 : 60,
        'cluster_formation.discovery_retry_interval' => 500,
        'cluster_formation.target_cluster_size_hint' => members.length,
        'cluster_partition_handling' => ('pause_minority' if members.length > 2),
        **members.each_with_index.to_h { |member, index| ["cluster_formation.classic_config.nodes.#{index + 1}", member] },
      }
    end

    def first?
      members.first == @node.erlang_name
    end

    def boot_environment
      server = [distribution, inter_node_flags, COORDINATOR, guard].compact
      tools = [distribution, inter_node_flags].compact
      {
        'NODENAME' => @node.erlang_name,
        'USE_LONGNAME' => (@node.erlang_name.include?('.') ? 'true' : nil),
        'SERVER_ADDITIONAL_ERL_ARGS' => server.join(' '),
        'CTL_ERL_ARGS' => (tools.join(' ') unless tools.empty?),
      }.merge(@node.environment.transform_keys(&:to_s).transform_values(&:to_s)).compact
    end

    # Where its code is missing the node boots all the same.
    def guard
      "-pa #{Machine::GUARD} -eval catch(hubblecast_guard:start())" if @node.guard
    end

    def distribution
      address = @node.distribution_address
      address && "-kernel inet_dist_use_interface {#{address.tr('.', ',')}}"
    end

    def inter_node_flags
      return unless @node.inter_node_tls

      "-pa #{@node.erlang_tls_path} -proto_dist inet_tls -ssl_dist_optfile #{Machine::INTER_NODE_TLS}"
    end

    def tls?
      [@node.tls_certificate, @node.tls_key, @node.tls_ca].all?
    end

    def partial_tls?
      [@node.tls_certificate, @node.tls_key, @node.tls_ca].any? && !tls?
    end

    def strange_to_peers?
      !@node.peers.empty? && !members.include?(@node.erlang_name)
    end
  end
end
