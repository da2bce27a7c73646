# frozen_string_literal: true

module RabbitmqWebstomp
  # What this machine's files and processes say about the broker, without asking the broker. Reads only.
  module Machine
    CONFIGURATION = '/etc/rabbitmq/rabbitmq.conf'
    ADVANCED = '/etc/rabbitmq/advanced.config'
    ENVIRONMENT = '/etc/rabbitmq/rabbitmq-env.conf'
    PLUGINS = '/etc/rabbitmq/enabled_plugins'
    INTER_NODE_TLS = '/etc/rabbitmq/inter_node_tls.config'
    COOKIE = '/var/lib/rabbitmq/.erlang.cookie'
    DATA = '/var/lib/rabbitmq/mnesia'
    UNIT = 'rabbitmq-server.service'
    GUARD = '/usr/local/lib/hubblecast'

    module_function

    # @return [String, nil] a file's text; nil if there is none
    def read(path)
      File.read(path)
    rescue Errno::ENOENT
      nil
    end

    # @return [Array<String>] sorted names
    def enabled_plugins
      read(PLUGINS).to_s.scan(/[a-z][a-z0-9_]*/).sort
    end

    # A node that never booted: it alone looks for peers.
    def blank?(erlang_name)
      !File.directory?(File.join(DATA, erlang_name)) || Dir.empty?(File.join(DATA, erlang_name))
    end

    # @return [String, nil] version of the newest broker that is installed
    def installed_version
      Dir[File.join(Linter::LIBRARIES, 'rabbitmq_server-*')].map { |path| path[/server-([0-9.]+)\z/, 1] }.compact
                                                            .max_by { |version| Gem::Version.new(version) }
    end

    # @return [Integer] process id of the running broker, 0 if it does not run
    def pid
      Cli.execute(['systemctl', 'show', '--property', 'MainPID', '--value', UNIT], timeout: 30).to_i
    rescue CliFailed
      0
    end

    # The fingerprint with which the running broker was booted, which is on its command line.
    # @return [String, nil] nil if it does not run, or was not booted by this cookbook
    def running_fingerprint
      words = read("/proc/#{pid}/cmdline").to_s.split("\0")
      at = words.index(NodeFiles::FLAG)
      at && words[at + 2]
    end

    # Set while the package is put on, so that its broker does not boot before it has its configuration.
    def masked_for_install?
      File.symlink?("/run/systemd/system/#{UNIT}")
    end
  end
end
