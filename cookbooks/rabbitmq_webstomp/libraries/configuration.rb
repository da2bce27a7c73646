# frozen_string_literal: true

module RabbitmqWebstomp
  # rabbitmq.conf as a flat Hash of strings: making it, reading it, and what a change of each key needs. Pure.
  module Configuration
    HEADER = "# Managed by Chef (cookbook rabbitmq_webstomp): changes made here are lost with its next run.\n"

    # Keys that the running broker takes at once, and how: arguments of rabbitmqctl with %s for the value, or the name
    # of an integer of the application `rabbit` that it reads anew for each connection.
    LIVE = {
      'vm_memory_high_watermark.relative' => %w(set_vm_memory_high_watermark %s),
      'vm_memory_high_watermark.absolute' => %w(set_vm_memory_high_watermark absolute %s),
      'disk_free_limit.absolute' => %w(set_disk_free_limit %s),
      'disk_free_limit.relative' => %w(set_disk_free_limit mem_relative %s),
      'log.file.level' => %w(set_log_level %s),
      'log.console.level' => %w(set_log_level %s),
      'cluster_name' => %w(set_cluster_name %s),
      'heartbeat' => :heartbeat,
      'channel_max' => :channel_max,
      'max_message_size' => :max_message_size,
      'consumer_timeout' => :consumer_timeout,
    }.freeze

    # Keys that only a blank node reads: a running one is none the worse for a change.
    FIRST_BOOT = /\A(cluster_formation\.|default_(vhost|user|pass|user_tags|permissions|users)\b)/.freeze

    # Key (and all below it): the first version that knows it, the first that no longer does.
    VERSIONS = {
      'web_stomp.allow_origins' => ['4.2.6', nil],
      'web_stomp.hsts' => ['4.2.9', nil],
      'stomp.max_frame_size' => ['3.13.7', nil],
      'stomp.max_frame_size_unauthenticated' => ['4.2.6', nil],
      'stomp.login_timeout' => ['4.2.6', nil],
      'anonymous_login_user' => ['4.0.0', nil],
      'anonymous_login_pass' => ['4.0.0', nil],
      'default_users' => ['3.13.0', nil],
      'default_policies' => ['3.12.0', nil],
      'cluster_tags' => ['3.13.0', nil],
      'node_tags' => ['3.13.0', nil],
      'deprecated_features' => ['3.13.0', nil],
      'default_queue_type' => ['3.13.0', nil],
      'cluster_formation.randomized_startup_delay_range' => [nil, '4.0.0'],
      'mirroring_sync_batch_size' => [nil, '4.0.0'],
      'classic_queue.default_version' => ['3.12.0', nil],
    }.freeze

    SECRET = /pass(word|phrase)?\b|secret|token|encryption/.freeze

    module_function

    # Nested Hashes, Arrays and scalars to flat keys: {"log" => {"file" => {"level" => :info}}} to log.file.level, an
    # Array to KEY.1, KEY.2, …; nil leaves a key out.
    # @return [Hash{String => String}] sorted
    def flatten(settings, prefix = nil)
      settings.each_with_object({}) do |(key, value), flat|
        name = [prefix, key].compact.join('.')
        case value
        when nil then next
        when Hash then flat.merge!(flatten(value, name))
        when Array then flat.merge!(flatten(value.each_with_index.to_h { |item, index| [index + 1, item] }, name))
        else flat[name] = value.to_s
        end
      end.sort.to_h
    end

    # What a line of rabbitmq.conf cannot say: the broker would read something else, or a line more.
    # @return [Array<String>] one sentence for each fault
    def faults(flat, version = nil)
      flat.flat_map do |key, value|
        shown = secret?(key) ? '' : " (#{value.inspect})"
        [
          ("#{key.inspect} is no key: letters, digits, `_`, `-` and dots" unless key.match?(/\A[A-Za-z0-9_$-]+(\.[A-Za-z0-9_$@-]+)*\z/)),
          ("#{key}: its value#{shown} is empty" if value.empty?),
          ("#{key}: its value#{shown} may not hold `#`, which begins a comment in rabbitmq.conf" if value.include?('#')),
          ("#{key}: its value#{shown} may not hold control characters" if value.match?(/[[:cntrl:]]/)),
          ("#{key}: its value#{shown} may not begin or end with a space" if value != value.strip),
          version && version_fault(key, version),
        ].compact
      end
    end

    def version_fault(key, version)
      first, gone = VERSIONS.select { |name, _| key == name || key.start_with?("#{name}.") }.max_by { |name, _| name.length }&.last
      installed = Gem::Version.new(version)
      return "#{key} needs RabbitMQ #{first}, #{version} is installed" if first && installed < Gem::Version.new(first)

      "#{key} is gone since RabbitMQ #{gone}, #{version} is installed" if gone && installed >= Gem::Version.new(gone)
    end

    def render(flat)
      HEADER + flat.map { |key, value| "#{key} = #{value}\n" }.join
    end

    # @return [Hash{String => String}] of a file that `render` or a hand wrote
    def parse(text)
      text.to_s.each_line.filter_map do |line|
        key, value = line.sub(/#.*/m, '').split('=', 2).map(&:strip)
        [key, value] if value
      end.to_h
    end

    # @return [Hash{String => Array(old, new)}] nil for a key that is not there
    def changes(old, new)
      (old.keys | new.keys).sort.each_with_object({}) do |key, changed|
        changed[key] = [old[key], new[key]] unless old[key] == new[key]
      end
    end

    # What a change of this key needs: :live, :nothing or :restart. A live key that is taken away needs a restart,
    # since its default is the broker's to know.
    def effect(key, new_value)
      return :nothing if key.match?(FIRST_BOOT)

      LIVE.key?(key) && new_value ? :live : :restart
    end

    # What a running broker would have to boot anew for.
    def boot_settings(flat)
      flat.reject { |key, _| LIVE.key?(key) || key.match?(FIRST_BOOT) }
    end

    # Arguments of rabbitmqctl that make the running broker take a live key.
    def live_command(key, value)
      how = LIVE.fetch(key)
      return how.map { |word| word == '%s' ? value : word } unless how.is_a?(Symbol)

      raise ArgumentError, "#{key} must be a whole number, not #{value.inspect}" unless value.match?(/\A\d+\z/)

      ['eval', "application:set_env(rabbit, #{how}, #{value})."]
    end

    def secret?(key)
      key.match?(SECRET)
    end

    # One line for a log of the run.
    def tell(key, old_value, new_value)
      old_value, new_value = [old_value, new_value].map { |value| value && '(not shown)' } if secret?(key)
      effect = { live: 'the running broker takes it at once', nothing: 'for blank nodes only', restart: 'needs a restart' }
      "set #{key} from #{old_value || 'its default'} to #{new_value || 'its default'}: #{effect[effect(key, new_value)]}"
    end
  end
end
