# frozen_string_literal: true

require 'fileutils'
require 'mixlib/shellout'
require 'tempfile'
require 'uri'
require 'yaml'

module HubbleAdapter
  # The adapter's configuration: a Hash in Chef, YAML on disk, and what is wrong with it in the adapter's own words.
  class Configuration
    # What a running adapter cannot change, from its reload: it only says there that it needs a restart.
    RESTART_KEYS = %w(cluster http reconnect_max_seconds state_directory).freeze
    CHECK_TIMEOUT_SECONDS = 60

    # @param text [String, nil] YAML of a configuration that is in force
    # @return [Hash] empty where there is none that can be read
    def self.parse(text)
      document = YAML.safe_load(text.to_s)
      document.is_a?(Hash) ? document : {}
    rescue Psych::Exception
      {}
    end

    def initialize(settings)
      @settings = plain(settings)
    end

    # @return [String] the same settings always give the same text
    def text
      YAML.dump(@settings).delete_prefix("---\n")
    end

    # @return [Array<String>] settings whose URL holds a password, which belongs into a file of its own
    def urls_with_password
      rabbitmq = @settings['rabbitmq']
      return [] unless rabbitmq.is_a?(Hash)

      urls = { 'rabbitmq.url' => rabbitmq['url'] }
      Array(rabbitmq['urls']).each_with_index { |url, index| urls["rabbitmq.urls[#{index}]"] = url }
      urls.select { |_, url| url.to_s.match?(%r{\A[a-z]+://[^/@:]*:[^/]*@}) }.keys
    end

    # @return [Boolean] whether the old text says the same
    def same?(old_text)
      self.class.parse(old_text) == @settings
    end

    # @return [Boolean] whether going from the old text to these settings needs a restart; else a reload does
    def restart_after?(old_text)
      old = self.class.parse(old_text)
      RESTART_KEYS.any? { |key| old[key] != @settings[key] }
    end

    # Ask a release what it thinks of these settings.
    # @param program [String] path of the release's program
    # @param user [String] who it runs as; whoever is not root sees what the service can read
    # @return [Array<String>] problems, none if it would start with them
    def problems(program, user:)
      candidate = Tempfile.create(['.candidate-', '.yaml'], Places::ETC)
      candidate.write(text)
      candidate.close
      FileUtils.chmod(0o640, candidate.path)
      FileUtils.chown('root', Places::USER, candidate.path)
      check(program, user, candidate.path)
    ensure
      File.unlink(candidate.path) if candidate
    end

    private

    def check(program, user, path)
      # As in the unit, where a relative name is one of systemd's credentials.
      environment = { 'CREDENTIALS_DIRECTORY' => Places::ETC, 'STATE_DIRECTORY' => Places::STATE, 'PYTHONDONTWRITEBYTECODE' => '1' }
      command = [program, 'check', '--config', path]
      shell = Mixlib::ShellOut.new(command, user: user, group: user, cwd: '/', timeout: CHECK_TIMEOUT_SECONDS, environment: environment)
      shell.run_command
      return [] unless shell.error?

      said = shell.stderr.gsub(path, Places.config).lines.map { |line| line.strip.delete_prefix('hubble-adapter: ') }
      said = said.reject { |line| line.empty? || line.match?(/\A\d+ problems? in the configuration\z/) }
      said.empty? ? ["`hubble-adapter check` ended with exit code #{shell.exitstatus}"] : said
    end

    # Attributes are no plain Hashes, and symbols are no YAML that Python reads. Sorted: a Hash's order says nothing.
    def plain(value)
      case value
      when Hash then value.map { |key, inner| [key.to_s, plain(inner)] }.sort.to_h
      when Array then value.map { |inner| plain(inner) }
      when Symbol then value.to_s
      when String then value.to_str.dup
      else value
      end
    end
  end
end
