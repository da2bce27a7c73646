# frozen_string_literal: true

require 'fileutils'
require 'mixlib/shellout'

module HubbleAdapter
  # What is on the machine, or is to be: the release, and the texts of the files that the service works by.
  Machine = Struct.new(:version, :unit, :drop_in, :config, :secrets, keyword_init: true) do
    # @param names [Array<String>] secrets to look for
    def self.now(names)
      new(version: Release.current_version, unit: read(Places.unit), drop_in: read(Places.drop_in), config: read(Places.config),
          secrets: names.to_h { |name| [name, read(Places.secret(name))] })
    end

    def self.read(path)
      File.read(path, encoding: 'UTF-8')
    rescue Errno::ENOENT
      nil
    end

    # The least that brings a service from this state to another one.
    # @param wanted [Machine]
    # @param configuration [Configuration] the one whose text is in `wanted`
    # @param secrets_live [Boolean] whether a running adapter can read a changed secret
    # @return [Symbol] :nothing, :reload or :restart
    def change_to(wanted, configuration, secrets_live:)
      return :restart if [version, unit, drop_in] != [wanted.version, wanted.unit, wanted.drop_in]
      return :restart if configuration.restart_after?(config)
      return secrets_live ? :reload : :restart if secrets != wanted.secrets

      configuration.same?(config) ? :nothing : :reload
    end

    # Bring back release, unit and configuration of this state, and start the service with them.
    def restore
      { Places.unit => unit, Places.drop_in => drop_in, Places.config => config }.each do |path, text|
        if text
          File.write(path, text)
        else
          FileUtils.rm_f(path)
        end
      end
      Release.new(version, nil).switch
      %w(daemon-reload restart).each do |verb|
        command = ['systemctl', verb, *(Places::SERVICE if verb == 'restart')]
        Mixlib::ShellOut.new(command).run_command.error!
      end
    end

    # @return [String] the last that the service said
    def self.last_words
      shell = Mixlib::ShellOut.new(['journalctl', '--unit', Places::SERVICE, '--lines', '5', '--output', 'cat', '--no-pager'])
      shell.run_command
      shell.stdout.strip.lines.map(&:strip).join(' | ')
    end
  end
end
