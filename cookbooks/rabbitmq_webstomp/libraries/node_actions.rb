# frozen_string_literal: true

module RabbitmqWebstomp
  # The steps of rabbitmq_webstomp_node's actions: what is written, in which order, and when the broker restarts.
  module NodeActions
    PEER_SECONDS = 15

    def rolling
      @rolling ||= Rolling.new(broker)
    end

    def files
      @files ||= NodeFiles.new(new_resource)
    end

    def check_properties
      fault = Password.cookie_fault(new_resource.cookie)
      refuse ["cookie #{fault}"] if fault
      refuse files.faults
    end

    # The package starts its broker as it is installed, blank and alone. So its service is masked until the
    # configuration is there; the mask lives in /run and not longer than the machine.
    def install_package
      declare_resource(:execute, 'keep the broker down until it is configured') do
        command ['systemctl', 'mask', '--runtime', Machine::UNIT]
        not_if { ::Dir.exist?(Machine::DATA) || Machine.installed_version }
      end
      declare_resource(:apt_update, 'package lists') do
        action :update
        only_if { Machine.installed_version.nil? }
      end
      version = new_resource.package_version
      declare_resource(:package, 'rabbitmq-server') do
        version version if version
        options '--no-install-recommends'
      end
    end

    # Another cookie locks a node out of its cluster, and its own tools out of it. It never costs data here.
    def check_cookie
      present = Machine.read(Machine::COOKIE)&.strip
      return if present.nil? || present == new_resource.cookie || Machine.blank?(new_resource.erlang_name)
      return if new_resource.replace_cookie && !broker_running?

      refuse ['cookie is not the one of this node, which has data: nothing was changed. To change the cookie of a ' \
                 'cluster stop all its nodes, set replace_cookie, and converge them']
    end

    # Before anything is written: keys that the installed version does not know, then the broker's own schema.
    def stop_if_faulty
      version = Machine.installed_version
      refuse files.faults(version)
      return if Machine.read(Machine::CONFIGURATION) == files.configuration && Machine.read(Machine::ADVANCED) == files.advanced

      Linter.lint!(files.configuration, files.advanced)
    end

    def write_files
      text_file Machine::CONFIGURATION, files.configuration
      text_file Machine::ADVANCED, files.advanced
      text_file Machine::ENVIRONMENT, files.environment
      text_file Machine::INTER_NODE_TLS, files.inter_node_tls
      write_plugins
      guard_files if new_resource.guard
      cookie_file
      drop_in 'rabbitmq-server.service', files.limits
      epmd_drop_in
    end

    def broker_running?
      Machine.pid.positive?
    end

    def start_broker
      wait_for_first_peer if Machine.blank?(new_resource.erlang_name)
      declare_resource(:execute, 'let the broker start') do
        command ['systemctl', 'unmask', '--runtime', Machine::UNIT]
        only_if { Machine.masked_for_install? }
      end
      declare_resource(:service, 'rabbitmq-server') { action [:enable, :start] }
      broker.forget
    end

    # A blank node that finds no peer makes a cluster of its own. Only the first of the peers may.
    def wait_for_first_peer
      first = files.members.first
      return if first.nil?

      wait_until_up(first) unless first == new_resource.erlang_name
      remembering = (files.members - [new_resource.erlang_name]).select { |peer| members_seen_by(peer).include?(new_resource.erlang_name) }
      return if remembering.empty?

      refuse "#{remembering.join(', ')} knows this node as a member, but it has no data: it would not be let in, and form a " \
             'cluster of its own. Run rabbitmq_webstomp_member with the action :forget there, then converge this node again'
    end

    def wait_until_up(peer)
      deadline = monotonic_seconds + new_resource.discovery_timeout_seconds
      begin
        Cli.rabbitmqctl('--node', peer, 'await_startup', '--timeout', PEER_SECONDS, timeout: PEER_SECONDS + 15)
      rescue CliFailed => error
        if monotonic_seconds >= deadline
          refuse "#{peer} is not up, and a blank node may not form a cluster without it: converge it first. Waited " \
                 "#{new_resource.discovery_timeout_seconds} s; the last answer was: #{error.message.lines.last(3).join(' ')}"
        end
        sleep 1
        retry
      end
    end

    def configure_running
      changes = Configuration.changes(Configuration.parse(Machine.read(Machine::CONFIGURATION)), files.settings)
      if restart_needed?(changes)
        converge_by([*told(changes), "restart #{new_resource.erlang_name} in its turn"]) { restart_in_turn { write_files } }
      else
        apply_live(changes)
        write_files
      end
      # Enabled at boot whoever started it.
      declare_resource(:service, 'rabbitmq-server') { action :enable }
    end

    # What the running broker booted with, against what it should: so a restart that was refused, or that a dying run
    # left out, is made up for by the next run. A key that goes back to its default is one only the boot knows.
    def restart_needed?(changes)
      Machine.running_fingerprint != files.fingerprint ||
        changes.any? { |key, (_, new)| Configuration::LIVE.key?(key) && new.nil? }
    end

    def apply_live(changes)
      live = changes.select { |key, (_, new)| Configuration.effect(key, new) == :live }
      return if live.empty?

      converge_by(told(live)) do
        live.each { |key, (_, new)| broker.ctl(*Configuration.live_command(key, new)) }
      end
    end

    def told(changes)
      changes.map { |key, (old, new)| Configuration.tell(key, old, new) }
    end

    # Nothing is written before it is this node's turn.
    def restart_in_turn
      rolling.claim(new_resource.restart_timeout_seconds)
      rolling.drain if files.members.length > 1
      yield if block_given?
      declare_resource(:execute, 'restart the broker') { command ['systemctl', 'restart', Machine::UNIT] }
      broker.forget
      Cli.rabbitmqctl('await_startup', '--timeout', 120, timeout: 150)
    end

    # A node that has no peers lets no one else in, so guest could log in from this machine alone. Still.
    def delete_guest_user
      return unless new_resource.delete_guest && broker.user('guest')

      converge_by('delete the user guest') { broker.ctl('delete_user', 'guest') }
    end

    # Two clusters where there should be one are found here and mended by hand: joining would cost one of them its data.
    def check_membership
      return if files.members.length < 2

      split = strangers.reject { |peer| members_seen_by(peer).empty? }
      return if split.empty?

      # One of them may have joined since the question.
      broker.forget
      split &= strangers
      return if split.empty?

      refuse "#{split.join(', ')} runs, but in another cluster than #{new_resource.erlang_name}. Decide which of the " \
             'two has the data to keep; stop the other node, move its data away, and converge it again'
    end

    def strangers
      files.members - broker.cluster.fetch('disk_nodes') - [new_resource.erlang_name]
    end

    # @return [Array<String>] none if it does not run
    def members_seen_by(peer)
      JSON.parse(Cli.rabbitmqctl('--node', peer, 'cluster_status', '--formatter', 'json', timeout: 30)).fetch('disk_nodes')
    rescue CliFailed
      []
    end

    private

    def text_file(path, text)
      declare_resource(:file, path) do
        owner 'root'
        group 'rabbitmq'
        mode '0640'
        content text if text
        sensitive true
        action(text ? :create : :delete)
      end
    end

    # The tool writes this file too, so it belongs to the broker's user, as in Debian.
    def write_plugins
      wanted = new_resource.plugins
      return if current_resource && Machine.enabled_plugins == wanted

      converge_by "turn on the plugins #{wanted.join(', ')} and no other" do
        if broker_running?
          Cli.run('rabbitmq-plugins', 'set', *wanted, timeout: 120)
        else
          text = files.plugins
          declare_resource(:file, Machine::PLUGINS) do
            owner 'rabbitmq'
            group 'rabbitmq'
            mode '0644'
            content text
          end
        end
      end
    end

    # By the broker's own Erlang, so that it can read it. The running broker goes on with the code that it booted with.
    def guard_files
      source = ::File.join(Machine::GUARD, 'hubblecast_guard.erl')
      compiled = source.sub('.erl', '.beam')
      declare_resource(:directory, Machine::GUARD)
      declare_resource(:cookbook_file, source) do
        cookbook 'rabbitmq_webstomp'
        source 'hubblecast_guard.erl'
        mode '0644'
      end
      declare_resource(:execute, 'compile the guard of Web-STOMP') do
        command ['erlc', '-o', Machine::GUARD, source]
        cwd '/'
        umask '022'
        not_if { ::FileUtils.uptodate?(compiled, [source]) }
      end
    end

    def cookie_file
      cookie = new_resource.cookie
      declare_resource(:file, Machine::COOKIE) do
        owner 'rabbitmq'
        group 'rabbitmq'
        mode '0400'
        content cookie
        sensitive true
      end
    end

    def drop_in(unit, text, then_run: nil)
      folder = "/etc/systemd/system/#{unit}.d"
      reload = declare_resource(:execute, "systemd reads #{unit} anew") do
        command %w(systemctl daemon-reload)
        action :nothing
      end
      declare_resource(:directory, folder)
      declare_resource(:file, ::File.join(folder, 'rabbitmq_webstomp.conf')) do
        mode '0644'
        content text
        notifies :run, reload, :immediately
        notifies :run, then_run, :immediately if then_run
      end
    end

    def epmd_drop_in
      # A socket whose service runs cannot be restarted.
      restart = declare_resource(:execute, 'epmd listens where it should') do
        command 'systemctl stop epmd.socket epmd.service && systemctl start epmd.socket'
        action :nothing
      end
      drop_in 'epmd.socket', files.epmd, then_run: restart
    end
  end
end
