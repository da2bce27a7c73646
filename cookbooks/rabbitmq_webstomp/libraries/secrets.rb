# frozen_string_literal: true

require 'fileutils'
require 'securerandom'

module RabbitmqWebstomp
  # Where the recipes take secrets from: node.run_state['hubblecast_secrets'], which a wrapper cookbook fills from its own
  # store and which is never saved; else one file a secret in a folder of root's. Resources know nothing of this.
  class Secrets
    STATE = 'hubblecast_secrets'

    # @param generate [Boolean] make what is missing at random: right for a single machine, wrong for a cluster
    def initialize(node, folder, generate: false)
      @given = node.run_state[STATE] || {}
      @folder = folder
      @generate = generate
    end

    # @param name [String] such as `rabbitmq.cookie` or `shop.password`
    # @return [String]
    # @raise [ArgumentError] that says where it is looked for
    def fetch(name)
      value = @given[name] || from_file(name) || (@generate ? make(name) : nil)
      raise ArgumentError, "no secret #{name}: set node.run_state['#{STATE}']['#{name}'], or write it to #{path(name)} (mode 0600)" unless value

      value
    end

    # @return [String, nil]
    def get(name)
      @given[name] || from_file(name)
    end

    def path(name)
      File.join(@folder, name)
    end

    private

    def from_file(name)
      return unless File.file?(path(name))

      mode = File.stat(path(name)).mode & 0o007
      raise ArgumentError, "#{path(name)} is open to every user of this machine: chmod 0600" unless mode.zero?

      name.match?(/\.(crt|key)\z/) ? File.read(path(name)) : File.read(path(name)).strip
    end

    def make(name)
      FileUtils.mkdir_p(@folder, mode: 0o700)
      SecureRandom.hex(32).tap { |value| File.write(path(name), "#{value}\n", perm: 0o600) }
    end
  end
end
