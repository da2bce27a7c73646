# frozen_string_literal: true

module HubbleAdapter
  # The steps of the resource's actions.
  module AdapterActions
    PACKAGES = {
      'debian' => %w(python3 python3-grpcio python3-pika python3-prometheus-client python3-protobuf python3-yaml),
      'index' => %w(python3 python3-venv),
      'none' => [],
    }.freeze

    def release
      @release ||= Release.new(new_resource.version, new_resource.sha256)
    end

    def configuration
      @configuration ||= Configuration.new(new_resource.config)
    end

    # All that can be known to be wrong before anything is touched.
    def check_properties(settings:)
      faults = %i(version source sha256).select { |name| new_resource.public_send(name).nil? }.map { |name| "#{name} is missing" }
      faults << 'config is empty; it needs at least hubble.address and rabbitmq.url' if settings && new_resource.config.empty?
      faults += configuration.urls_with_password.map { |name| "config: #{name} holds a password; put it into secrets and name its file in rabbitmq.password_file" }
      faults << 'index_url goes with dependencies "index"' if new_resource.index_url && new_resource.dependencies != 'index'
      raise ArgumentError, "#{new_resource}: #{faults.join('; ')}" unless faults.empty?
    end

    def account
      declare_resource(:group, Places::USER) { system true }
      declare_resource(:user, Places::USER) do
        comment 'Hubble flows to RabbitMQ'
        group Places::USER
        home Places::STATE
        manage_home false
        shell '/usr/sbin/nologin'
        system true
      end
    end

    def folders
      { ::File.join(Places::ROOT, 'releases') => %w(root root 0755), Places::ETC => ['root', Places::USER, '0750'],
        Places::STATE => [Places::USER, Places::USER, '0700'] }.each do |path, (owner, group, mode)|
        declare_resource(:directory, path) do
          owner owner
          group group
          mode mode
          recursive true
        end
      end
    end

    def modules
      names = PACKAGES.fetch(new_resource.dependencies) + new_resource.packages
      return if names.empty?

      declare_resource(:package, names.uniq) { options '--no-install-recommends' }
    end

    def install_release
      if release.other?
        raise ArgumentError, "#{new_resource}: #{release.path} is made from an archive with another checksum than #{new_resource.sha256}; " \
                             'a version is one archive for ever: give the new one another version'
      end
      return if release.present?

      archive = fetch
      converge_by("unpack release #{release.version}") { release.unpack(archive, index: index) }
      declare_resource(:file, archive) { action :delete }
    end

    def fetch
      archive = ::File.join(Chef::Config[:file_cache_path], "hubble-adapter-#{release.version}.tar.gz")
      from = new_resource.source.start_with?('/') ? "file://#{new_resource.source}" : new_resource.source
      sum = new_resource.sha256
      declare_resource(:remote_file, archive) do
        source from
        checksum sum
        mode '0644'
      end
      archive
    end

    # In the environment, since an address may hold a password.
    def index
      return unless new_resource.dependencies == 'index'

      new_resource.index_url ? { 'PIP_INDEX_URL' => new_resource.index_url } : {}
    end

    def wanted
      @wanted ||= Machine.new(version: release.version, unit: release.unit, drop_in: drop_in_text, config: configuration.text,
                              secrets: new_resource.secrets)
    end

    # What the site adds to the unit that came with the release.
    def drop_in_text
      lines = new_resource.environment.sort.map { |name, value| "Environment=\"#{name}=#{value.gsub(/["\\]/) { |sign| "\\#{sign}" }.gsub('%', '%%')}\"" }
      lines += new_resource.secrets.compact.keys.sort.map { |name| "LoadCredential=#{name}:#{Places.secret(name)}" } if new_resource.credentials
      lines += new_resource.service_directives.sort.flat_map { |name, values| Array(values).map { |value| "#{name}=#{value}" } }
      "# Managed by Chef.\n[Service]\n#{lines.map { |line| "#{line}\n" }.join}" unless lines.empty?
    end

    # A missing secret is put there before the check, which reads it; one that changes waits until the check has passed.
    def secret_files(only_missing: false)
      mode = new_resource.credentials ? '0600' : '0640'
      group = new_resource.credentials ? 'root' : Places::USER
      new_resource.secrets.each do |name, value|
        path = Places.secret(name)
        next if only_missing && (value.nil? || ::File.exist?(path))

        declare_resource(:file, path) do
          content value if value
          owner 'root'
          group group
          mode mode
          sensitive true
          action value ? :create : :delete
        end
      end
    end

    def check_configuration(before)
      return if configuration.same?(before.config) && before.version == wanted.version
      return if Chef::Config[:why_run]

      problems = configuration.problems(release.program, user: new_resource.credentials ? 'root' : Places::USER)
      return if problems.empty?

      raise ArgumentError, "#{new_resource}: hubble-adapter #{release.version} refuses the configuration, and nothing was changed: #{problems.join('; ')}"
    end

    def write
      text = wanted.config
      declare_resource(:template, Places.config) do
        cookbook 'hubble_adapter'
        source 'config.yaml.erb'
        variables(text: text)
        owner 'root'
        group Places::USER
        mode '0640'
      end
      secret_files
      unit_files
      converge_by("make release #{release.version} current") { release.switch } unless release.current?
    end

    def unit_files
      daemon_reload = declare_resource(:execute, 'systemctl daemon-reload') { action :nothing }
      unit = wanted.unit
      declare_resource(:file, Places.unit) do
        content unit if unit
        mode '0644'
        notifies :run, daemon_reload, :immediately
      end
      drop_in = wanted.drop_in
      declare_resource(:directory, ::File.dirname(Places.drop_in)) { mode '0755' } if drop_in
      declare_resource(:file, Places.drop_in) do
        content drop_in if drop_in
        mode '0644'
        action drop_in ? :create : :delete
        notifies :run, daemon_reload, :immediately
      end
    end

    # An adapter that does not come up with what is new gives way to the one that ran before.
    def apply(before)
      change = before.change_to(wanted, configuration, secrets_live: !new_resource.credentials)
      started = declare_resource(:service, Places::SERVICE) { action %i(enable start) }
      return if change == :nothing || started.updated_by_last_action?

      declare_resource(:service, "#{Places::SERVICE}, #{change}") do
        service_name Places::SERVICE
        action change
      end
    rescue Mixlib::ShellOut::ShellCommandFailed, Chef::Exceptions::Service => error
      said = Machine.last_words
      raise "#{new_resource}: release #{release.version} does not start: #{said} (#{error.message.lines.first.strip})" unless before.version

      before.restore
      raise "#{new_resource}: release #{release.version} does not start, so #{before.version} runs again as before: #{said}"
    end

    def clear_stale
      release.stale(new_resource.keep_releases).each do |folder|
        declare_resource(:directory, folder) do
          recursive true
          action :delete
        end
      end
    end

    def remove_all
      declare_resource(:service, Places::SERVICE) { action %i(stop disable) }
      daemon_reload = declare_resource(:execute, 'systemctl daemon-reload') { action :nothing }
      [::File.dirname(Places.drop_in), Places::ROOT, Places::ETC, Places::STATE].each do |path|
        declare_resource(:directory, path) do
          recursive true
          action :delete
        end
      end
      declare_resource(:file, Places.unit) do
        action :delete
        notifies :run, daemon_reload, :immediately
      end
      declare_resource(:user, Places::USER) { action :remove }
      declare_resource(:group, Places::USER) { action :remove }
    end
  end
end
